//! Looking at a world: statuses, units as they see it, databags, containers.

use super::{NamesRelation, World, WorldError, must};
use crate::{
    emulator::{
        juju::{Databag, Status},
        pebble::Pebble,
    },
    engine::{Agent, ContainerHandle, EngineError},
    state::{Container, State},
};
use ops_core::names::{ContainerName, UnitName};

/// One unit of a world.
#[derive(Debug, Clone, Copy)]
pub struct UnitView<'w> {
    world: &'w World,
    name: &'w UnitName,
}

impl<'w> UnitView<'w> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'w UnitName {
        self.name
    }

    /// The world as this unit sees it: the same `State` that a test with one unit and one event has.
    #[must_use]
    pub fn state(&self) -> State {
        let found = |name: &ContainerName| {
            let container = match self.world.engine.container(self.name, name.as_str())? {
                ContainerHandle::Emulated(daemon) => {
                    let pebble = daemon.state();
                    Container { reachable: pebble.is_reachable(), pebble }
                }
                _ => Container { reachable: false, ..Container::default() },
            };
            Some((name.clone(), container))
        };
        let containers = self.world.engine.containers(self.name).filter_map(found).collect();
        State::of_unit(self.world.model().clone(), self.name, containers)
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        let unit = self.world.model().units.get(self.name);
        unit.map(|unit| unit.status.status.clone()).unwrap_or_else(|| State::default().unit_status)
    }

    /// Whether it leads.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.world.model().is_leader(self.name)
    }

    /// What its agent has seen and done; `None` for a scripted one.
    #[must_use]
    pub fn agent(&self) -> Option<&'w Agent> {
        self.world.engine.agent(self.name)
    }

    /// The names of the hooks and actions that ran on it, oldest first.
    #[must_use]
    pub fn hooks(&self) -> Vec<&'w str> {
        self.world.timeline().hooks_of(self.name.as_str())
    }
}

impl World {
    /// A unit. Fails the test if there is none of this name.
    #[track_caller]
    #[must_use]
    pub fn unit(&self, name: impl AsRef<str>) -> UnitView<'_> {
        let name = must(UnitName::new(name.as_ref()));
        let found = self.model().units.get_key_value(&name).map(|(name, _)| name);
        let missing = || format!("there is no unit {:?}", name.as_str());
        UnitView { world: self, name: must(found.ok_or_else(missing)) }
    }

    /// The units of an application, in order of their names.
    #[must_use]
    pub fn units(&self, application: &str) -> Vec<UnitView<'_>> {
        let units = self.model().units.keys().filter(|unit| unit.application() == *application);
        units.map(|name| UnitView { world: self, name }).collect()
    }

    /// The status of an application (`"web"`), as others see it, or of a unit (`"web/0"`). Fails the test if
    /// there is no such thing.
    #[track_caller]
    #[must_use]
    pub fn status(&self, name: impl AsRef<str>) -> Status {
        let name = name.as_ref();
        if name.contains('/') {
            return self.unit(name).status();
        }
        must(self.model().application(name));
        self.model().application_status(name).status
    }

    /// What an application (`"web"`) or a unit (`"web/0"`) wrote into a relation. Fails the test if it has no
    /// part in it.
    #[track_caller]
    #[must_use]
    pub fn databag(&self, relation: impl NamesRelation, writer: impl AsRef<str>) -> Databag {
        let (ends, writer) = (must(relation.ends()), writer.as_ref());
        let id = must(self.relation_between(&ends));
        let found =
            self.model().relations.get(&id).and_then(|relation| match UnitName::new(writer) {
                Ok(unit) => relation.member(&unit).map(|member| member.settings.clone()),
                Err(_) => relation.side(writer).map(|side| side.settings.clone()),
            });
        must(found.ok_or_else(|| format!("{writer:?} has no part in the relation between {ends}")))
    }

    /// The Pebble of a container: its plan, services, files. Fails the test if the unit has no such container,
    /// or has none that is up and emulated.
    #[track_caller]
    #[must_use]
    pub fn container(&self, unit: impl AsRef<str>, name: impl AsRef<str>) -> Pebble {
        let (unit, name) = (must(UnitName::new(unit.as_ref())), name.as_ref());
        must(match self.engine.container(&unit, name) {
            Some(ContainerHandle::Emulated(daemon)) => Ok(daemon.state()),
            Some(_) => Err(WorldError::NoPebble { unit, container: name.to_owned() }),
            None => Err(EngineError::NoContainer { unit, container: name.to_owned() }.into()),
        })
    }
}
