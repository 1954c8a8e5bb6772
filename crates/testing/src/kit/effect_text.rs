//! Effects as lines that people read. No value of a databag or an environment is in them: keys only.

use super::Effect;
use crate::emulator::{
    juju::{self, Bag, Grantee},
    pebble,
};
use std::fmt;

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Juju(effect) => effect.fmt(f),
            Self::Pebble { container, effect } => write!(f, "{container}: {effect}"),
        }
    }
}

impl fmt::Display for juju::Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = |grantee: &Grantee| String::from(grantee.clone());
        match self {
            Self::UnitStatus(status) => write!(f, "unit status {status}"),
            Self::ApplicationStatus(status) => write!(f, "application status {status}"),
            Self::WorkloadVersion(version) => write!(f, "workload version {version}"),
            Self::RelationData { relation, bag, changes } => {
                let whose = match bag {
                    Bag::Application => "application",
                    Bag::Unit => "unit",
                };
                write!(f, "relation {relation} {whose} databag")?;
                changes.iter().try_for_each(|(key, value)| {
                    write!(f, " {}{key}", if value.is_empty() { "-" } else { "+" })
                })
            }
            Self::PortOpened(port) => write!(f, "port {} opened", port.range),
            Self::PortClosed(port) => write!(f, "port {} closed", port.range),
            Self::StateSet(key) => write!(f, "state {key} set"),
            Self::StateDeleted(key) => write!(f, "state {key} deleted"),
            Self::StorageAdded { name, count } => write!(f, "{count} of storage {name} asked for"),
            Self::SecretAdded(id) => write!(f, "{id} added"),
            Self::SecretSet(id) => write!(f, "{id} set"),
            Self::SecretGranted(id, to) => write!(f, "{id} granted to {}", whom(to)),
            Self::SecretRevoked(id, from) => write!(f, "{id} revoked from {}", whom(from)),
            Self::SecretRemoved(id, None) => write!(f, "{id} removed"),
            Self::SecretRemoved(id, Some(revision)) => {
                write!(f, "{id} revision {revision} removed")
            }
            Self::SecretTracked(id, revision) => write!(f, "{id} followed at revision {revision}"),
            Self::LeaderSetting(key) => write!(f, "leader setting {key}"),
            Self::Reboot { now: true } => f.write_str("reboot now"),
            Self::Reboot { now: false } => f.write_str("reboot after the hook"),
            Self::ActionResult(key) => write!(f, "action result {key}"),
            Self::ActionFailed(message) => write!(f, "action failed: {message}"),
        }
    }
}

impl fmt::Display for pebble::Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddLayer { label } => write!(f, "add layer {label}"),
            Self::Start(names) => write!(f, "start {}", names.join(" ")),
            Self::Stop(names) => write!(f, "stop {}", names.join(" ")),
            Self::Restart(names) => write!(f, "restart {}", names.join(" ")),
            Self::Autostart => f.write_str("autostart"),
            Self::Replan => f.write_str("replan"),
            Self::StartChecks(names) => write!(f, "start checks {}", names.join(" ")),
            Self::StopChecks(names) => write!(f, "stop checks {}", names.join(" ")),
            Self::Signal { signal, services } => {
                write!(f, "signal {signal} {}", services.join(" "))
            }
            Self::Push { path } => write!(f, "push {path}"),
            Self::MakeDirectory { path } => write!(f, "make directory {path}"),
            Self::Remove { path } => write!(f, "remove {path}"),
            Self::Exec(call) => {
                write!(f, "exec {}", call.command.first().map_or("", String::as_str))
            }
        }
    }
}
