//! What the charm does, beyond the tests of the upstream operator: one module for each theme.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod crashes;
mod observability;
mod redaction;
mod relations;
mod secrets;
mod statuses;
mod troubles;
mod workload;
