//! The engine: which hooks become due in a model, in which order, and what happens when they fail.

mod container;
mod program;

pub use container::{ContainerHandle, Pebble};
pub use program::{Ended, How, InProcess, Program, Stage};
