//! A synchronous client for Pebble, and pure planning of its layers.
//!
//! | need | item |
//! |---|---|
//! | ask a daemon, or tell it | [`Client`], [`Exec`], [`PushOptions`], [`MakeDirOptions`], [`Owner`] |
//! | a command while it runs | [`Process`], [`Chunk`], [`Signal`] |
//! | read a file of any size | [`FileReader`], [`FileInfo`] |
//! | wait for what happens | [`Notice`], [`NoticeFilter`], [`LogQuery`] |
//! | which daemon has what | [`PebbleVersion`], [`Feature`] |
//! | what it answers | [`ServiceInfo`], [`CheckInfo`], [`Change`] |
//! | why it did not work | [`Error`], [`ErrorKind`] |
//! | say what should run, and compare | [`layer`], without any daemon |
//! | put something else in the daemon's place | [`Dial`], [`Stream`], [`Exchange`] |
//!
//! The contract is that of canonical/pebble v1.32: its documented HTTP API, and what its daemon was
//! measured to do.

mod client;
mod dial;
mod error;
mod http;
pub mod layer;
mod timestamp;
mod version;
mod wire;

pub use client::{
    Access, Account, CheckRun, Chunk, Client, Combine, Exec, ExecOutput, FailedPath, FileContent,
    FileInfo, FileKind, FileReader, Identity, IdentityInfo, LogEntry, LogQuery, MakeDirOptions,
    Notice, NoticeFilter, NoticeType, Notify, Owner, Permissions, Process, PushOptions,
    SelectChanges, ServiceAction, Signal, TransferError,
};
pub use dial::{Dial, Exchange, Request, Stream, UnixSocket};
pub use error::{Error, ErrorKind};
pub use timestamp::Timestamp;
pub use version::{Feature, PebbleVersion};
pub use wire::{
    Announcements, Change, ChangeStatus, CheckInfo, CheckStatus, Maintenance, Progress,
    ServiceInfo, ServiceStatus, StartupStatus, SystemInfo, Task,
};
