//! What is deployed into a world: a charm in this process, a compiled or unpacked one, or a scripted other side.

use super::{Given, NamesOption, WorldError};
use crate::{
    emulator::{
        juju::{CharmMetadata, ConfigValue, Endpoint, Role, Scope},
        pebble::Pebble,
    },
    engine::{InProcess, Program},
    kit::metadata::charm_metadata,
    process::{Binary, Unpacked},
};
use ops_core::names::{ContainerName, EndpointName};
use std::{collections::BTreeMap, io, rc::Rc, sync::Arc};

/// One build of a charm: what Juju reads of it, and the program.
#[derive(Debug, Clone)]
pub struct Build {
    pub(super) metadata: Arc<CharmMetadata>,
    pub(super) program: Rc<dyn Program>,
}

impl Build {
    /// The name of the build that an application is deployed with, to go back to it.
    pub const FIRST: &'static str = "first";

    /// A charm in this process, with the metadata that it was compiled with.
    pub fn of<C: ops::Charm>(make: impl Fn() -> C + 'static) -> Self {
        Self::program(charm_metadata::<C::Meta>(), Rc::new(InProcess::new(make)))
    }

    /// The same, for a charm that keeps its state in a file ([`StateBackend::File`](ops::StateBackend)): each
    /// unit has one until it has another pod. Copies of a world share the files.
    ///
    /// # Errors
    /// No directory could be made for them.
    pub fn with_files<C: ops::Charm>(make: impl Fn() -> C + 'static) -> io::Result<Self> {
        let program = InProcess::with_files(make)?;
        Ok(Self::program(charm_metadata::<C::Meta>(), Rc::new(program)))
    }

    /// A compiled charm, and what its YAML says.
    #[must_use]
    pub fn binary(binary: Binary, metadata: CharmMetadata) -> Self {
        Self::program(metadata, Rc::new(binary))
    }

    /// An unpacked charm, in whatever language.
    #[must_use]
    pub fn unpacked(charm: Unpacked) -> Self {
        Self::program(charm.metadata().clone(), Rc::new(charm))
    }

    /// Any other program.
    #[must_use]
    pub fn program(metadata: impl Into<Arc<CharmMetadata>>, program: Rc<dyn Program>) -> Self {
        Self { metadata: metadata.into(), program }
    }

    /// The same with other metadata: of a charm in this process, what a test's YAML says and the compiled
    /// metadata does not.
    #[must_use]
    pub fn metadata(self, metadata: CharmMetadata) -> Self {
        Self { metadata: Arc::new(metadata), ..self }
    }
}

/// An application that is to be deployed.
///
/// It is called as its charm is, and has one unit, unless it is told otherwise.
#[derive(Debug, Clone)]
#[must_use = "an application exists once it is deployed"]
pub struct Application {
    pub(super) name: String,
    /// What runs in it; `None` where the test writes the databags.
    pub(super) charm: Option<Build>,
    /// Of a scripted one: name, role and interface.
    endpoints: Vec<(String, Role, String)>,
    pub(super) units: u32,
    pub(super) trusted: bool,
    pub(super) config: Vec<(String, Given<ConfigValue>)>,
    pub(super) images: Vec<(ContainerName, Pebble)>,
    pub(super) builds: BTreeMap<String, Build>,
}

impl Application {
    /// A charm in this process: `Application::of(|| MyCharm)`.
    pub fn of<C: ops::Charm>(make: impl Fn() -> C + 'static) -> Self {
        Self::new(Build::of(make))
    }

    /// This build of a charm.
    pub fn new(build: Build) -> Self {
        let name = build.metadata.name.clone();
        Self::made(name, Some(build))
    }

    /// The other side of relations: an application that runs nothing, and whose databags are written with
    /// [`World::remote_data`](super::World::remote_data).
    pub fn scripted(name: impl Into<String>) -> Self {
        Self::made(name.into(), None)
    }

    fn made(name: String, charm: Option<Build>) -> Self {
        Self {
            name,
            charm,
            endpoints: Vec::new(),
            units: 1,
            trusted: false,
            config: Vec::new(),
            images: Vec::new(),
            builds: BTreeMap::new(),
        }
    }

    /// Under this name, so that the same charm can be there several times.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// With so many units; 0 is allowed.
    pub fn units(mut self, units: u32) -> Self {
        self.units = units;
        self
    }

    /// With `--trust`.
    pub fn trusted(mut self) -> Self {
        self.trusted = true;
        self
    }

    /// With this option set: `"port"`, or `meta::options::PORT`.
    pub fn config<V>(mut self, option: impl NamesOption<V>, value: V) -> Self {
        self.config.push(option.with(value));
        self
    }

    /// With this in a container of every unit: files, and how commands, services and checks behave.
    pub fn image(mut self, container: ContainerName, image: Pebble) -> Self {
        self.images.push((container, image));
        self
    }

    /// With another build at hand, under a name of its own:
    /// see [`World::upgrade`](super::World::upgrade).
    pub fn build(mut self, name: impl Into<String>, build: Build) -> Self {
        self.builds.insert(name.into(), build);
        self
    }

    /// A scripted application provides this endpoint. A charm says itself what it provides.
    pub fn provides(mut self, endpoint: impl Into<String>, interface: impl Into<String>) -> Self {
        self.endpoints.push((endpoint.into(), Role::Provider, interface.into()));
        self
    }

    /// A scripted application requires this endpoint. A charm says itself what it requires.
    pub fn requires(mut self, endpoint: impl Into<String>, interface: impl Into<String>) -> Self {
        self.endpoints.push((endpoint.into(), Role::Requirer, interface.into()));
        self
    }

    /// What Juju reads of it.
    pub(super) fn metadata(&self) -> Result<Arc<CharmMetadata>, WorldError> {
        match &self.charm {
            Some(_) if !self.endpoints.is_empty() => Err(WorldError::RunsACharm(self.name.clone())),
            Some(build) => Ok(Arc::clone(&build.metadata)),
            None => {
                let mut endpoints = BTreeMap::new();
                for (endpoint, role, interface) in self.endpoints.clone() {
                    let declared = Endpoint { role, interface, limit: None, scope: Scope::Global };
                    endpoints.insert(EndpointName::new(endpoint)?, declared);
                }
                let name = self.name.clone();
                Ok(Arc::new(CharmMetadata { name, endpoints, ..CharmMetadata::default() }))
            }
        }
    }
}
