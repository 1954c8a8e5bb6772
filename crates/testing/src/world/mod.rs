//! A model with several units and applications of different charms, for a test to tell a story in.
//!
//! | need | item |
//! |---|---|
//! | what is there | [`World::deploy`], [`Application`], [`Build`] |
//! | what happens from outside | [`Step`], [`World::apply`], a method for each |
//! | what is due then | [`World::settle`], [`World::run_next`], [`World::run_hook`] |
//! | how it is afterwards | [`World::status`], [`World::unit`], [`World::databag`], [`World::container`] |
//! | how it should be | [`World::expect_active`], [`World::expect_status`] |
//! | how it came to that | [`World::timeline`] |
//!
//! A `World` is a thin layer over an [`Engine`]: which hook is due, in which order, and what happens when
//! one fails is the engine's. Nothing here knows it.

mod application;
mod apply;
mod code;
mod expect;
mod look;
mod names;
mod run;
mod say;
mod step;
mod timeline;

pub use application::{Application, Build};
pub use apply::Applied;
pub use look::UnitView;
pub use names::{ApplicationEndpoint, Ends, NamesEndpoint, NamesOption, NamesRelation};
pub use run::Unrest;
pub use step::{Given, Params, SecretNamed, Step, Writer};
pub use timeline::Timeline;

use crate::{
    emulator::juju::Model,
    engine::{Engine, EngineError},
};
use ops_core::names::{ApplicationName, NameError, UnitName};
use std::{collections::BTreeMap, rc::Rc};

/// A model with several units and applications, each with its charm.
///
/// ```
/// use ops::prelude::*;
/// use ops_testing::world::{Application, World};
///
/// ops::charm_metadata!(mod meta, "../../docs/web/charmcraft.yaml");
///
/// struct Web;
///
/// impl Charm for Web {
///     type Meta = meta::Meta;
///     fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
///         cx.by_hand(|live, status| {
///             live.set_workload_version("1.0")?;
///             status.unit(Status::active());
///             Ok(())
///         })
///     }
/// }
///
/// let mut world = World::new();
/// world.deploy(Application::of(|| Web).units(2));
/// world.settle();
/// world.expect_active("web");
///
/// world.remove_unit("web/0");
/// world.settle();
/// assert!(world.unit("web/1").is_leader());
/// assert_eq!(world.unit("web/1").state().workload_version, "1.0");
/// ```
///
/// An application of the other side is another charm, or is written by the test:
///
/// ```
/// use ops_testing::world::{Application, World};
///
/// let mut world = World::new();
/// world.deploy(Application::scripted("hydra").requires("hook", "hydra_token_hook"));
/// world.deploy(Application::scripted("hooks").provides("hydra-token-hook", "hydra_token_hook"));
/// let relation = world.integrate("hydra:hook", "hooks:hydra-token-hook");
/// world.remote_data(&relation, "hooks", [("url", "http://hooks/")]);
/// assert_eq!(world.databag(&relation, "hooks")["url"], "http://hooks/");
/// assert_eq!(
///     world.steps().last().unwrap().as_code(),
///     r#"world.remote_data(("hydra:hook", "hooks:hydra-token-hook"), "hooks", [("url", "http://hooks/")]);"#
/// );
/// ```
///
/// Methods that can be refused fail the test that calls them, with Juju's reason. Who wants to look at
/// the refusal uses [`apply`](Self::apply). A clone goes its own way.
#[derive(Debug, Clone, Default)]
pub struct World {
    engine: Engine,
    builds: BTreeMap<(ApplicationName, String), Build>,
    /// What happened from outside, and how many hooks had run before, with those that are forgotten.
    steps: Vec<(usize, Step)>,
    /// How many runs were looked through for leaked secrets, with those that are forgotten.
    searched: usize,
}

/// What Juju, or the world, refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// Juju refuses it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A name is none.
    #[error("{0}")]
    Name(String),
    /// The two endpoints are not related.
    #[error("there is no relation between {} and {}", .0.0, .0.1)]
    NoRelation(Ends),
    /// There is no such secret of the operator's, or of a scripted application.
    #[error("there is no secret named {0:?} that was added by a step")]
    NoSecret(String),
    /// A charm writes its databags and makes its secrets itself, and says itself which endpoints it has.
    #[error("application {0:?} runs a charm: only a scripted one does what a test says")]
    RunsACharm(String),
    /// The application was given no build of this name.
    #[error(
        "application {application:?} was given no build named {build:?}: see Application::build"
    )]
    NoBuild {
        /// The application.
        application: ApplicationName,
        /// The name.
        build: String,
    },
    /// The container has no emulated Pebble, or has none now.
    #[error("the container {container:?} of {unit} has no emulated Pebble that is up")]
    NoPebble {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: String,
    },
}

impl From<NameError> for WorldError {
    fn from(error: NameError) -> Self {
        Self::Name(error.to_string())
    }
}

impl World {
    /// An empty Kubernetes model under Juju 3.6.14.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This model, with nothing that runs in it yet: another kind, name or version of Juju.
    #[must_use]
    pub fn of(model: Model) -> Self {
        Self { engine: Engine::new(model), ..Self::default() }
    }

    /// Deploys an application with its units; the first one leads. Their containers are up, and nothing has
    /// run yet.
    #[track_caller]
    pub fn deploy(&mut self, application: Application) -> Vec<UnitName> {
        must(self.try_deploy(application))
    }

    /// As [`deploy`](Self::deploy).
    ///
    /// # Errors
    /// The name is none or is taken, or an option does not exist or has another type.
    pub fn try_deploy(&mut self, application: Application) -> Result<Vec<UnitName>, WorldError> {
        let metadata = application.metadata()?;
        let Application { name, charm, units, trusted, config, images, builds, .. } = application;
        let named = ApplicationName::new(name.as_str())?;
        for (container, image) in images {
            self.engine.set_image(&name, container.as_str(), image)?;
        }
        let deployed = match &charm {
            None => self.engine.deploy_scripted(&name, metadata, units)?,
            Some(Build { program, .. }) => {
                self.engine.deploy(&name, metadata, Rc::clone(program), units)?
            }
        };
        for (option, value) in config {
            self.set_option(&name, &option, &value)?;
        }
        self.engine.set_trust(&name, trusted)?;
        // An application of this name that was removed may have had others.
        self.builds.retain(|(application, _), _| *application != named);
        let first = charm.map(|charm| (Build::FIRST.to_owned(), charm));
        let builds = builds.into_iter().chain(first);
        self.builds.extend(builds.map(|(build, charm)| ((named.clone(), build), charm)));
        Ok(deployed)
    }

    /// The engine under it: all that Juju's agents know, and what is due.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The engine, to do with it what no step does.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// The model: applications, units, relations, secrets.
    #[must_use]
    pub fn model(&self) -> &Model {
        self.engine.model()
    }

    /// Forgets what has happened, so that a copy is one of the present alone.
    pub(crate) fn forget(&mut self) {
        self.steps.clear();
        self.engine.forget_timeline();
    }

    /// How many runs there have been, also those that the engine has forgotten.
    fn ran(&self) -> usize {
        self.engine.forgotten() + self.engine.timeline().len()
    }

    /// An application of which a build keeps files, which copies of this world share.
    pub(crate) fn keeps_files(&self) -> Option<&ApplicationName> {
        let mut builds = self.builds.iter();
        let found = builds.find(|(_, build)| build.program.keeps_files());
        self.engine.keeps_files().or(found.map(|((name, _), _)| name))
    }

    /// What happened from outside so far, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().map(|(_, step)| step)
    }
}

/// A test that asks for what cannot be has failed.
#[track_caller]
#[expect(clippy::panic, reason = "a test kit fails the test")]
fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// The guide compiles, and what it says holds.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/worlds.md")]
struct Guide;
