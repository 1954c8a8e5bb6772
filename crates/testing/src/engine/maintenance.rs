//! What a person does to what is deployed already: upgrade it, suspend its relations, give it storage, take
//! back what was set, granted or led.

use super::{Engine, EngineError, Program};
use crate::emulator::juju::{CharmMetadata, Grantee, ModelError, ModelKind, Secret};
use ops_core::names::{ApplicationName, RelationId, SecretId, UnitName};
use std::{rc::Rc, sync::Arc};

impl Engine {
    /// Replaces the charm of an application: new peer endpoints get their relations, and units the storage that
    /// they must have. On Kubernetes every unit gets another pod: `stop` is the old charm's, and does not run
    /// where `start` has not. A unit in error keeps its charm, and its pod, until the failed hook is over.
    ///
    /// # Errors
    /// There is no such application.
    pub fn upgrade(
        &mut self,
        application: &str,
        charm: impl Into<Arc<CharmMetadata>>,
        program: Rc<dyn Program>,
    ) -> Result<(), EngineError> {
        let has_pods = self.model.kind == ModelKind::Kubernetes;
        let application = ApplicationName::new(application.to_owned())?;
        self.model.replace_charm(&application, charm.into())?;
        let old = self.programs.insert(application.clone(), program);
        let own = self.agents.iter_mut().filter(|(unit, _)| unit.application() == application);
        let mut units = Vec::new();
        for (unit, agent) in own {
            units.push(unit.clone());
            agent.replaced |= has_pods;
            if !agent.installed && agent.failed.is_none() {
                continue;
            }
            agent.upgraded |= !has_pods;
            if let Some(old) = &old {
                self.outgoing.entry(unit.clone()).or_insert_with(|| Rc::clone(old));
            }
        }
        units.iter().for_each(|unit| self.replace_unstarted(unit));
        Ok(())
    }

    /// Replaces the charm of an application, and that of units in error at once: their failed hook is
    /// run again now, by the new charm, and they get no `upgrade-charm`.
    ///
    /// # Errors
    /// There is no such application.
    pub fn upgrade_by_force(
        &mut self,
        application: &str,
        charm: impl Into<Arc<CharmMetadata>>,
        program: Rc<dyn Program>,
    ) -> Result<(), EngineError> {
        self.upgrade(application, charm, program)?;
        let now = self.model.now;
        let mut renewed = Vec::new();
        for (unit, agent) in &mut self.agents {
            let Some(failed) = &mut agent.failed else { continue };
            if unit.application().as_str() != application {
                continue;
            }
            (failed.attempts, failed.retry_at) = (0, now);
            self.outgoing.remove(unit);
            if std::mem::take(&mut agent.replaced) {
                agent.pod += 1;
                renewed.push(unit.clone());
            }
            agent.upgraded = false;
        }
        renewed.iter().for_each(|unit| self.renew_containers(unit));
        Ok(())
    }

    /// Suspends a relation, as can be done to one with another model: it is broken for every unit,
    /// and stays.
    ///
    /// # Errors
    /// There is no such relation.
    pub fn suspend_relation(&mut self, id: RelationId) -> Result<(), EngineError> {
        self.relation_mut(id)?.suspended = true;
        for unit in self.scripted(id) {
            self.model.leave_scope(id, &unit);
        }
        Ok(())
    }

    /// Resumes a relation that was suspended: for every unit it begins anew, with what was written
    /// before still in the databags.
    ///
    /// # Errors
    /// There is no such relation.
    pub fn resume_relation(&mut self, id: RelationId) -> Result<(), EngineError> {
        self.relation_mut(id)?.suspended = false;
        for unit in self.scripted(id) {
            self.model.enter_scope(id, &unit)?;
        }
        Ok(())
    }

    fn relation_mut(
        &mut self,
        id: RelationId,
    ) -> Result<&mut crate::emulator::juju::Relation, EngineError> {
        let found = self.model.relations.get_mut(&id);
        found.ok_or_else(|| EngineError::Name(format!("relation {id} not found")))
    }

    /// Units of a relation that run no charm.
    fn scripted(&self, id: RelationId) -> Vec<UnitName> {
        let sides = self.model.relations.get(&id).into_iter().flat_map(|found| &found.sides);
        sides
            .filter(|side| !self.programs.contains_key(&side.application))
            .flat_map(|side| self.model.units_of(side.application.as_str()))
            .map(|(unit, _)| unit.clone())
            .collect()
    }

    /// Gives a unit one more of a storage that its charm declares; its id, such as `data/0`.
    ///
    /// # Errors
    /// There is no such unit or storage, or the unit has as many as it may have.
    pub fn add_storage(&mut self, unit: &UnitName, name: &str) -> Result<String, EngineError> {
        Ok(self.model.add_storage(unit, name)?)
    }

    /// Takes a storage away. It goes silently if the charm was not told yet that it has it.
    ///
    /// # Errors
    /// There is no such unit or storage.
    pub fn detach_storage(&mut self, unit: &UnitName, id: &str) -> Result<(), EngineError> {
        let told = self.agents.get(unit).is_some_and(|agent| agent.storage.contains(id));
        let storage = &mut self.model.unit_mut(unit)?.storage;
        let found = storage.get_mut(id).ok_or_else(|| ModelError::not_found("storage", id))?;
        found.dying = true;
        if !told {
            storage.remove(id);
        }
        Ok(())
    }

    /// Gives an option its default again.
    ///
    /// # Errors
    /// There is no such application.
    pub fn reset_config(&mut self, application: &str, option: &str) -> Result<(), EngineError> {
        Ok(self.model.reset_config(application, option)?)
    }

    /// Trusts an application with the cloud's credentials, or no more: `config-changed` tells its units.
    ///
    /// # Errors
    /// There is no such application.
    pub fn set_trust(&mut self, application: &str, trusted: bool) -> Result<(), EngineError> {
        self.model.application_mut(application)?.trusted = trusted;
        Ok(())
    }

    /// Adds a secret of an application that runs no charm here.
    ///
    /// # Errors
    /// No id could be made.
    pub fn insert_secret(&mut self, secret: Secret) -> Result<SecretId, EngineError> {
        Ok(self.model.insert_secret(secret)?)
    }

    /// Lets an application read a secret, as long as the relation is there if one carries the grant.
    ///
    /// # Errors
    /// There is no such secret, or the name is none.
    pub fn grant_secret_over(
        &mut self,
        id: &SecretId,
        application: &str,
        relation: Option<RelationId>,
    ) -> Result<(), EngineError> {
        let grantee = Grantee::Application(ApplicationName::new(application.to_owned())?);
        Ok(self.model.grant_secret(id, grantee, relation)?)
    }

    /// Takes back what an application may read.
    ///
    /// # Errors
    /// There is no such secret, or the name is none.
    pub fn revoke_secret(&mut self, id: &SecretId, application: &str) -> Result<(), EngineError> {
        let grantee = Grantee::Application(ApplicationName::new(application.to_owned())?);
        Ok(self.model.revoke_secret(id, &grantee)?)
    }

    /// Removes a secret with all its revisions. No hook tells a reader.
    ///
    /// # Errors
    /// There is no such secret.
    pub fn remove_secret(&mut self, id: &SecretId) -> Result<(), EngineError> {
        let removed = self.model.secrets.remove(id);
        removed.map(drop).ok_or_else(|| ModelError::not_found("secret", id.bare()).into())
    }

    /// The leader loses its lease, and no unit leads until one is elected.
    ///
    /// # Errors
    /// There is no such application.
    pub fn lose_leader(&mut self, application: &str) -> Result<(), EngineError> {
        self.model.application_mut(application)?.leader = None;
        let own = self.agents.iter_mut().filter(|(unit, _)| unit.application() == *application);
        own.for_each(|(_, agent)| agent.leads = false);
        Ok(())
    }
}
