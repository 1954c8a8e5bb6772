//! `emit`: one event by hand.

use super::{
    model::{Sandbox, Settling},
    place::Place,
    secrets, units,
};
use crate::failure::Failure;
use clap::Args;
use ops_core::names::{ContainerName, RelationId, UnitName};
use ops_testing::{
    emulator::{
        juju::{Hook, Model, Relation},
        pebble::CheckBehaviour,
    },
    engine::ContainerHandle,
};

/// Let one event happen to a unit, such as update-status or web-pebble-check-failed
///
/// Any hook's name will do. One about a container, relation or secret is about that one, as far as its
/// name or an option says which.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The hook's name
    #[arg(value_name = "EVENT")]
    event: String,
    /// The key of a custom notice, such as example.com/backup/done
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The id of a custom notice
    #[arg(long, value_name = "ID", default_value = "1")]
    notice_id: String,
    /// The check that failed or recovered
    #[arg(long, value_name = "NAME")]
    check: Option<String>,
    /// The number of the relation, if its endpoint has several
    #[arg(long, value_name = "NUMBER")]
    relation: Option<u32>,
    /// The unit of the other side
    #[arg(long, value_name = "UNIT")]
    remote_unit: Option<String>,
    /// The secret's URI or name
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// The secret's revision
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    revision: u64,
    #[command(flatten)]
    settling: Settling,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "emit", &arguments.settling)?;
    let unit = units::find(sandbox.model(), &arguments.unit)?;
    let hook = arguments.hook(sandbox.model(), &unit)?;
    let cannot = format!("cannot emit {} on {unit}", arguments.event);
    let queued = matches!(
        hook,
        Hook::PebbleCustomNotice { .. }
            | Hook::PebbleCheckFailed { .. }
            | Hook::PebbleCheckRecovered { .. }
    );
    let emitted = if sandbox.heard(&unit, &hook) {
        Ok(())
    } else if queued {
        sandbox.engine.workload_event(&unit, hook)
    } else {
        sandbox.engine.emit(&unit, hook)
    };
    emitted.map_err(Failure::because(cannot))?;
    sandbox.settle()
}

impl Sandbox {
    /// Whether an emulated Pebble could be brought to say this itself: then the agent hears it.
    fn heard(&mut self, unit: &UnitName, hook: &Hook) -> bool {
        let container = hook.container().map(ContainerName::as_str).unwrap_or_default();
        let Some(ContainerHandle::Emulated(daemon)) = self.engine.container(unit, container) else {
            return false;
        };
        daemon.with(|pebble| {
            let before = pebble.news().len();
            match hook {
                Hook::PebbleCustomNotice { key, .. } => {
                    pebble.notify(key, [("", ""); 0]);
                }
                Hook::PebbleCheckFailed { check, .. } => {
                    pebble.set_check_behaviour(check, CheckBehaviour::Fails);
                }
                Hook::PebbleCheckRecovered { check, .. } => {
                    pebble.set_check_behaviour(check, CheckBehaviour::Passes);
                }
                _ => {}
            }
            pebble.news().len() > before
        })
    }
}

impl Arguments {
    fn hook(&self, model: &Model, unit: &UnitName) -> Result<Hook, Failure> {
        let plain = match self.event.as_str() {
            "install" => Some(Hook::Install),
            "start" => Some(Hook::Start),
            "stop" => Some(Hook::Stop),
            "remove" => Some(Hook::Remove),
            "upgrade-charm" => Some(Hook::UpgradeCharm),
            "config-changed" => Some(Hook::ConfigChanged),
            "update-status" => Some(Hook::UpdateStatus),
            "leader-elected" => Some(Hook::LeaderElected),
            "leader-settings-changed" => Some(Hook::LeaderSettingsChanged),
            "collect-metrics" => Some(Hook::CollectMetrics),
            _ => None,
        };
        if let Some(hook) = plain {
            return Ok(hook);
        }
        if let Some(kind) = self.event.strip_prefix("secret-") {
            return self.secret_hook(model, kind);
        }
        for kind in ["created", "joined", "changed", "departed", "broken"] {
            if let Some(endpoint) = self.event.strip_suffix(&format!("-relation-{kind}")) {
                return self.relation_hook(model, unit, endpoint, kind);
            }
        }
        for kind in ["ready", "custom-notice", "check-failed", "check-recovered"] {
            if let Some(container) = self.event.strip_suffix(&format!("-pebble-{kind}")) {
                return self.container_hook(model, unit, container, kind);
            }
        }
        Ok(Hook::Other(self.event.clone()))
    }

    fn secret_hook(&self, model: &Model, kind: &str) -> Result<Hook, Failure> {
        let named = self.needs(self.secret.as_deref(), "--secret")?;
        let id = secrets::find(model, named)?;
        let (label, revision) = (String::new(), self.revision);
        Ok(match kind {
            "changed" => Hook::SecretChanged { id, label },
            "rotate" => Hook::SecretRotate { id, label },
            "expired" => Hook::SecretExpired { id, label, revision },
            "remove" => Hook::SecretRemove { id, label, revision },
            _ => Hook::Other(self.event.clone()),
        })
    }

    fn relation_hook(
        &self,
        model: &Model,
        unit: &UnitName,
        endpoint: &str,
        kind: &str,
    ) -> Result<Hook, Failure> {
        let application = unit.application();
        let fits = |relation: &&Relation| {
            let own = relation.side(application.as_str());
            own.is_some_and(|own| own.endpoint.as_str() == endpoint)
                && self.relation.is_none_or(|number| relation.id == RelationId::new(number))
        };
        let found: Vec<RelationId> =
            model.relations.values().filter(fits).map(|relation| relation.id).collect();
        let charm = model.applications.get(&application).map(|found| &*found.charm);
        if let Some(charm) = charm.filter(|charm| !charm.endpoints.contains_key(endpoint)) {
            return Err(Failure::new(format!(
                "{unit} has no endpoint \"{endpoint}\" (known: {})",
                super::relations::names(charm)
            )));
        }
        if found.is_empty() {
            return Err(Failure::new(format!("endpoint \"{endpoint}\" of {unit} has no relation")));
        }
        let [relation] = found.as_slice() else {
            return Err(Failure::new(format!(
                "endpoint \"{endpoint}\" of {unit} has several relations: --relation says which"
            )));
        };
        let relation = *relation;
        let remote =
            self.remote_unit.as_deref().map(|name| units::find(model, name)).transpose()?;
        let needed = || {
            let named = self.needs(remote.as_ref(), "--remote-unit")?;
            Ok::<_, Failure>(named.clone())
        };
        Ok(match kind {
            "created" => Hook::RelationCreated { relation },
            "joined" => Hook::RelationJoined { relation, unit: needed()? },
            "changed" => Hook::RelationChanged { relation, unit: remote },
            "departed" => {
                let unit = needed()?;
                Hook::RelationDeparted { relation, departing: unit.clone(), unit }
            }
            _ => Hook::RelationBroken { relation },
        })
    }

    fn container_hook(
        &self,
        model: &Model,
        unit: &UnitName,
        container: &str,
        kind: &str,
    ) -> Result<Hook, Failure> {
        let charm = model.applications.get(&unit.application()).map(|found| &found.charm);
        let known = charm.is_some_and(|charm| charm.containers.contains(container));
        let named = ContainerName::new(container.to_owned()).ok().filter(|_| known);
        let container = named.ok_or_else(|| {
            Failure::new(format!("unit \"{unit}\" has no container \"{container}\""))
        })?;
        let check = || self.needs(self.check.as_deref(), "--check").map(str::to_owned);
        Ok(match kind {
            "ready" => Hook::PebbleReady { container },
            "custom-notice" => {
                let key = self.needs(self.key.as_deref(), "--key")?.to_owned();
                Hook::PebbleCustomNotice { container, id: self.notice_id.clone(), key }
            }
            "check-failed" => Hook::PebbleCheckFailed { container, check: check()? },
            _ => Hook::PebbleCheckRecovered { container, check: check()? },
        })
    }

    fn needs<'a, T: ?Sized>(&self, value: Option<&'a T>, option: &str) -> Result<&'a T, Failure> {
        value.ok_or_else(|| Failure::new(format!("{} needs {option}", self.event)))
    }
}
