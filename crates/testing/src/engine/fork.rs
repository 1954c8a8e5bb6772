//! What exploring takes of an engine: copies that carry nothing along, and a hook that is run once more.

use super::{Due, Engine, Program, TimelineEntry};
use crate::emulator::{
    juju::Owner,
    pebble::{self, Daemon},
};
use ops_core::names::{ApplicationName, ContainerName, UnitName};
use std::{fmt, rc::Rc};

impl Engine {
    /// Forgets what has happened: a copy is then one of the present alone. What Pebbles were told is
    /// forgotten too.
    pub fn forget_timeline(&mut self) {
        self.forgotten += self.timeline.len();
        self.timeline.clear();
        let containers = self.containers.values().flat_map(|all| all.values());
        for daemon in containers.filter_map(|container| container.handle.daemon()) {
            daemon.with(pebble::Pebble::clear_effects);
        }
    }

    /// Runs a hook that is due, and lets the agent die before it has noted that the hook is over: it is
    /// due again, although it succeeded and what the charm wrote was taken. `None` if the unit has no
    /// agent.
    pub fn run_unnoted(&mut self, due: &Due) -> Option<&TimelineEntry> {
        self.agents.get(&due.unit)?;
        self.begin(&due.unit, &due.hook);
        let entry = self.execute(&due.unit, &due.hook);
        self.write_down(entry);
        self.timeline.last()
    }

    /// What was done in the containers of a unit since it was [forgotten](Self::forget_timeline).
    pub(crate) fn pebble_effects(&self, unit: &UnitName) -> Vec<(String, pebble::Effect)> {
        let containers = self.containers.get(unit).into_iter().flatten();
        containers
            .filter_map(|(name, container)| Some((name, container.handle.daemon()?)))
            .flat_map(|(name, daemon)| {
                let effects = daemon.with(|pebble| pebble.effects().to_vec());
                effects.into_iter().map(|effect| (name.to_string(), effect)).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Whether a charm runs here that may own such a secret.
    pub(crate) fn runs_charm(&self, owner: &Owner) -> bool {
        match owner {
            Owner::Application(name) => self.programs.contains_key(name),
            Owner::Unit(unit) => self.agents.contains_key(unit),
            Owner::Model => false,
        }
    }

    /// An application whose charm keeps files, which copies of this engine share.
    pub(crate) fn keeps_files(&self) -> Option<&ApplicationName> {
        let keeps = |(_, program): &(_, &Rc<dyn Program>)| program.keeps_files();
        self.programs.iter().find(keeps).map(|(name, _)| name)
    }

    /// What was asked to go wrong in the unit's next run.
    pub(crate) fn goes_wrong_next(&self, unit: &UnitName) -> Option<&(impl fmt::Debug + use<>)> {
        self.mishaps.get(unit)
    }

    /// The emulated daemon of a container, up or down.
    pub(crate) fn daemon(&self, unit: &UnitName, container: &ContainerName) -> Option<&Daemon> {
        self.containers.get(unit)?.get(container)?.handle.daemon()
    }

    /// Whether pebble-ready has run for a container since it came up.
    pub(crate) fn is_ready(&self, unit: &UnitName, container: &ContainerName) -> bool {
        let found = self.containers.get(unit).and_then(|all| all.get(container));
        let ready = self.agents.get(unit).and_then(|agent| agent.ready.get(container));
        found.is_some_and(|found| ready == Some(&found.boot))
    }

    /// Tells the programs of units apart, as long as they live.
    pub(crate) fn program_of(&self, unit: &UnitName) -> usize {
        let outgoing = self.outgoing.get(unit);
        let program = outgoing.or_else(|| self.programs.get(&unit.application()));
        program.map_or(0, |program| Rc::as_ptr(program).cast::<()>() as usize)
    }
}
