//! Juju's hook commands: what goes out, what comes back.
//!
//! [`Juju`] carries an [`Invocation`] to the unit's agent; the functions here are one hook command
//! each, with typed arguments and results. They keep nothing: what was read before, what differs and
//! who may write is the model's business, and charms are unknown here.
//!
//! ```
//! use ops::hook_command::{self, Invocation, Juju, Reply, Transport, TransportError};
//! use ops_core::JujuVersion;
//!
//! #[derive(Debug)]
//! struct Leader;
//!
//! impl Transport for Leader {
//!     fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
//!         assert_eq!(call.to_string(), "is-leader --format=json");
//!         Ok(Reply::ok("true\n"))
//!     }
//! }
//!
//! let juju = Juju::new(std::rc::Rc::new(Leader), JujuVersion::new(3, 6, 14));
//! assert!(hook_command::is_leader(&juju).unwrap());
//! ```

mod action;
mod config;
mod error;
mod exec;
mod goal_state;
mod invocation;
mod juju;
mod leadership;
mod log_command;
mod network;
mod port;
mod relation;
mod secret;
mod state;
mod status;
mod text;
mod wording;
mod yaml_safe_json;

pub use action::{action_fail, action_get, action_log, action_set};
pub use config::config_get;
pub use error::{CommandError, CommandErrorKind};
pub use exec::Exec;
pub use goal_state::{GoalState, GoalStatus, goal_state};
pub use invocation::{Argument, Exit, Input, Invocation, Reply, Transport, TransportError};
pub use juju::{ARGUMENTS_LIMIT, Juju};
pub use leadership::is_leader;
pub use log_command::juju_log;
pub use network::{BindAddress, InterfaceAddress, Network, network_get};
pub use port::{PortError, PortRange, Protocol, close_port, open_port, opened_ports};
pub use relation::{
    Bag, Scope, relation_application, relation_get, relation_ids, relation_list, relation_set,
};
pub use secret::{
    NewSecret, Read, Rotation, RotationError, SecretAccess, SecretInfo, SecretOwner, SecretRef,
    SecretUpdate, secret_add, secret_get, secret_grant, secret_ids, secret_info_get, secret_remove,
    secret_revoke, secret_set,
};
pub use state::{KEY_LIMIT, VALUE_LIMIT, state_delete, state_get, state_set};
pub use status::{
    StatusKind, StatusRecord, StatusScope, application_version_set, status_get, status_set,
};
pub use text::TEXT_LIMIT;

pub(crate) use text::fit;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
