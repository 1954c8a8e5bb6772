//! What a person does to a model: deploy, relate, configure, grant, run an action, remove.

use super::{
    Agent, ContainerHandle, Due, Ended, Engine, Outcome, Program, TimelineEntry,
    container::Container,
};
use crate::emulator::juju::{
    CharmMetadata, ConfigValue, Content, Grantee, Hook, Model, ModelError, Owner, Side,
};
use crate::emulator::pebble::Pebble;
use ops_core::names::{ApplicationName, ContainerName, NameError, RelationId, SecretId, UnitName};
use serde_json::{Map, Value};
use std::{rc::Rc, sync::Arc};

/// A request that Juju would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The model refuses it.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A name is none.
    #[error("{0}")]
    Name(String),
    /// The unit runs no charm here.
    #[error("unit \"{0}\" runs no charm")]
    NoProgram(UnitName),
    /// The charm has no such container.
    #[error("unit \"{unit}\" has no container \"{container}\"")]
    NoContainer {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: String,
    },
    /// The charm has no such action, or the parameters do not fit.
    #[error("{0}")]
    Action(String),
}

impl From<NameError> for EngineError {
    fn from(error: NameError) -> Self {
        Self::Name(error.to_string())
    }
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ActionOutcome {
    /// Its results: what it set, and `return-code`, `stdout`, `stderr`.
    pub results: Map<String, Value>,
    /// What it logged on the way.
    pub messages: Vec<String>,
    /// Why it failed; `None` if it completed.
    pub failed: Option<String>,
}

impl Engine {
    /// Deploys an application with its units; the first one leads. Its containers are up.
    ///
    /// # Errors
    /// The name is none, or is taken.
    pub fn deploy(
        &mut self,
        application: &str,
        charm: impl Into<Arc<CharmMetadata>>,
        program: Rc<dyn Program>,
        units: u32,
    ) -> Result<Vec<UnitName>, EngineError> {
        let name = self.model.add_application(application, charm)?;
        self.programs.insert(name, program);
        (0..units).map(|_| self.add_unit(application)).collect()
    }

    /// Deploys the other side of a relation: an application that runs nothing, and whose databags
    /// are written with [`write`](Self::write).
    ///
    /// # Errors
    /// The name is none, or is taken.
    pub fn deploy_scripted(
        &mut self,
        application: &str,
        charm: impl Into<Arc<CharmMetadata>>,
        units: u32,
    ) -> Result<Vec<UnitName>, EngineError> {
        self.model.add_application(application, charm)?;
        (0..units).map(|_| self.add_unit(application)).collect()
    }

    /// What is in a container of the units that come from now on: files, and how commands and
    /// services behave.
    ///
    /// # Errors
    /// A name is none.
    pub fn set_image(
        &mut self,
        application: &str,
        container: &str,
        image: Pebble,
    ) -> Result<(), EngineError> {
        let application = ApplicationName::new(application.to_owned())?;
        let container = ContainerName::new(container.to_owned())?;
        self.images.insert((application, container), image);
        Ok(())
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// There is no such application.
    pub fn add_unit(&mut self, application: &str) -> Result<UnitName, EngineError> {
        let unit = self.model.add_unit(application)?;
        let found = self.model.application(application)?;
        let (has_leader, charm) = (found.leader.is_some(), Arc::clone(&found.charm));
        if !has_leader {
            self.model.set_leader(&unit)?;
        }
        if !self.programs.contains_key(application) {
            self.model.enter_scopes(&unit)?;
            return Ok(unit);
        }
        let image = |name: &ContainerName| {
            self.images
                .get(&(unit.application(), name.clone()))
                .cloned()
                .unwrap_or_else(Pebble::new)
        };
        let containers =
            charm.containers.iter().map(|name| (name.clone(), Container::emulated(image(name))));
        self.containers.insert(unit.clone(), containers.collect());
        self.agents.insert(unit.clone(), Agent::default());
        Ok(unit)
    }

    /// Removes a unit: its relations end, `stop` and `remove` become due. One that runs no charm, or
    /// is not installed, is gone at once.
    ///
    /// # Errors
    /// There is no such unit.
    pub fn remove_unit(&mut self, unit: &UnitName) -> Result<(), EngineError> {
        self.model.unit_mut(unit)?.dying = true;
        if !self.agents.get(unit).is_some_and(|agent| agent.installed) {
            self.forget_unit(unit);
        }
        Ok(())
    }

    /// Removes an application with its relations and units.
    ///
    /// # Errors
    /// There is no such application.
    pub fn remove_application(&mut self, application: &str) -> Result<(), EngineError> {
        self.model.application(application)?;
        let part = |model: &Model, id: &RelationId| {
            model.relations.get(id).is_some_and(|r| !r.is_peer() && r.side(application).is_some())
        };
        let all: Vec<RelationId> = self.model.relations.keys().copied().collect();
        for id in all {
            if part(&self.model, &id) {
                self.remove_relation(id)?;
            }
        }
        let units: Vec<UnitName> =
            self.model.units_of(application).map(|(unit, _)| unit.clone()).collect();
        self.model.application_mut(application)?.dying = true;
        units.iter().try_for_each(|unit| self.remove_unit(unit))?;
        self.forget_application(application);
        Ok(())
    }

    /// An application that is being removed is gone with its last unit.
    fn forget_application(&mut self, application: &str) {
        let dying = self.model.applications.get(application).is_some_and(|found| found.dying);
        if !dying || self.model.units_of(application).next().is_some() {
            return;
        }
        let peers: Vec<RelationId> = self
            .model
            .relations
            .values()
            .filter(|relation| relation.is_peer() && relation.side(application).is_some())
            .map(|relation| relation.id)
            .collect();
        peers.into_iter().for_each(|id| self.model.remove_relation(id));
        if let Some((name, _)) = self.model.applications.remove_entry(application) {
            self.model.forget_in_secrets(&Owner::Application(name));
        }
        self.programs.remove(application);
        self.images.retain(|(name, _), _| name.as_str() != application);
    }

    /// The unit is gone. If it led, the first of the others does.
    pub(super) fn forget_unit(&mut self, unit: &UnitName) {
        let application = unit.application();
        let ids: Vec<RelationId> = self.model.relations.keys().copied().collect();
        for id in ids {
            self.model.leave_scope(id, unit);
            self.remove_ended(id);
        }
        self.model.units.remove(unit);
        self.model.forget_in_secrets(&Owner::Unit(unit.clone()));
        self.agents.remove(unit);
        self.containers.remove(unit);
        self.mishaps.remove(unit);
        self.outgoing.remove(unit);
        let next = self.model.units_of(application.as_str()).map(|(unit, _)| unit.clone()).next();
        if let Some(found) = self.model.applications.get_mut(&application)
            && found.leader.as_ref() == Some(unit)
        {
            found.leader = next;
        }
        self.forget_application(application.as_str());
    }

    /// Sets an option.
    ///
    /// # Errors
    /// There is no such application or option, or the value has another type.
    pub fn set_config(
        &mut self,
        application: &str,
        option: &str,
        value: impl Into<ConfigValue>,
    ) -> Result<(), EngineError> {
        Ok(self.model.set_config(application, option, value)?)
    }

    /// Relates two endpoints, each given as `application:endpoint`.
    ///
    /// # Errors
    /// Juju would refuse it: no such endpoint, another interface, a limit.
    pub fn integrate(&mut self, one: &str, other: &str) -> Result<RelationId, EngineError> {
        let id = self.model.relate(one, other)?;
        let sides = self.model.relations.get(&id).map(|r| r.sides.clone()).unwrap_or_default();
        for side in sides {
            if self.programs.contains_key(&side.application) {
                continue;
            }
            let units: Vec<UnitName> = self
                .model
                .units_of(side.application.as_str())
                .map(|(unit, _)| unit.clone())
                .collect();
            units.iter().try_for_each(|unit| self.model.enter_scope(id, unit))?;
        }
        Ok(id)
    }

    /// Writes into the databag of a scripted application or unit. An empty value deletes its key.
    ///
    /// # Errors
    /// There is no such relation, or the name has no part in it.
    pub fn write<K: Into<String>, V: Into<String>>(
        &mut self,
        relation: RelationId,
        name: &str,
        changes: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), EngineError> {
        Ok(self.model.write_databag(relation, name, changes)?)
    }

    /// Removes a relation: it ends for every unit, and is gone when the last one has been told.
    ///
    /// # Errors
    /// There is no such relation.
    pub fn remove_relation(&mut self, id: RelationId) -> Result<(), EngineError> {
        let relation = self
            .model
            .relations
            .get_mut(&id)
            .ok_or_else(|| EngineError::Name(format!("relation {id} not found")))?;
        relation.dying = true;
        let members: Vec<UnitName> =
            relation.sides.iter().flat_map(Side::members).cloned().collect();
        for unit in members {
            // Who was never told that it began is not told that it ends.
            let told = self.agents.get(&unit).is_some_and(|a| a.relations.contains_key(&id));
            if !told {
                self.model.leave_scope(id, &unit);
            }
        }
        self.remove_ended(id);
        Ok(())
    }

    /// Adds a secret of the person who runs the model. Nobody may read it yet.
    ///
    /// # Errors
    /// The name is taken.
    pub fn add_secret(&mut self, name: &str, content: Content) -> Result<SecretId, EngineError> {
        Ok(self.model.add_secret(name, content)?)
    }

    /// Gives a secret a new revision.
    ///
    /// # Errors
    /// There is no such secret.
    pub fn update_secret(&mut self, id: &SecretId, content: Content) -> Result<u64, EngineError> {
        Ok(self.model.update_secret(id, content)?)
    }

    /// Lets an application read a secret of the person who runs the model.
    ///
    /// # Errors
    /// There is no such secret, or the name is none.
    pub fn grant_secret(&mut self, id: &SecretId, application: &str) -> Result<(), EngineError> {
        let grantee = Grantee::Application(ApplicationName::new(application.to_owned())?);
        Ok(self.model.grant_secret(id, grantee, None)?)
    }

    /// Makes this unit the leader.
    ///
    /// # Errors
    /// There is no such unit.
    pub fn elect(&mut self, unit: &UnitName) -> Result<(), EngineError> {
        self.model.unit(unit)?;
        self.model.set_leader(unit)?;
        let application = unit.application();
        let others = self
            .agents
            .iter_mut()
            .filter(|(name, _)| *name != unit && name.application() == application);
        others.for_each(|(_, agent)| agent.leads = false);
        Ok(())
    }

    /// Lets Kubernetes replace the pod of a unit: `stop` if it has started, then all that a new pod runs.
    ///
    /// # Errors
    /// The unit runs no charm.
    pub fn replace_pod(&mut self, unit: &UnitName) -> Result<(), EngineError> {
        self.agent_mut(unit)?.replaced = true;
        self.replace_unstarted(unit);
        Ok(())
    }

    /// Takes a container down: its Pebble is gone, and nobody is told.
    ///
    /// # Errors
    /// The unit has no such container.
    pub fn container_down(&mut self, unit: &UnitName, container: &str) -> Result<(), EngineError> {
        self.container_mut(unit, container)?.take_down();
        Ok(())
    }

    /// Brings a container up, or restarts it: it is made anew from its image, nothing runs in it, and
    /// its pebble-ready is due.
    ///
    /// # Errors
    /// The unit has no such container.
    pub fn container_up(&mut self, unit: &UnitName, container: &str) -> Result<(), EngineError> {
        let name = ContainerName::new(container.to_owned())?;
        let image = self.images.get(&(unit.application(), name.clone())).cloned();
        self.container_mut(unit, container)?.bring_up(image.as_ref());
        Ok(())
    }

    /// Puts another Pebble in the place of a container's, such as a real one on a socket.
    ///
    /// # Errors
    /// The unit has no such container.
    pub fn connect(
        &mut self,
        unit: &UnitName,
        container: &str,
        pebble: ContainerHandle,
    ) -> Result<(), EngineError> {
        self.container_mut(unit, container)?.handle = pebble;
        Ok(())
    }

    /// Makes `update-status` due once there is nothing else.
    ///
    /// # Errors
    /// The unit runs no charm.
    pub fn update_status(&mut self, unit: &UnitName) -> Result<(), EngineError> {
        self.agent_mut(unit)?.update_status = true;
        Ok(())
    }

    /// Ends the error of a unit: its failed hook is run again now, or is taken as done.
    ///
    /// # Errors
    /// The unit runs no charm.
    pub fn resolved(&mut self, unit: &UnitName, retry: bool) -> Result<(), EngineError> {
        let now = self.model.now;
        let Some(mut failed) = self.agent_mut(unit)?.failed.take() else { return Ok(()) };
        if retry {
            failed.attempts = 0;
            failed.retry_at = now;
            self.agent_mut(unit)?.failed = Some(failed);
        } else {
            self.pass_over(unit, &failed.hook);
        }
        Ok(())
    }

    /// Lets time pass: rotations, expiries and retries come due by it, and `update-status` where the settings
    /// ask for it, once however often its timer fired.
    pub fn advance(&mut self, seconds: u32) {
        let before = self.model.now;
        self.model.now = before.plus(i64::from(seconds));
        let Some(interval) = self.settings.update_status_interval.map(|i| i64::from(i.max(1)))
        else {
            return;
        };
        if self.model.now.0.div_euclid(interval) != before.0.div_euclid(interval) {
            // Juju's timer runs for units that have started.
            let started = self.agents.values_mut().filter(|agent| agent.started);
            started.for_each(|agent| agent.update_status = true);
        }
    }

    /// Runs one hook now, although nothing makes it due. Another hook of the unit that failed stays failed.
    /// Killed, it is not run again, as nothing makes it due.
    ///
    /// # Errors
    /// The unit runs no charm.
    pub fn emit(&mut self, unit: &UnitName, hook: Hook) -> Result<(), EngineError> {
        self.agent_mut(unit)?;
        self.run(&Due { unit: unit.clone(), hook, not_before: None });
        Ok(())
    }

    /// Runs commands in the place of the charm, with its hook commands at hand, as `juju exec` does:
    /// what they wrote is taken whatever their exit code, and nothing is run again.
    ///
    /// # Errors
    /// The unit runs no charm.
    pub fn run_commands(&mut self, unit: &UnitName, commands: &str) -> Result<Ended, EngineError> {
        let entry = self.run_beside_hooks(unit, &Hook::Commands(commands.to_owned()))?;
        let ended = entry.ended.clone();
        self.write_down(entry);
        Ok(ended)
    }

    /// Runs what is no hook. A failed hook of the unit stays failed.
    fn run_beside_hooks(
        &mut self,
        unit: &UnitName,
        hook: &Hook,
    ) -> Result<TimelineEntry, EngineError> {
        self.agent_mut(unit)?;
        let before = self.model.unit(unit)?.agent.clone();
        let entry = self.execute(unit, hook);
        if self.agents.get(unit).is_some_and(|agent| agent.failed.is_some()) {
            self.model.unit_mut(unit)?.agent = before;
        }
        Ok(entry)
    }

    /// Runs an action now, also on a unit in error.
    ///
    /// # Errors
    /// Juju would not run it: no such action, a parameter is missing, the unit runs no charm.
    pub fn run_action(
        &mut self,
        unit: &UnitName,
        action: &str,
        params: Map<String, Value>,
    ) -> Result<ActionOutcome, EngineError> {
        self.agent_mut(unit)?;
        let charm = Arc::clone(&self.model.application(unit.application().as_str())?.charm);
        let schema = charm.actions.get(action).ok_or_else(|| {
            EngineError::Action(format!("action \"{action}\" not defined on unit \"{unit}\""))
        })?;
        let params =
            schema.admit(params).map_err(|error| EngineError::Action(error.to_string()))?;
        self.model.counters.actions += 1;
        let number = self.model.counters.actions;
        let hook = Hook::Action { name: action.to_owned(), id: number.to_string(), params };
        let entry = self.run_beside_hooks(unit, &hook)?;
        let run = entry.action.clone().unwrap_or_default();
        let mut results = run.results;
        let mut stderr = entry.ended.stderr.clone();
        let code = match (&entry.outcome, &entry.ended.how) {
            (Outcome::Refused(why), _) => {
                if !stderr.is_empty() && !stderr.ends_with('\n') {
                    stderr.push('\n');
                }
                stderr.push_str(why);
                1
            }
            (_, super::How::Exit(code)) => *code,
            _ => -1,
        };
        results.insert("return-code".to_owned(), Value::from(code));
        for (key, text) in [("stdout", &entry.ended.stdout), ("stderr", &stderr)] {
            if !text.is_empty() {
                results.insert(key.to_owned(), Value::from(text.as_str()));
            }
        }
        let failed = match &entry.outcome {
            Outcome::Failed(super::How::NotImplemented) => {
                Some(format!("action not implemented on unit {:?}", unit.as_str()))
            }
            Outcome::Failed(super::How::Exit(code)) => Some(format!("exit status {code}")),
            Outcome::Failed(how) => Some(how.to_string()),
            Outcome::Refused(_) => {
                Some(run.failed.unwrap_or_else(|| "committing requested changes failed".to_owned()))
            }
            Outcome::Done | Outcome::Skipped => run.failed,
        };
        self.write_down(entry);
        Ok(ActionOutcome { results, messages: run.messages, failed })
    }

    pub(super) fn agent_mut(&mut self, unit: &UnitName) -> Result<&mut Agent, EngineError> {
        self.agents.get_mut(unit).ok_or_else(|| EngineError::NoProgram(unit.clone()))
    }

    fn container_mut(
        &mut self,
        unit: &UnitName,
        container: &str,
    ) -> Result<&mut Container, EngineError> {
        let found = self.containers.get_mut(unit).and_then(|all| all.get_mut(container));
        found.ok_or_else(|| EngineError::NoContainer {
            unit: unit.clone(),
            container: container.to_owned(),
        })
    }
}
