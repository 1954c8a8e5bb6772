//! The end of a run: what was buffered becomes part of the model, or is refused.
//!
//! In Juju's order: settings, ports and state are checked; secrets are applied family by family;
//! then the rest is applied at once. So secrets are not atomic with the rest, as in Juju.

use super::{
    model::{Access, Content, Databag, Grantee, Model, Owner, Revision, Secret, write_databag},
    record::Bag,
    session::{Refusal, SecretFields, Session, Writes},
};
use ops_core::{
    JujuVersion,
    names::{RelationId, SecretId, UnitName},
};
use std::collections::BTreeMap;

/// Juju refused what a hook has written: the hook has failed, although it exited with 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FlushError(String);

impl Session {
    /// Gives the model everything that was buffered, as Juju does after exit 0. The buffer is empty
    /// afterwards, whatever happens.
    ///
    /// # Errors
    /// A quota, the ownership of a secret, lost leadership, or a [`Refusal`]. Changes to secrets made
    /// before the failure stay, everything else is lost.
    pub fn commit(&mut self, model: &mut Model) -> Result<(), FlushError> {
        let writes = std::mem::take(&mut self.writes);
        let refusal = self.refusal.take();
        if let Some(Refusal::Before(reason)) = refusal {
            return Err(FlushError(reason));
        }
        if *self.hook() == super::Hook::ConfigChanged {
            self.refresh_addresses(model);
        }
        if writes == Writes::default() && refusal.is_none() {
            return Ok(());
        }
        self.check(model, &writes)?;
        self.check_storage(model, &writes)?;
        self.apply_secrets(model, &writes)?;
        if let Some(Refusal::AfterSecrets(reason)) = refusal {
            return Err(FlushError(reason));
        }
        self.apply(model, writes)
    }

    /// A changed address is written into every databag of the unit.
    fn refresh_addresses(&self, model: &mut Model) {
        let Some(unit) = model.units.get(&self.unit) else { return };
        for relation in model.relations.values_mut() {
            let Some(side) = relation.side_mut(self.application()) else { continue };
            let Some(network) = unit.network(side.endpoint.as_str()) else { continue };
            let Some(member) = side.units.get_mut(&self.unit).filter(|m| m.in_scope) else {
                continue;
            };
            let address = network.ingress_address().unwrap_or_default();
            let egress = network.egress_subnets.join(",");
            let addresses = [
                ("egress-subnets", egress.as_str()),
                ("ingress-address", address),
                ("private-address", address),
            ];
            member.version += u64::from(write_databag(&mut member.settings, addresses));
        }
    }

    fn check(&mut self, model: &Model, writes: &Writes) -> Result<(), FlushError> {
        for ((id, bag), changes) in &writes.settings {
            if *bag == Bag::Application && !self.is_leader(model) {
                return Err(FlushError(format!(
                    "updating settings for relation {id}: permission denied"
                )));
            }
            let current = own_bag(model, self, *id, *bag).ok_or_else(|| {
                FlushError(format!("updating settings for relation {id}: relation not found"))
            })?;
            let kept = current.iter().filter(|(key, _)| !changes.contains_key(*key));
            let new = changes.iter().filter(|(_, value)| !value.is_empty());
            let size: usize = kept.chain(new).map(|(key, value)| key.len() + value.len()).sum();
            too_much("relation settings", size, model.quotas.databag)?;
        }
        if !writes.state.is_empty() {
            let unit = model.unit(&self.unit).map_err(|e| FlushError(e.to_string()))?;
            let kept = unit.state.iter().filter(|(key, _)| !writes.state.contains_key(*key));
            let kept: usize = kept.map(|(key, value)| key.len() + value.len()).sum();
            let new: usize = writes
                .state
                .iter()
                .filter_map(|(key, value)| Some(key.len() + value.as_ref()?.len()))
                .sum();
            too_much("charm state", kept + new, model.quotas.state)?;
        }
        Ok(())
    }

    /// Nothing of it is applied if one of it is refused.
    fn check_storage(&self, model: &Model, writes: &Writes) -> Result<(), FlushError> {
        if writes.storage.is_empty() {
            return Ok(());
        }
        add_storage(&mut model.clone(), &self.unit, &writes.storage)
    }

    fn apply_secrets(&mut self, model: &mut Model, writes: &Writes) -> Result<(), FlushError> {
        let secrets = &writes.secrets;
        let leader = self.is_leader(model);
        for (id, (owner, fields)) in &secrets.created {
            create(model, id, owner, fields, leader).map_err(prefixed("creating secrets"))?;
        }
        for (id, fields) in &secrets.updated {
            self.update(model, id, fields, leader).map_err(prefixed("updating secrets"))?;
        }
        for id in &secrets.tracked {
            let secret = managed(model, id, self, leader)
                .map_err(prefixed("tracking latest secret revisions"))?;
            let latest = secret.latest();
            secret.consumers.entry(self.unit.clone()).or_default().tracked = latest;
        }
        for (id, grants) in &secrets.granted {
            for (relation, grantee) in grants {
                self.grant(model, id, *relation, grantee, leader)
                    .map_err(prefixed("granting secrets access"))?;
            }
        }
        for (id, grantees) in &secrets.revoked {
            let secret =
                managed(model, id, self, leader).map_err(prefixed("revoking secrets access"))?;
            for grantee in grantees {
                secret.grants.remove(grantee);
            }
        }
        for (id, revision) in &secrets.removed {
            self.remove(model, id, *revision, leader).map_err(prefixed("removing secrets"))?;
        }
        Ok(())
    }

    fn update(
        &self,
        model: &mut Model,
        id: &SecretId,
        fields: &SecretFields,
        leader: bool,
    ) -> Result<(), String> {
        let now = model.now;
        let keeps_same = model.version >= JujuVersion::new(3, 6, 0);
        let owner = managed(model, id, self, leader)?.owner.clone();
        if let Some(label) = &fields.label {
            check_label(model, &owner, label, Some(id))?;
        }
        let secret = managed(model, id, self, leader)?;
        if let Some(label) = &fields.label {
            secret.label.clone_from(label);
        }
        if let Some(description) = &fields.description {
            secret.description.clone_from(description);
        }
        if let Some(rotate) = fields.rotate {
            secret.rotate = rotate;
            secret.rotates = rotate.after(now);
        }
        if let Some(content) = &fields.content
            && !(keeps_same && secret.latest_content() == Some(content))
        {
            let expires = secret.revisions.last_key_value().and_then(|(_, r)| r.expires);
            let revision = Revision { content: content.clone(), created: now, expires };
            secret.revisions.insert(secret.latest() + 1, revision);
        }
        if let (Some(expires), Some(mut latest)) = (fields.expires, secret.revisions.last_entry()) {
            latest.get_mut().expires = Some(expires);
        }
        Ok(())
    }

    fn grant(
        &self,
        model: &mut Model,
        id: &SecretId,
        relation: RelationId,
        grantee: &Grantee,
        leader: bool,
    ) -> Result<(), String> {
        if !model.relations.contains_key(&relation) {
            return Err(format!("relation {relation} not found"));
        }
        let secret = managed(model, id, self, leader)?;
        secret.grants.insert(grantee.clone(), Access { relation: Some(relation) });
        Ok(())
    }

    fn remove(
        &self,
        model: &mut Model,
        id: &SecretId,
        revision: Option<u64>,
        leader: bool,
    ) -> Result<(), String> {
        let secret = managed(model, id, self, leader)?;
        let empty = match revision {
            None => true,
            Some(revision) => {
                secret.revisions.remove(&revision);
                secret.revisions.is_empty()
            }
        };
        if empty {
            model.secrets.remove(id);
        }
        Ok(())
    }

    fn apply(&self, model: &mut Model, writes: Writes) -> Result<(), FlushError> {
        for ((id, bag), changes) in writes.settings {
            let Some(side) =
                model.relations.get_mut(&id).and_then(|r| r.side_mut(self.application()))
            else {
                continue;
            };
            match bag {
                Bag::Application => {
                    side.version += u64::from(write_databag(&mut side.settings, &changes));
                }
                Bag::Unit => {
                    if let Some(member) = side.units.get_mut(&self.unit) {
                        member.version += u64::from(write_databag(&mut member.settings, &changes));
                    }
                }
            }
        }
        add_storage(model, &self.unit, &writes.storage)?;
        let unit = model.unit_mut(&self.unit).map_err(|e| FlushError(e.to_string()))?;
        for (port, open) in writes.ports {
            if open {
                unit.ports.insert(port);
            } else {
                unit.ports.remove(&port);
            }
        }
        for (key, value) in writes.state {
            match value {
                Some(value) => unit.state.insert(key, value),
                None => unit.state.remove(&key),
            };
        }
        Ok(())
    }
}

fn add_storage(
    model: &mut Model,
    unit: &UnitName,
    storage: &BTreeMap<String, u32>,
) -> Result<(), FlushError> {
    for (name, count) in storage {
        for _ in 0..*count {
            model
                .add_storage(unit, name)
                .map_err(|e| FlushError(format!("adding storage {name:?}: {e}")))?;
        }
    }
    Ok(())
}

fn own_bag<'a>(
    model: &'a Model,
    session: &Session,
    id: RelationId,
    bag: Bag,
) -> Option<&'a Databag> {
    let side = model.relations.get(&id)?.side(session.application())?;
    match bag {
        Bag::Application => Some(&side.settings),
        Bag::Unit => side.units.get(&session.unit).map(|member| &member.settings),
    }
}

fn prefixed(prefix: &str) -> impl Fn(String) -> FlushError + '_ {
    move |message| FlushError(format!("{prefix}: {message}"))
}

fn too_much(what: &str, size: usize, limit: usize) -> Result<(), FlushError> {
    if size > limit {
        return Err(FlushError(format!(
            "max allowed size for {what} ({limit}) exceeded: {size} bytes"
        )));
    }
    Ok(())
}

fn managed<'a>(
    model: &'a mut Model,
    id: &SecretId,
    session: &Session,
    leader: bool,
) -> Result<&'a mut Secret, String> {
    let secret =
        model.secrets.get_mut(id).ok_or_else(|| format!("secret \"{}\" not found", id.bare()))?;
    if secret.is_managed_by(&session.unit, leader) {
        Ok(secret)
    } else {
        Err("permission denied".to_owned())
    }
}

fn create(
    model: &mut Model,
    id: &SecretId,
    owner: &Owner,
    fields: &SecretFields,
    leader: bool,
) -> Result<(), String> {
    if matches!(owner, Owner::Application(_)) && !leader {
        return Err("permission denied".to_owned());
    }
    let label = fields.label.clone().unwrap_or_default();
    check_label(model, owner, &label, None)?;
    let content: Content = fields.content.clone().unwrap_or_default();
    let mut secret = Secret::new(owner.clone(), content, model.now);
    secret.label = label;
    secret.description = fields.description.clone().unwrap_or_default();
    secret.rotate = fields.rotate.unwrap_or_default();
    secret.rotates = secret.rotate.after(model.now);
    if let Some(mut revision) = secret.revisions.last_entry() {
        revision.get_mut().expires = fields.expires;
    }
    model.secrets.insert(id.clone(), secret);
    Ok(())
}

fn check_label(
    model: &Model,
    owner: &Owner,
    label: &str,
    except: Option<&SecretId>,
) -> Result<(), String> {
    let taken = !label.is_empty()
        && model.secrets.iter().any(|(id, secret)| {
            secret.label == label && secret.owner == *owner && Some(id) != except
        });
    if taken {
        return Err(format!("secret with label {} already exists", super::go::quote(label)));
    }
    Ok(())
}
