//! The emulated Pebble: the HTTP API of canonical/pebble v1.32 over a state that is plain data.
//!
//! [`Pebble`] is the state; it takes a [`Request`] and gives a [`Response`], and knows neither
//! sockets nor time. [`Daemon`] shares one state between its doors: requests and connections within the process,
//! and a unix socket.
//!
//! ```
//! use ops_pebble::{Client, Combine, layer::{Layer, Service}};
//! use ops_testing::emulator::pebble::{Behaviour, Daemon, Pebble};
//! use std::rc::Rc;
//!
//! let daemon = Daemon::new(Pebble::new().behaviour("web", Behaviour::exits_quickly(1)));
//! let client = Client::new(Rc::new(daemon.clone()));
//! client.add_layer("web", &Layer::new().service("web", Service::new("web")), Combine::Yes)?;
//! assert!(client.start(&["web"]).unwrap_err().is_change());
//! assert!(daemon.state().plan().services.contains_key("web"));
//! # Ok::<(), ops_pebble::Error>(())
//! ```
//!
//! It differs from a real daemon in these ways: nothing takes time that was not told to. Within the process time passes
//! only while a client waits, so a wait for what will not come by itself is over at once; a check stands as it
//! is told to; services are names, not processes; users exist whatever they are called, until one is named.

mod bytes;
mod change;
mod check;
mod connection;
mod daemon;
mod effects;
mod exec;
mod files;
mod http;
mod identity;
mod json_node;
mod kept;
mod layers;
mod news;
mod notice;
mod route;
mod server;
mod service;
mod shared;
mod shown;
mod time;
mod users;
mod version;
mod watch;
pub(crate) mod websocket;

pub use change::{Change, Task};
pub use check::{CheckBehaviour, CheckState};
pub use daemon::Daemon;
pub use exec::{ExecAnswer, ExecCall, ExecHandler};
pub use files::File;
pub use http::{Request, Response};
pub use kept::{Kept, KeptError};
pub(crate) use layers::read as read_layer;
pub use news::News;
pub use notice::Notice;
pub use server::Server;
pub use service::{Behaviour, ServiceState};
pub use watch::LogLine;

use super::Order;
use ops_pebble::layer::{Layer, Plan};
use shared::{Printed, Shared};
use std::{collections::BTreeMap, path::Path};

/// The state of one emulated daemon. A clone of it is cheap: both share what neither changes.
#[derive(Clone, PartialEq)]
pub struct Pebble {
    reachable: bool,
    version: Shared<String>,
    boot_id: Shared<String>,
    layers: Shared<Vec<(String, Layer)>>,
    plan: Shared<Printed>,
    services: Shared<BTreeMap<String, ServiceState>>,
    behaviours: Shared<BTreeMap<String, Behaviour>>,
    checks: Shared<BTreeMap<String, CheckState>>,
    check_behaviours: Shared<BTreeMap<String, CheckBehaviour>>,
    files: Shared<files::Files>,
    users: Shared<users::Users>,
    exec_handlers: Shared<Vec<ExecHandler>>,
    execs: Shared<BTreeMap<u64, exec::Session>>,
    changes: Shared<Vec<Change>>,
    news: Shared<Vec<News>>,
    last_task: u64,
    notices: Shared<Vec<Notice>>,
    identities: Shared<serde_json::Map<String, serde_json::Value>>,
    logs: Shared<Vec<LogLine>>,
    clock: std::time::Duration,
    to_come: Shared<Vec<time::Later>>,
    effects: effects::Effects,
}

/// Something that a client did to the daemon, as opposed to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// A layer was added, or merged into the one of its label.
    AddLayer {
        /// Its label.
        label: String,
    },
    /// Services were started, as named by the client.
    Start(Vec<String>),
    /// Services were stopped, as named by the client.
    Stop(Vec<String>),
    /// Services were restarted, as named by the client.
    Restart(Vec<String>),
    /// Enabled services were started.
    Autostart,
    /// Services were brought in line with the plan.
    Replan,
    /// Checks were started, as named by the client.
    StartChecks(Vec<String>),
    /// Checks were stopped, as named by the client.
    StopChecks(Vec<String>),
    /// Services got a signal.
    Signal {
        /// Its name.
        signal: String,
        /// The services, as named by the client.
        services: Vec<String>,
    },
    /// A file was written.
    Push {
        /// Its path.
        path: String,
    },
    /// A directory was made.
    MakeDirectory {
        /// Its path.
        path: String,
    },
    /// What was at a path was removed.
    Remove {
        /// The path.
        path: String,
    },
    /// A command ran.
    Exec(ExecCall),
}

impl Default for Pebble {
    fn default() -> Self {
        Self::new()
    }
}

impl Pebble {
    /// A daemon that can be reached and has no layers, no files and no commands.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reachable: true,
            version: "v1.32.1".to_owned().into(),
            boot_id: "00000000-0000-4000-8000-000000000001".to_owned().into(),
            layers: Shared::default(),
            plan: Shared::default(),
            services: Shared::default(),
            behaviours: Shared::default(),
            checks: Shared::default(),
            check_behaviours: Shared::default(),
            files: Shared::default(),
            users: Shared::default(),
            exec_handlers: Shared::default(),
            execs: Shared::default(),
            changes: Shared::default(),
            news: Shared::default(),
            last_task: 0,
            notices: Shared::default(),
            identities: Shared::default(),
            logs: Shared::default(),
            clock: std::time::Duration::ZERO,
            to_come: Shared::default(),
            effects: effects::Effects::default(),
        }
    }

    /// Whether connections succeed. One that exists already is not cut.
    #[must_use]
    pub fn reachable(mut self, reachable: bool) -> Self {
        self.set_reachable(reachable);
        self
    }

    /// What starting this service comes to. By default it runs.
    #[must_use]
    pub fn behaviour(mut self, service: impl Into<String>, behaviour: Behaviour) -> Self {
        self.set_behaviour(service, behaviour);
        self
    }

    /// How this check stands once it runs. By default it is up.
    #[must_use]
    pub fn check_behaviour(mut self, check: impl Into<String>, behaviour: CheckBehaviour) -> Self {
        self.set_check_behaviour(check, behaviour);
        self
    }

    /// Answers a command. Among several that fit, the one with the longest prefix does.
    #[must_use]
    pub fn exec_handler(mut self, handler: ExecHandler) -> Self {
        self.add_exec_handler(handler);
        self
    }

    /// Puts a file there, and the directories above it.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.put(path, content.into());
        self
    }

    /// Puts a directory there, and those above it.
    #[must_use]
    pub fn directory(mut self, path: &str) -> Self {
        self.files.put_dir(path);
        self
    }

    /// Puts a symbolic link there, and the directories above it.
    #[must_use]
    pub fn symlink(mut self, path: &str, target: &str) -> Self {
        self.files.link(path, target);
        self
    }

    /// Takes the files of this directory for those of the container, and writes to it. Copies of the state
    /// share it, and owners are not changed.
    #[must_use]
    pub fn over(mut self, directory: &Path) -> Self {
        self.files = files::Files::over(directory).into();
        self
    }

    /// Lets the container know this user, with a group of the same name and number. Once it knows one, it
    /// refuses all others but `root`; until then it takes any name.
    #[must_use]
    pub fn user(mut self, name: &str, id: u32) -> Self {
        self.users.add(name, id);
        self
    }

    /// See [`reachable`](Self::reachable).
    pub fn set_reachable(&mut self, reachable: bool) {
        self.reachable = reachable;
    }

    /// See [`behaviour`](Self::behaviour). It takes effect at the next start.
    pub fn set_behaviour(&mut self, service: impl Into<String>, behaviour: Behaviour) {
        self.behaviours.insert(service.into(), behaviour);
    }

    /// See [`exec_handler`](Self::exec_handler).
    pub fn add_exec_handler(&mut self, handler: ExecHandler) {
        self.exec_handlers.push(handler);
    }

    /// Restarts the daemon, as when its container restarts: layers, services, checks, commands and
    /// notices are gone, files and scripts stay.
    pub fn restart(&mut self) {
        self.layers = Shared::default();
        self.plan = Shared::default();
        self.services = Shared::default();
        self.checks = Shared::default();
        self.execs = Shared::default();
        self.notices = Shared::default();
        self.news = Shared::default();
        self.to_come = Shared::default();
        let boot_id = match self.boot_id.rsplit_once('-') {
            Some((start, count)) => {
                let count = u64::from_str_radix(count, 16).unwrap_or_default() + 1;
                format!("{start}-{count:012x}")
            }
            None => format!("{}-1", *self.boot_id),
        };
        self.boot_id = boot_id.into();
    }

    /// Has the files of `image` and no others, as a container that was made anew.
    pub fn reset_files(&mut self, image: &Self) {
        self.files = image.files.clone();
    }

    /// Whether connections succeed.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.reachable
    }

    /// What all layers come to. Values of environments are in clear.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan as Pebble prints it; printed once, however often it is asked for.
    pub(crate) fn plan_text(&self) -> &str {
        self.plan.text()
    }

    /// Whether a command runs that nobody has waited for yet.
    pub(crate) fn runs_commands(&self) -> bool {
        !self.execs.is_empty()
    }

    /// The layers with their labels, lowest first.
    #[must_use]
    pub fn layers(&self) -> &[(String, Layer)] {
        &self.layers
    }

    /// The services that were ever started.
    #[must_use]
    pub fn services(&self) -> &BTreeMap<String, ServiceState> {
        &self.services
    }

    /// Whether this service runs.
    #[must_use]
    pub fn is_running(&self, service: &str) -> bool {
        self.services.get(service).is_some_and(ServiceState::is_running)
    }

    /// The checks of the plan.
    #[must_use]
    pub fn checks(&self) -> &BTreeMap<String, CheckState> {
        &self.checks
    }

    /// Who answers commands.
    /// Puts words in the place of answers that are computed, so that the state can be written.
    pub(crate) fn describe_exec_handlers(&mut self) {
        let described = self.exec_handlers.iter().cloned().map(ExecHandler::described);
        self.exec_handlers = described.collect::<Vec<_>>().into();
    }

    pub(crate) fn exec_handlers(&self) -> &[ExecHandler] {
        &self.exec_handlers
    }

    /// The file at this path.
    #[must_use]
    pub fn file_at(&self, path: &str) -> Option<File> {
        self.files.get(path)
    }

    /// The paths of all files.
    pub fn file_paths(&self) -> impl Iterator<Item = String> {
        self.files.paths().into_iter()
    }

    /// All changes, oldest first.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// All that clients did to the daemon, oldest first. Questions are not part of it.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        self.effects.all()
    }

    /// Numbers the effects from now on, until they are cleared. Once the order is over, whoever is connected
    /// within the process hears no more.
    pub fn number_effects(&mut self, order: Order) {
        self.effects.number(order);
    }

    /// Numbers no more effects.
    pub fn leave_order(&mut self) {
        self.effects.leave_order();
    }

    /// The effects since they are numbered, with their numbers.
    pub fn numbered_effects(&self) -> impl Iterator<Item = (u64, &Effect)> {
        self.effects.numbered()
    }

    /// Forgets every command, as when those who asked for them are gone.
    pub fn forget_commands(&mut self) {
        if !self.execs.is_empty() {
            self.execs = Shared::default();
        }
    }

    /// Forgets the effects so far, so that those of the next step can be told apart.
    pub fn clear_effects(&mut self) {
        self.effects.clear();
    }
}
