//! Tests of charms without Juju: an emulated Juju and an emulated Pebble.

pub mod emulator;
pub mod engine;
