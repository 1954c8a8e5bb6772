//! The emulated Juju: the same arguments in, the same bytes out, the same errors.
//!
//! | need | item |
//! |---|---|
//! | the world: applications, units, relations, secrets | [`Model`] |
//! | one run of a charm in it | [`Hook`], [`Session`], [`environment`] |
//! | hook commands as a function call | [`Juju`], an [`ops::hook_command::Transport`] |
//! | failures on request | [`Script`], [`Trouble`] |
//! | secrets where they must not be | [`Model::leaks`] |
//!
//! What a command does is measured against Juju 3.6 where the versions differ and nothing else is
//! said. Nothing here knows how a charm is written, or which hook comes next.

mod admission;
mod arguments;
mod commands;
mod environment;
mod flush;
mod go;
mod hook;
mod leaks;
mod metadata;
mod model;
mod record;
mod script;
mod session;
mod settings;
mod storage;
mod time;
mod transport;
mod value;
mod yaml;

use ops::record::base64;

pub use admission::ParameterError;
pub use commands::HOOK_COMMANDS;
pub use environment::{Places, environment};
pub use flush::FlushError;
pub use hook::Hook;
pub use leaks::{Leak, LeakPlace};
pub use metadata::{
    ActionSchema, CharmMetadata, ConfigOption, ConfigValue, Endpoint, MetadataError, OptionType,
    Role, Scope,
};
pub use model::{
    Access, Address, AgentStatus, Application, BindAddress, CloudCredential, CloudSpec, Consumer,
    Content, Counters, Databag, Grantee, Member, Model, ModelError, ModelKind, Network, OpenPort,
    Owner, PortRange, Protocol, Quotas, Relation, Revision, Rotate, Secret, Side, Status,
    StatusName, StatusRecord, Unit,
};
pub use record::{Bag, CallRecord, Effect, LogLine, Record};
pub use script::{Script, Trouble};
pub use session::{ActionRun, Call, DiskFiles, Files, NoFiles, Refusal, Session};
pub use storage::{Storage, StorageDeclaration, StorageKind};
pub use time::Timestamp;
pub use transport::Juju;
pub(crate) use transport::StandIn;
