//! A synchronous client for Pebble, and pure planning of its layers.
//!
//! | need | item |
//! |---|---|
//! | ask a daemon, or tell it | [`Client`], [`Exec`], [`PushOptions`] |
//! | what it answers | [`ServiceInfo`], [`CheckInfo`], [`Change`] |
//! | why it did not work | [`Error`], [`ErrorKind`] |
//! | say what should run, and compare | [`layer`], without any daemon |
//! | put something else in the daemon's place | [`Dial`], [`Stream`] |
//!
//! The contract is that of canonical/pebble v1.32: its documented HTTP API, and what its daemon was
//! measured to do.

mod client;
mod dial;
mod error;
mod http;
pub mod layer;
mod version;
mod wire;

pub use client::{Client, Combine, Exec, ExecOutput, FileContent, PushOptions};
pub use dial::{Dial, Stream, UnixSocket};
pub use error::{Error, ErrorKind};
pub use version::{Feature, PebbleVersion};
pub use wire::{
    Change, ChangeStatus, CheckInfo, CheckStatus, ServiceInfo, ServiceStatus, StartupStatus,
    SystemInfo, Task,
};
