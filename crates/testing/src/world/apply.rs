//! What each step does to the engine.

use super::{Ends, Given, Step, World, WorldError, Writer};
use crate::{
    emulator::{
        juju::{ConfigValue, Content, Owner, Secret},
        pebble::{CheckBehaviour, Daemon},
    },
    engine::{ActionOutcome, ContainerHandle, EngineError},
};
use ops_core::names::{ApplicationName, ContainerName, RelationId, SecretId, UnitName};
use std::{collections::BTreeMap, rc::Rc};

/// What a step brought about at once.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Applied {
    /// Nothing that has a name.
    Done,
    /// A unit.
    Unit(UnitName),
    /// A relation.
    Relation(RelationId),
    /// A secret.
    Secret(SecretId),
    /// A storage, such as `data/0`.
    Storage(String),
    /// The outcome of an action, which has run.
    Action(ActionOutcome),
}

impl World {
    /// Lets this happen. Hooks that become due by it do not run yet; an action runs at once.
    ///
    /// # Errors
    /// Juju would refuse it, or what it is about is not there. Nothing has happened then.
    pub fn apply(&mut self, step: &Step) -> Result<Applied, WorldError> {
        let ran = self.ran();
        let applied = self.act(step)?;
        self.steps.push((ran, step.clone()));
        Ok(applied)
    }

    fn act(&mut self, step: &Step) -> Result<Applied, WorldError> {
        match step {
            Step::AddUnit { application } => {
                return Ok(Applied::Unit(self.engine.add_unit(application.as_str())?));
            }
            Step::Integrate(Ends(one, other)) => {
                let id = self.engine.integrate(&one.to_string(), &other.to_string())?;
                return Ok(Applied::Relation(id));
            }
            Step::AddStorage { unit, storage } => {
                return Ok(Applied::Storage(self.engine.add_storage(unit, storage)?));
            }
            Step::Action { unit, name, params } => {
                let outcome = self.engine.run_action(unit, name, params.0.clone())?;
                return Ok(Applied::Action(outcome));
            }
            Step::AddSecret { name, owner, content } => {
                return self.add_secret_step(name, owner.as_ref(), content).map(Applied::Secret);
            }
            Step::SetConfig { application, option, value } => {
                self.set_option(application.as_str(), option, value)?;
            }
            Step::ResetConfig { application, option } => {
                self.engine.reset_config(application.as_str(), option)?;
            }
            Step::RemoteData { relation, writer, data } => {
                self.remote_data_step(relation, writer, data)?;
            }
            Step::RemoveRelation(ends) => {
                let id = self.relation_between(ends)?;
                self.engine.remove_relation(id)?;
            }
            Step::SuspendRelation(ends) => {
                let id = self.relation_between(ends)?;
                self.engine.suspend_relation(id)?;
            }
            Step::ResumeRelation(ends) => {
                let id = self.relation_between(ends)?;
                self.engine.resume_relation(id)?;
            }
            Step::UpdateSecret { name, content } => {
                let id = self.secret_named(name)?;
                self.engine.update_secret(&id, content.clone())?;
            }
            Step::GrantSecret { name, to, relation } => {
                let id = self.secret_named(name)?;
                let over = relation.as_ref().map(|ends| self.relation_between(ends)).transpose()?;
                self.engine.grant_secret_over(&id, to.as_str(), over)?;
            }
            Step::RevokeSecret { name, from } => {
                let id = self.secret_named(name)?;
                self.engine.revoke_secret(&id, from.as_str())?;
            }
            Step::RemoveSecret { name } => {
                let id = self.secret_named(name)?;
                self.engine.remove_secret(&id)?;
            }
            Step::RemoveApplication { application } => {
                self.engine.remove_application(application.as_str())?;
            }
            Step::Trust { application, trusted } => {
                self.engine.set_trust(application.as_str(), *trusted)?;
            }
            Step::LoseLeader { application } => self.engine.lose_leader(application.as_str())?,
            Step::Upgrade { application, build, force } => {
                self.upgrade_step(application, build, *force)?;
            }
            Step::Advance { seconds } => self.engine.advance(*seconds),
            Step::RemoveUnit { unit } => self.engine.remove_unit(unit)?,
            Step::Elect { unit } => self.engine.elect(unit)?,
            Step::ContainerDown { unit, container } => {
                self.engine.container_down(unit, container.as_str())?;
            }
            Step::ContainerUp { unit, container } => {
                self.engine.container_up(unit, container.as_str())?;
            }
            Step::ReplacePod { unit } => self.engine.replace_pod(unit)?,
            Step::UpdateStatus { unit } => self.engine.update_status(unit)?,
            Step::DetachStorage { unit, id } => self.engine.detach_storage(unit, id)?,
            Step::Resolved { unit, retry } => self.engine.resolved(unit, *retry)?,
            Step::RefuseNextFlush { unit, refusal } => {
                self.exists(unit)?;
                self.engine.refuse_next(unit, refusal.clone());
            }
            Step::TroubleNext { unit, script } => {
                self.exists(unit)?;
                self.engine.script_next(unit, script.clone());
            }
            Step::Notify { unit, container, key, data } => {
                let daemon = self.daemon_of(unit, container)?;
                daemon.with(|pebble| pebble.notify(key.as_str(), data.clone()));
            }
            Step::CheckFails { unit, container, check } => {
                self.check_step(unit, container, check, CheckBehaviour::Fails)?;
            }
            Step::CheckRecovers { unit, container, check } => {
                self.check_step(unit, container, check, CheckBehaviour::Passes)?;
            }
            Step::ServiceExits { unit, container, service, code } => {
                self.daemon_of(unit, container)?.with(|pebble| pebble.crash(service, *code));
            }
        }
        Ok(Applied::Done)
    }

    fn remote_data_step(
        &mut self,
        relation: &Ends,
        writer: &Writer,
        data: &BTreeMap<String, Given<String>>,
    ) -> Result<(), WorldError> {
        self.scripted(&writer.application())?;
        let id = self.relation_between(relation)?;
        let mut changes = Vec::with_capacity(data.len());
        for (key, value) in data {
            let value = match value {
                Given::Value(text) => text.clone(),
                Given::Secret(secret) => self.secret_named(&secret.0)?.to_string(),
            };
            changes.push((key.as_str(), value));
        }
        Ok(self.engine.write(id, writer.as_str(), changes)?)
    }

    fn check_step(
        &self,
        unit: &UnitName,
        container: &ContainerName,
        check: &str,
        behaves: CheckBehaviour,
    ) -> Result<(), WorldError> {
        let daemon = self.daemon_of(unit, container)?;
        daemon.with(|pebble| pebble.set_check_behaviour(check, behaves));
        Ok(())
    }

    pub(super) fn set_option(
        &mut self,
        application: &str,
        option: &str,
        value: &Given<ConfigValue>,
    ) -> Result<(), WorldError> {
        let value = match value {
            Given::Value(value) => value.clone(),
            Given::Secret(secret) => ConfigValue::Text(self.secret_named(&secret.0)?.to_string()),
        };
        Ok(self.engine.set_config(application, option, value)?)
    }

    fn add_secret_step(
        &mut self,
        name: &str,
        owner: Option<&ApplicationName>,
        content: &Content,
    ) -> Result<SecretId, WorldError> {
        let Some(owner) = owner else {
            return Ok(self.engine.add_secret(name, content.clone())?);
        };
        self.scripted(owner)?;
        let now = self.model().now;
        let owner = Owner::Application(owner.clone());
        let mut secret = Secret::new(owner, content.clone(), now);
        name.clone_into(&mut secret.label);
        Ok(self.engine.insert_secret(secret)?)
    }

    fn upgrade_step(
        &mut self,
        application: &ApplicationName,
        build: &str,
        force: bool,
    ) -> Result<(), WorldError> {
        let found = self.builds.get(&(application.clone(), build.to_owned()));
        let build = found.cloned().ok_or_else(|| WorldError::NoBuild {
            application: application.clone(),
            build: build.to_owned(),
        })?;
        let (metadata, program) = (build.metadata, Rc::clone(&build.program));
        let upgraded = match force {
            true => self.engine.upgrade_by_force(application.as_str(), metadata, program),
            false => self.engine.upgrade(application.as_str(), metadata, program),
        };
        upgraded.map_err(WorldError::from)
    }

    /// Only a scripted application does what a test says.
    fn scripted(&self, application: &ApplicationName) -> Result<(), WorldError> {
        match self.builds.contains_key(&(application.clone(), super::Build::FIRST.to_owned())) {
            true => Err(WorldError::RunsACharm(application.to_string())),
            false => Ok(()),
        }
    }

    /// The relation between these ends: the one that lives, if another is still being removed.
    pub(super) fn relation_between(&self, ends: &Ends) -> Result<RelationId, WorldError> {
        let is = |relation: &&crate::emulator::juju::Relation| {
            let mut sides = [&ends.0, &ends.1].into_iter();
            sides.all(|end| {
                let sides = &mut relation.sides.iter();
                sides.any(|s| s.application == end.application && s.endpoint == end.endpoint)
            })
        };
        let found = self.model().relations.values().filter(is);
        let found = found.min_by_key(|relation| relation.dying).map(|relation| relation.id);
        found.ok_or_else(|| WorldError::NoRelation(ends.clone()))
    }

    /// The secret that a step added under this name.
    pub(super) fn secret_named(&self, name: &str) -> Result<SecretId, WorldError> {
        let by_a_step = |owner: &Owner| match owner {
            Owner::Model => true,
            Owner::Application(application) => self.scripted(application).is_ok(),
            Owner::Unit(_) => false,
        };
        let mut secrets = self.model().secrets.iter();
        let found = secrets.find(|(_, secret)| secret.label == name && by_a_step(&secret.owner));
        let found = found.map(|(id, _)| id.clone());
        found.ok_or_else(|| WorldError::NoSecret(name.to_owned()))
    }
    fn exists(&self, unit: &UnitName) -> Result<(), EngineError> {
        self.model().unit(unit).map(drop).map_err(EngineError::from)
    }

    fn daemon_of(&self, unit: &UnitName, container: &ContainerName) -> Result<Daemon, WorldError> {
        match self.engine.container(unit, container.as_str()) {
            Some(ContainerHandle::Emulated(daemon)) => Ok(daemon),
            _ => Err(WorldError::NoPebble { unit: unit.clone(), container: container.to_string() }),
        }
    }
}
