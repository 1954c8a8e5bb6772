//! Tests of charms without Juju: an emulated Juju and an emulated Pebble.
//!
//! | need | item |
//! |---|---|
//! | state in, event, state out, in this process | [`Context`], [`State`], [`Output`] |
//! | a compiled charm as a process | [`process`] |
//! | several units and applications, step by step | [`engine`] |
//! | the parts that stand in for the real things | [`emulator`] |

pub mod emulator;
pub mod engine;
pub mod kit;
pub mod process;

pub use kit::{Container, Context, On, Output, Relation, Secret, State};
