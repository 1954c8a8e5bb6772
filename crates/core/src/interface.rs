//! What two related charms write to each other, as types.
//!
//! An interface library implements [`Interface`] for a marker type, with one [`Schema`] per databag.
//! Generated metadata implements [`EndpointSpec`] for each endpoint. A [`Typed`] joins the two, and
//! does not compile when the endpoint speaks another interface.
//!
//! Nothing here knows how a databag is read or written.

use crate::Text;
use serde::Serialize;
use std::{collections::BTreeMap, fmt, marker::PhantomData};

/// A databag on its way out: keys and values, of which some may be secret.
pub type Databag = BTreeMap<String, Text>;

/// A relation interface: its name, and what each side writes.
pub trait Interface: 'static {
    /// The name that metadata uses, such as `hydra_token_hook`.
    const NAME: &'static str;
    /// What the charm with the `provides` endpoint writes. Peers write this too.
    type Provider: Side;
    /// What the charm with the `requires` endpoint writes.
    type Requirer: Side;
}

/// What one side of a relation writes: a databag for the application, and one for each unit.
///
/// A pair of schemas is a side; `()` is the databag in which nothing is written.
pub trait Side: 'static {
    /// The application's databag, written by its leader.
    type Application: Schema;
    /// The databag of each unit.
    type Unit: Schema;
}

impl<A: Schema, U: Schema> Side for (A, U) {
    type Application = A;
    type Unit = U;
}

/// One databag as a type.
pub trait Schema: fmt::Debug + Clone + PartialEq + Serialize + Sized + 'static {
    /// The keys and values to write. A key that is not in the result is not touched.
    ///
    /// # Errors
    /// A value that the interface has no text for.
    fn encode(&self) -> Result<Databag, SchemaError>;

    /// Reads what the other side wrote. `None`: it has not written what the interface needs yet.
    ///
    /// # Errors
    /// Something is there that the interface does not allow. The value is not part of the error.
    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError>;
}

impl Schema for () {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::new())
    }

    fn decode(_: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(Some(()))
    }
}

/// A databag that does not fit its interface. It never carries the value: that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaError {
    key: String,
    expected: String,
}

impl SchemaError {
    /// `key` should have held `expected`, such as "a port number".
    pub fn new(key: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { key: key.into(), expected: expected.into() }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key `{}` does not hold {}", self.key, self.expected)
    }
}

impl std::error::Error for SchemaError {}

/// Which side of an interface an endpoint is: [`Provides`], [`Requires`] or [`Peers`].
pub trait Role: 'static {
    /// What this charm writes.
    type Own<I: Interface>: Side;
    /// What the other charm writes.
    type Remote<I: Interface>: Side;
    /// The section of the metadata.
    const NAME: &'static str;
}

/// The endpoint stands under `provides`.
#[derive(Debug, Clone, Copy)]
pub enum Provides {}
/// The endpoint stands under `requires`.
#[derive(Debug, Clone, Copy)]
pub enum Requires {}
/// The endpoint stands under `peers`.
#[derive(Debug, Clone, Copy)]
pub enum Peers {}

impl Role for Provides {
    type Own<I: Interface> = I::Provider;
    type Remote<I: Interface> = I::Requirer;
    const NAME: &'static str = "provides";
}

impl Role for Requires {
    type Own<I: Interface> = I::Requirer;
    type Remote<I: Interface> = I::Provider;
    const NAME: &'static str = "requires";
}

impl Role for Peers {
    type Own<I: Interface> = I::Provider;
    type Remote<I: Interface> = I::Provider;
    const NAME: &'static str = "peers";
}

/// An endpoint of this charm, as its metadata declares it. Generated, one unit struct each.
pub trait EndpointSpec: Copy + 'static {
    /// Its section.
    type Role: Role;
    /// Its name.
    const NAME: &'static str;
    /// Its interface.
    const INTERFACE: &'static str;
}

/// An endpoint seen through an interface's schemas.
///
/// Build it in a `const`: an endpoint that speaks another interface is then an error of `cargo check`.
pub struct Typed<E, I>(PhantomData<fn() -> (E, I)>);

impl<E: EndpointSpec, I: Interface> Typed<E, I> {
    /// Joins the two.
    #[must_use]
    pub const fn new(_: E) -> Self {
        const {
            assert!(
                same(E::INTERFACE, I::NAME),
                "this endpoint speaks another interface than the one given"
            );
        }
        Self(PhantomData)
    }
}

impl<E, I> Clone for Typed<E, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, I> Copy for Typed<E, I> {}

impl<E: EndpointSpec, I> fmt::Debug for Typed<E, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({}: {})", E::NAME, E::INTERFACE)
    }
}

/// What this charm writes into the application's databag of an endpoint.
pub type OwnApplication<E, I> = <<<E as EndpointSpec>::Role as Role>::Own<I> as Side>::Application;
/// What this charm's units write.
pub type OwnUnit<E, I> = <<<E as EndpointSpec>::Role as Role>::Own<I> as Side>::Unit;
/// What the other charm writes into its application's databag.
pub type RemoteApplication<E, I> =
    <<<E as EndpointSpec>::Role as Role>::Remote<I> as Side>::Application;
/// What the other charm's units write.
pub type RemoteUnit<E, I> = <<<E as EndpointSpec>::Role as Role>::Remote<I> as Side>::Unit;

// `==` on strings is not const.
#[expect(clippy::indexing_slicing, reason = "const evaluation; the length is checked above")]
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
