//! Several units and applications of different charms in one model.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../engine_common/mod.rs"]
mod engine_common;

mod charms;
mod hot_loop;
mod life;
mod pods;
mod processes;
mod refused;
mod secrets;
mod steps;
