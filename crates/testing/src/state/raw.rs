//! Names that the metadata need not declare, and options by their typed names.

use crate::emulator::juju::ConfigValue;
use ops::metadata::OptionName;
use ops_core::names::{ContainerName, EndpointName, StorageName};

/// A name that the charm's metadata need not declare: see [`raw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw(&'static str);

/// A name as it stands here, of an option, a container, an endpoint or a storage. It compiles whether the
/// metadata declares it or not; the [checker](crate::consistency) says at the run what Juju would not have.
///
/// ```
/// use ops_testing::{Relation, State, raw};
///
/// let state = State::default()
///     .config(raw("port"), "not a number")
///     .container(raw("web"))
///     .relation(&Relation::named(raw("database"), 1));
/// # assert!(state.containers.contains_key("web"));
/// ```
#[must_use]
pub const fn raw(name: &'static str) -> Raw {
    Raw(name)
}

macro_rules! from_raw {
    ($($name:ident)*) => {$(
        impl From<Raw> for $name {
            fn from(raw: Raw) -> Self {
                Self::from_static(raw.0)
            }
        }
    )*};
}

from_raw! { ContainerName EndpointName StorageName }

/// An option that a state can set: one of `meta::options`, or a [`raw`] name.
pub trait Settable {
    /// What its value is made of.
    type Value: Into<ConfigValue>;

    /// Its name.
    fn option_name(self) -> &'static str;
}

/// The value has the option's type.
///
/// ```compile_fail,E0277
/// use ops::metadata::OptionName;
/// use ops_testing::State;
///
/// const PORT: OptionName<i64> = OptionName::new("port");
/// let state = State::default().config(PORT, "9090");
/// ```
impl<T: Into<ConfigValue>> Settable for OptionName<T> {
    type Value = T;

    fn option_name(self) -> &'static str {
        self.as_str()
    }
}

/// Any value compiles.
impl Settable for Raw {
    type Value = ConfigValue;

    fn option_name(self) -> &'static str {
        self.0
    }
}
