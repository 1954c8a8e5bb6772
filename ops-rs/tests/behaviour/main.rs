//! What a dispatch does, held on the emulated Juju and Pebble with a charm of a few closures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod actions;
mod app;
mod containers;
mod deferral;
mod differences;
mod faults;
mod leadership;
mod logging;
mod order;
mod phases;
mod retries;
mod secrets;
mod state_file;
mod status;
mod versions;
mod wakes;
mod workload;

#[path = "../unprivileged/mod.rs"]
mod unprivileged;
