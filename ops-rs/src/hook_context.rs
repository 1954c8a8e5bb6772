//! The environment contract: what Juju tells a charm before it starts, read once and checked.
//!
//! Covers Juju 2.9, 3.x and 4.x. It must not know the model, and reads no process environment itself:
//! it is given one.

mod variables;

pub use variables::ContextError;

use crate::{
    event::{Event, RelationEvent, SecretEvent, StorageEvent},
    host::Environment,
};
use ops_core::{
    JujuVersion,
    names::{ContainerName, EndpointName, RelationId, SecretId, StorageName, UnitName},
};
use std::path::PathBuf;
use variables::Variables;

/// What Juju says about this dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookContext {
    /// This unit.
    pub unit: UnitName,
    /// The model's name.
    pub model_name: String,
    /// The model's UUID.
    pub model_uuid: String,
    /// The agent's version. 0.0.0 in `meter-status-changed`, where old agents do not tell it.
    pub juju_version: JujuVersion,
    /// The directory of the unpacked charm.
    pub charm_dir: PathBuf,
    /// Why the charm was started.
    pub wake: Wake,
    /// The availability zone, on machines of a cloud that has them.
    pub availability_zone: Option<String>,
    /// The machine, except on Kubernetes.
    pub machine_id: Option<String>,
    /// The principal, of a subordinate unit.
    pub principal_unit: Option<UnitName>,
}

/// Why the charm was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// A hook.
    Hook(Event),
    /// Somebody ran an action.
    Action {
        /// The action's name.
        name: String,
        /// Juju's id of this run.
        id: String,
    },
}

/// What the charm's metadata declares: a hook about anything else is an unknown one.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// Whether this is an endpoint.
    pub endpoint: fn(&str) -> bool,
    /// Whether this is a container.
    pub container: fn(&str) -> bool,
    /// Whether this is a storage.
    pub storage: fn(&str) -> bool,
}

impl HookContext {
    /// Reads the environment.
    ///
    /// # Errors
    /// A variable that this wake needs is missing, is not text, or holds something else than it should.
    /// The error names it and shows what it held.
    pub fn read(environment: &Environment, declared: Declared) -> Result<Self, ContextError> {
        let vars = Variables(environment);
        let path = vars.required("JUJU_DISPATCH_PATH")?;
        let wake = wake(vars, path, declared)?;
        let version = vars.optional("JUJU_VERSION")?;
        let juju_version = match (&wake, version) {
            (Wake::Hook(Event::MeterStatusChanged), None) => JujuVersion::new(0, 0, 0),
            _ => vars.parsed("JUJU_VERSION", "a version such as 3.6.14")?,
        };
        Ok(Self {
            unit: vars.parsed("JUJU_UNIT_NAME", "a unit such as web/0")?,
            model_name: vars.required("JUJU_MODEL_NAME")?.to_owned(),
            model_uuid: vars.required("JUJU_MODEL_UUID")?.to_owned(),
            juju_version,
            charm_dir: vars.required("JUJU_CHARM_DIR")?.into(),
            wake,
            availability_zone: vars.optional("JUJU_AVAILABILITY_ZONE")?.map(str::to_owned),
            machine_id: vars.optional("JUJU_MACHINE_ID")?.map(str::to_owned),
            principal_unit: vars
                .optional("JUJU_PRINCIPAL_UNIT")?
                .map(|_| vars.parsed("JUJU_PRINCIPAL_UNIT", "a unit such as web/0"))
                .transpose()?,
        })
    }

    /// Whether this is the unit's first hook.
    #[must_use]
    pub(crate) fn is_install(&self) -> bool {
        matches!(&self.wake, Wake::Hook(Event::Install))
    }

    /// The relation that this hook is about.
    #[must_use]
    pub fn relation(&self) -> Option<&RelationEvent> {
        match &self.wake {
            Wake::Hook(event) => event.relation(),
            Wake::Action { .. } => None,
        }
    }
}

/// The longest name of a hook or an action, in bytes: each is the name of a file in the charm too.
const LONGEST_NAME: usize = 255;

fn wake(vars: Variables<'_>, path: &str, declared: Declared) -> Result<Wake, ContextError> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("hooks", path));
    if name.is_empty() || name.len() > LONGEST_NAME {
        return Err(vars.malformed("JUJU_DISPATCH_PATH", "hooks/<hook> or actions/<action>"));
    }
    if directory.rsplit('/').next() == Some("actions") {
        let id = vars.required("JUJU_ACTION_UUID")?.to_owned();
        return Ok(Wake::Action { name: name.to_owned(), id });
    }
    Ok(Wake::Hook(event(vars, name, declared)?))
}

/// The hook of this name, with its details from the environment.
fn event(vars: Variables<'_>, name: &str, declared: Declared) -> Result<Event, ContextError> {
    let unit_wide = match name {
        "install" => Event::Install,
        "start" => Event::Start,
        "stop" => Event::Stop,
        "remove" => Event::Remove,
        "config-changed" => Event::ConfigChanged,
        "update-status" => Event::UpdateStatus,
        "upgrade-charm" => Event::UpgradeCharm,
        "leader-elected" => Event::LeaderElected,
        "leader-settings-changed" => Event::LeaderSettingsChanged,
        "pre-series-upgrade" => Event::PreSeriesUpgrade,
        "post-series-upgrade" => Event::PostSeriesUpgrade,
        "collect-metrics" => Event::CollectMetrics,
        "meter-status-changed" => Event::MeterStatusChanged,
        "secret-changed" => Event::SecretChanged(secret(vars)?),
        "secret-rotate" => Event::SecretRotate(secret(vars)?),
        "secret-expired" => {
            Event::SecretExpired { secret: secret(vars)?, revision: revision(vars)? }
        }
        "secret-remove" => Event::SecretRemove { secret: secret(vars)?, revision: revision(vars)? },
        _ => return named_event(vars, name, declared),
    };
    Ok(unit_wide)
}

/// A hook about an endpoint, a container or a storage: `<name>-<kind>`.
fn named_event(vars: Variables<'_>, name: &str, declared: Declared) -> Result<Event, ContextError> {
    let about = |suffix: &str, known: fn(&str) -> bool| {
        name.strip_suffix(suffix).filter(|prefix| known(prefix))
    };
    let event = if let Some(name) = about("-relation-created", declared.endpoint) {
        Event::RelationCreated(relation(vars, name)?)
    } else if let Some(name) = about("-relation-joined", declared.endpoint) {
        Event::RelationJoined(relation(vars, name)?)
    } else if let Some(name) = about("-relation-changed", declared.endpoint) {
        Event::RelationChanged(relation(vars, name)?)
    } else if let Some(name) = about("-relation-departed", declared.endpoint) {
        let departing = vars
            .optional("JUJU_DEPARTING_UNIT")?
            .map(|_| vars.parsed("JUJU_DEPARTING_UNIT", "a unit such as web/0"))
            .transpose()?;
        Event::RelationDeparted { relation: relation(vars, name)?, departing }
    } else if let Some(name) = about("-relation-broken", declared.endpoint) {
        Event::RelationBroken(relation(vars, name)?)
    } else if let Some(name) = about("-storage-attached", declared.storage) {
        Event::StorageAttached(storage(vars, name)?)
    } else if let Some(name) = about("-storage-detaching", declared.storage) {
        Event::StorageDetaching(storage(vars, name)?)
    } else if let Some(name) = about("-pebble-ready", declared.container) {
        Event::PebbleReady { container: container(vars, name)? }
    } else if let Some(name) = about("-pebble-custom-notice", declared.container) {
        Event::PebbleCustomNotice {
            container: container(vars, name)?,
            id: vars.required("JUJU_NOTICE_ID")?.to_owned(),
            kind: vars.required("JUJU_NOTICE_TYPE")?.to_owned(),
            key: vars.required("JUJU_NOTICE_KEY")?.to_owned(),
        }
    } else if let Some(name) = about("-pebble-check-failed", declared.container) {
        Event::PebbleCheckFailed {
            container: container(vars, name)?,
            check: vars.required("JUJU_PEBBLE_CHECK_NAME")?.to_owned(),
        }
    } else if let Some(name) = about("-pebble-check-recovered", declared.container) {
        Event::PebbleCheckRecovered {
            container: container(vars, name)?,
            check: vars.required("JUJU_PEBBLE_CHECK_NAME")?.to_owned(),
        }
    } else {
        Event::Unknown { name: name.to_owned() }
    };
    Ok(event)
}

fn relation(vars: Variables<'_>, endpoint: &str) -> Result<RelationEvent, ContextError> {
    let announced: EndpointName = vars.parsed("JUJU_RELATION", "the endpoint of the hook")?;
    if announced != endpoint {
        return Err(vars.malformed("JUJU_RELATION", "the endpoint of the hook"));
    }
    let text = vars.required("JUJU_RELATION_ID")?;
    let id = RelationId::parse(text)
        .map_err(|_| vars.malformed("JUJU_RELATION_ID", "a relation id such as database:7"))?;
    let optional = |variable| vars.optional(variable).map(|value| value.is_some());
    let unit: Option<UnitName> = optional("JUJU_REMOTE_UNIT")?
        .then(|| vars.parsed("JUJU_REMOTE_UNIT", "a unit such as web/0"))
        .transpose()?;
    let application = optional("JUJU_REMOTE_APP")?
        .then(|| vars.parsed("JUJU_REMOTE_APP", "an application such as web"))
        .transpose()?
        .or_else(|| unit.as_ref().map(UnitName::application));
    Ok(RelationEvent { endpoint: announced, id, application, unit })
}

fn storage(vars: Variables<'_>, name: &str) -> Result<StorageEvent, ContextError> {
    let wrong = || vars.malformed("JUJU_STORAGE_ID", "a storage instance such as data/0");
    // Juju's `context.HookVars` leaves all three out when it cannot find the attachment any more. A
    // detaching hook that failed for that would fail for ever.
    let index = match vars.optional("JUJU_STORAGE_ID")? {
        None => None,
        Some(id) => {
            let (storage, index) = id.rsplit_once('/').ok_or_else(wrong)?;
            if storage != name {
                return Err(wrong());
            }
            Some(index.parse().map_err(|_| wrong())?)
        }
    };
    Ok(StorageEvent {
        storage: StorageName::new(name).map_err(|_| wrong())?,
        index,
        location: vars.optional("JUJU_STORAGE_LOCATION")?.map(str::to_owned),
    })
}

fn secret(vars: Variables<'_>) -> Result<SecretEvent, ContextError> {
    let text = vars.required("JUJU_SECRET_ID")?;
    let id = SecretId::parse(text).map_err(|_| {
        vars.malformed("JUJU_SECRET_ID", "a secret id such as secret:9m4e2mr0ui3e8a215n4g")
    })?;
    Ok(SecretEvent { id, label: vars.optional("JUJU_SECRET_LABEL")?.map(str::to_owned) })
}

fn revision(vars: Variables<'_>) -> Result<u64, ContextError> {
    vars.parsed("JUJU_SECRET_REVISION", "a number")
}

fn container(vars: Variables<'_>, name: &str) -> Result<ContainerName, ContextError> {
    let announced: ContainerName =
        vars.parsed("JUJU_WORKLOAD_NAME", "the container of the hook")?;
    if announced == name {
        Ok(announced)
    } else {
        Err(vars.malformed("JUJU_WORKLOAD_NAME", "the container of the hook"))
    }
}

#[cfg(test)]
mod tests;
