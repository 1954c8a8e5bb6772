//! An engine as it is kept on disk, and back: everything but the programs.
//!
//! Nothing here knows files, nor where a charm's program lies.

use super::{Agent, Container, ContainerHandle, Engine, Program, TimelineEntry};
use crate::emulator::{
    juju::Model,
    pebble::{self, Daemon, Pebble},
};
use ops_core::names::{ApplicationName, ContainerName, UnitName};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, rc::Rc};

/// What is kept of an engine. It holds every secret of the model in clear: the file it is written to
/// is nobody else's to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    model: Model,
    agents: BTreeMap<UnitName, Agent>,
    images: BTreeMap<ApplicationName, BTreeMap<ContainerName, pebble::Kept>>,
    containers: BTreeMap<UnitName, BTreeMap<ContainerName, KeptContainer>>,
    timeline: Vec<TimelineEntry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptContainer {
    pebble: KeptPebble,
    up: bool,
    boot: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeptPebble {
    Absent,
    Emulated(Box<pebble::Kept>),
    Socket(PathBuf),
}

impl Kept {
    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }
}

impl Engine {
    /// Everything but the programs, the settings and what was to go wrong next. Of the timeline the
    /// newest runs are kept, as many as `runs`, without what they printed of secrets.
    #[must_use]
    pub fn keep(&self, runs: usize) -> Kept {
        let mut images: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for ((application, container), image) in &self.images {
            let of = images.entry(application.clone()).or_default();
            of.insert(container.clone(), image.keep());
        }
        let all = |containers: &BTreeMap<ContainerName, Container>| {
            containers.iter().map(|(name, found)| (name.clone(), found.keep())).collect()
        };
        let oldest = self.timeline.len().saturating_sub(runs);
        Kept {
            model: self.model.clone(),
            agents: self.agents.clone(),
            images,
            containers: self.containers.iter().map(|(unit, c)| (unit.clone(), all(c))).collect(),
            timeline: self.timeline.iter().skip(oldest).cloned().collect(),
        }
    }

    /// The units that still run the charm that their application had before an upgrade.
    pub fn outgoing(&self) -> impl Iterator<Item = &UnitName> {
        self.outgoing.keys()
    }

    /// The engine that was kept, with the programs of its applications, and those of units that still
    /// run the charm that their application had before. An application without one is a scripted other
    /// side.
    ///
    /// # Errors
    /// What was kept does not make sense.
    pub fn restore(
        kept: Kept,
        programs: BTreeMap<ApplicationName, Rc<dyn Program>>,
        outgoing: BTreeMap<UnitName, Rc<dyn Program>>,
    ) -> Result<Self, pebble::KeptError> {
        let mut engine = Self { programs, outgoing, ..Self::new(kept.model) };
        engine.agents = kept.agents;
        engine.last = kept.timeline.last().map(|entry| entry.unit.clone());
        engine.timeline = kept.timeline;
        for (application, images) in kept.images {
            for (container, image) in images {
                engine.images.insert((application.clone(), container), Pebble::restore(image)?);
            }
        }
        for (unit, containers) in kept.containers {
            let of = engine.containers.entry(unit).or_default();
            for (name, kept) in containers {
                of.insert(name, Container::restore(kept)?);
            }
        }
        Ok(engine)
    }
}

impl Container {
    fn keep(&self) -> KeptContainer {
        let pebble = match &self.handle {
            ContainerHandle::Absent | ContainerHandle::Other(_) => KeptPebble::Absent,
            ContainerHandle::Emulated(daemon) => {
                KeptPebble::Emulated(Box::new(daemon.with(|p| p.keep())))
            }
            ContainerHandle::Socket(path) => KeptPebble::Socket(path.clone()),
        };
        KeptContainer { pebble, up: self.up, boot: self.boot }
    }

    fn restore(kept: KeptContainer) -> Result<Self, pebble::KeptError> {
        let handle = match kept.pebble {
            KeptPebble::Absent => ContainerHandle::Absent,
            KeptPebble::Emulated(pebble) => {
                ContainerHandle::Emulated(Daemon::new(Pebble::restore(*pebble)?))
            }
            KeptPebble::Socket(path) => ContainerHandle::Socket(path),
        };
        Ok(Self { handle, up: kept.up, boot: kept.boot })
    }
}
