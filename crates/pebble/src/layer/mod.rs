//! Pure planning of Pebble layers: what a layer says, how layers combine into a plan, what a daemon
//! lacks, and what it would restart. No I/O: this module must not know the client or the wire.
//!
//! ```
//! use ops_pebble::layer::{Check, Layer, Plan, Service};
//!
//! let layer = Layer::new()
//!     .service("web", Service::new("web --port 8080").env("LOG_LEVEL", "INFO"))
//!     .check("ready", Check::http("http://localhost:8080/status"));
//!
//! let live = Plan::combine([("base", &Layer::new())])?;
//! assert!(!live.difference(&layer).is_empty());
//!
//! let live = Plan::combine([("base", &layer)])?;
//! assert!(live.difference(&layer).is_empty());
//! # Ok::<(), ops_pebble::layer::PlanError>(())
//! ```

mod check;
mod difference;
mod duration;
mod fields;
mod log_target;
mod model;
mod node;
mod order;
mod plan;
pub mod plan_text;
mod plan_text_write;
mod service;
mod stack;
mod validate;
mod words;

pub use check::{Check, ExecCheck, HttpCheck, TcpCheck};
pub use difference::{Change, Difference};
pub use fields::ShapeError;
pub use log_target::LogTarget;
pub use model::Layer;
pub use node::Node;
pub use order::{Replan, Started};
pub use plan::{Plan, PlanError};
pub use service::Service;
pub use stack::Stack;
pub use words::{Action, Level, Override, Startup};

pub use duration::{format as format_duration, parse as parse_duration};
