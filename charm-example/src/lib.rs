//! The Hook Service operator: runs the Hook Service on Kubernetes, connects it to Salesforce, tells Hydra
//! how to call it and Traefik how to reach it.
//!
//! Data flows one way: sources ([`configs`], [`secrets`], the reading half of [`integrations`]) →
//! orchestration ([`charm`]) → sinks ([`services`], the writing half of [`integrations`]).

pub mod charm;
pub mod configs;
pub mod integrations;
pub mod secrets;
pub mod services;

pub use charm::{HookService, Seen};

ops::charm_metadata!(pub mod meta, "../metadata.yaml", "../charmcraft.yaml");
