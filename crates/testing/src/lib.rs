//! Tests of charms without Juju: an emulated Juju and an emulated Pebble.
//!
//! | need | item |
//! |---|---|
//! | how to write a test | `docs/testing.md` |
//! | state in, event, state out | [`State`], [`Context`], [`Output`] |
//! | whether Juju can have a state at all | [`consistency`] |
//! | a compiled charm as a process | [`process`] |
//! | several units and applications in one model | [`World`](world::World) |
//! | every order of events, and whatever goes wrong | [`explore`] |
//! | a recorded dispatch, run again | [`Context::replay`], [`replay`] |
//! | which hooks become due, and what happens then | [`engine`] |
//! | the parts that stand in for the real things | [`emulator`] |
//!
//! A run in this process is mostly small allocations, so a test program gets an allocator that is good at
//! them, for a third less time. A program that has one of its own turns the feature `allocator` off.

pub mod consistency;
pub mod emulator;
pub mod engine;
pub mod explore;
pub mod kit;
pub mod process;
pub mod replay;
pub mod state;
pub mod world;

#[cfg(all(feature = "allocator", not(target_env = "musl")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use emulator::juju::OpenPort;
pub use kit::{
    BinaryCharm, BinaryError, Context, Effect, Failure, JujuRelease, On, Output, Reason,
    layer_from_rockcraft,
};
pub use state::{
    Container, Deferred, ModelInfo, Owner, Raw, Relation, RelationKind, Secret, Settable, State,
    StateDiff, StateFileError, Storage, raw,
};

/// The page about recordings compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/recording.md")]
struct Recordings;

/// The page on exploration compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/exploration.md")]
struct ExplorationPage;

/// The testing guide compiles, and what it says holds.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
struct Guide;

/// What people from Scenario read compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/coming-from-scenario.md")]
struct ComingFromScenario;
