//! A [`State`](crate::State) as a model of the emulated Juju, and back.

mod from_model;
mod to_model;

pub(super) use from_model::after;
pub(super) use to_model::{Facts, model};
