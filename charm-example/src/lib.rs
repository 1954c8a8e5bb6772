//! The Hook Service operator: runs the Hook Service on Kubernetes, connects it to Salesforce, tells Hydra
//! how to call it and Traefik how to reach it, and lets itself be observed.
//!
//! Data flows one way: sources ([`configs`], [`secrets`], the reading halves of [`integrations`] and
//! [`observability`]) →
//! orchestration ([`charm`]) → sinks ([`services`], their writing halves).

pub mod charm;
pub mod configs;
pub mod integrations;
pub mod observability;
pub mod secrets;
pub mod services;

pub use charm::{HookService, Seen};

ops::charm_metadata!(pub mod meta, "../metadata.yaml", "../charmcraft.yaml");
