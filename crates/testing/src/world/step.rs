//! What happens to a world from outside, as data: it can be kept, compared, printed, and made again.
//!
//! A step names what it is about as a person would: a relation by its ends, a secret by its name. Nothing
//! here knows what a step does.

use super::names::Ends;
use crate::emulator::juju::{ConfigValue, Content, Refusal, Script};
use ops_core::names::{ApplicationName, ContainerName, UnitName};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Something that happens to a world from outside. Prints as the Rust line that makes it happen again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// `juju config APPLICATION OPTION=VALUE`
    SetConfig {
        /// The application.
        application: ApplicationName,
        /// The option.
        option: String,
        /// Its new value.
        value: Given<ConfigValue>,
    },
    /// `juju config APPLICATION --reset OPTION`
    ResetConfig {
        /// The application.
        application: ApplicationName,
        /// The option.
        option: String,
    },
    /// `juju trust`
    Trust {
        /// The application.
        application: ApplicationName,
        /// Whether it is trusted from now on.
        trusted: bool,
    },
    /// `juju integrate`
    Integrate(Ends),
    /// `juju remove-relation`
    RemoveRelation(Ends),
    /// `juju suspend-relation`
    SuspendRelation(Ends),
    /// `juju resume-relation`
    ResumeRelation(Ends),
    /// A scripted other side writes into its databag. An empty value deletes its key.
    RemoteData {
        /// In which relation.
        relation: Ends,
        /// Whose databag: a scripted application, or one of its units.
        writer: Writer,
        /// What changes.
        data: BTreeMap<String, Given<String>>,
    },
    /// `juju add-secret`, or a scripted application makes one.
    AddSecret {
        /// Its name; of an application's secret, the label.
        name: String,
        /// The scripted application that owns it; `None` for the person who runs the model.
        owner: Option<ApplicationName>,
        /// What it holds.
        #[serde(serialize_with = "keys")]
        content: Content,
    },
    /// The secret gets another revision.
    UpdateSecret {
        /// Its name.
        name: String,
        /// What it holds from now on.
        #[serde(serialize_with = "keys")]
        content: Content,
    },
    /// An application may read the secret.
    GrantSecret {
        /// Its name.
        name: String,
        /// Who may read it.
        to: ApplicationName,
        /// The relation that carries the grant; `None` as by `juju grant-secret`.
        relation: Option<Ends>,
    },
    /// An application may not read the secret any more.
    RevokeSecret {
        /// Its name.
        name: String,
        /// Who might read it so far.
        from: ApplicationName,
    },
    /// The secret is gone, with all its revisions.
    RemoveSecret {
        /// Its name.
        name: String,
    },
    /// `juju add-unit`, or scaling up.
    AddUnit {
        /// The application.
        application: ApplicationName,
    },
    /// `juju remove-unit`, or scaling down.
    RemoveUnit {
        /// The unit.
        unit: UnitName,
    },
    /// `juju remove-application`
    RemoveApplication {
        /// The application.
        application: ApplicationName,
    },
    /// The unit becomes the leader.
    Elect {
        /// The unit.
        unit: UnitName,
    },
    /// The leader loses its lease, and no other unit has it yet.
    LoseLeader {
        /// The application.
        application: ApplicationName,
    },
    /// A container goes down; nobody is told.
    ContainerDown {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: ContainerName,
    },
    /// A container comes up, made anew from its image.
    ContainerUp {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: ContainerName,
    },
    /// Kubernetes replaces the unit's pod: files and services are gone, the unit stays.
    ReplacePod {
        /// The unit.
        unit: UnitName,
    },
    /// `juju refresh` to a build that the application was given.
    Upgrade {
        /// The application.
        application: ApplicationName,
        /// The name of the build.
        build: String,
        /// Whether units in error get it at once: `--force-units`.
        force: bool,
    },
    /// `juju run`
    Action {
        /// The unit.
        unit: UnitName,
        /// The action.
        name: String,
        /// Its parameters. Others have the defaults that the charm declares.
        params: Params,
    },
    /// The unit's timer has fired: `update-status` runs once nothing else is due.
    UpdateStatus {
        /// The unit.
        unit: UnitName,
    },
    /// Time passes.
    Advance {
        /// How many seconds.
        seconds: u32,
    },
    /// Juju refuses what the next run of the unit's charm writes, although it succeeds.
    RefuseNextFlush {
        /// The unit.
        unit: UnitName,
        /// When, and with which complaint.
        refusal: Refusal,
    },
    /// Hook commands go wrong in the next run of the unit's charm.
    TroubleNext {
        /// The unit.
        unit: UnitName,
        /// Which, and how.
        script: Script,
    },
    /// `juju add-storage`
    AddStorage {
        /// The unit.
        unit: UnitName,
        /// The storage, as the charm declares it.
        storage: String,
    },
    /// `juju detach-storage`
    DetachStorage {
        /// The unit.
        unit: UnitName,
        /// Which, such as `data/0`.
        id: String,
    },
    /// `juju resolved`
    Resolved {
        /// The unit.
        unit: UnitName,
        /// Whether the failed hook is run again; if not, it counts as done.
        retry: bool,
    },
    /// Something in the container sends a custom notice: `pebble notify`.
    Notify {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: ContainerName,
        /// The notice's key.
        key: String,
        /// The notice's data.
        data: BTreeMap<String, String>,
    },
    /// A check of the container fails from now on, as often as it takes to be down.
    CheckFails {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: ContainerName,
        /// The check.
        check: String,
    },
    /// A check of the container passes from now on.
    CheckRecovers {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: ContainerName,
        /// The check.
        check: String,
    },
    /// A service of the container exits.
    ServiceExits {
        /// The unit.
        unit: UnitName,
        /// The container.
        container: ContainerName,
        /// The service.
        service: String,
        /// Its exit code.
        code: i64,
    },
}

/// A value that is given as it is, or that is the URI of a secret, which has none before it is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given<T> {
    /// This value.
    Value(T),
    /// The URI of the secret with this name.
    Secret(SecretNamed),
}

/// Stands for the URI of the secret with this name: `SecretNamed::new("salesforce")`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SecretNamed(pub String);

impl SecretNamed {
    /// The secret with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl<T> From<SecretNamed> for Given<T> {
    fn from(secret: SecretNamed) -> Self {
        Self::Secret(secret)
    }
}

impl From<i32> for Given<ConfigValue> {
    fn from(number: i32) -> Self {
        Self::Value(ConfigValue::Int(number.into()))
    }
}

macro_rules! given {
    ($value:ty: $($from:ty),*) => {$(
        impl From<$from> for Given<$value> {
            fn from(value: $from) -> Self {
                Self::Value(value.into())
            }
        }
    )*};
}

given!(ConfigValue: ConfigValue, &str, String, bool, i64, f64);
given!(String: &str, String);

/// Whose databag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Writer {
    /// That of an application.
    Application(ApplicationName),
    /// That of a unit.
    Unit(UnitName),
}

impl Writer {
    /// The application that it is, or belongs to.
    #[must_use]
    pub fn application(&self) -> ApplicationName {
        match self {
            Self::Application(name) => name.clone(),
            Self::Unit(unit) => unit.application(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Application(name) => name.as_str(),
            Self::Unit(unit) => unit.as_str(),
        }
    }
}

/// The parameters of an action: `Params::new().with("keep", 3)`, `[("keep", 3)]`, or `()` for none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Params(pub Map<String, Value>);

impl Params {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this one.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl From<()> for Params {
    fn from((): ()) -> Self {
        Self::new()
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Params {
    fn from(params: [(K, V); N]) -> Self {
        params.into_iter().fold(Self::new(), |all, (name, value)| all.with(name, value))
    }
}

/// What a secret holds is written nowhere: its keys are.
fn keys<S: serde::Serializer>(content: &Content, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(content.0.keys())
}
