//! What the charm's metadata becomes in Rust: names, options and actions as types.
//!
//! [`charm_metadata!`](crate::charm_metadata) generates implementations. Nothing here reads YAML: the
//! metadata is compiled in.

use ops_core::{Error, Fault, FaultKind};
use serde::Serialize;
use std::{collections::BTreeMap, fmt, marker::PhantomData};

/// The metadata of a charm.
pub trait Metadata: 'static {
    /// The options of `config`, as a struct.
    type Config: Configuration;
    /// The actions, as an enum; [`NoActions`] when there are none.
    type Action: ActionSet;
    /// The charm's name.
    const NAME: &'static str;
    /// The endpoints, of all three sections.
    const ENDPOINTS: &'static [Endpoint] = &[];
    /// The workload containers.
    const CONTAINERS: &'static [&'static str] = &[];
    /// The options, as the metadata declares them.
    const OPTIONS: &'static [OptionSpec] = &[];
    /// The storages.
    const STORAGES: &'static [&'static str] = &[];
    /// A digest of all that the metadata declares: `charm-metadata-sha256:` and 64 hexadecimal digits. It is
    /// in the program for tools, which compare it with the files packed beside it; a charm never does.
    /// Empty in an implementation by hand.
    const DIGEST: &'static str = "";
    /// The name and the text of each file that it was read from, for the test kit: endpoint limits, storage
    /// and schemas of actions stand only there. No charm reads it, so it is in no charm's program. Empty in an
    /// implementation by hand: the kit then knows what the other constants say.
    const FILES: &'static [(&'static str, &'static str)] = &[];
}

/// The name of an option whose value is a `T`, so that a test cannot set one that is not declared, nor give
/// it a value of another type. The value of a `secret` option is a [`SecretId`](crate::names::SecretId).
pub struct OptionName<T> {
    name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> OptionName<T> {
    /// The option of this name. Generated code uses this; neither name nor type is checked.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, value: PhantomData }
    }

    /// The name as text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.name
    }
}

impl<T> Clone for OptionName<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OptionName<T> {}

impl<T> fmt::Debug for OptionName<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OptionName").field(&self.name).finish()
    }
}

/// One endpoint as the metadata declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub name: &'static str,
    /// Its section: `provides`, `requires` or `peers`.
    pub role: &'static str,
    /// Its interface.
    pub interface: &'static str,
}

/// One option as the metadata declares it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type and its default.
    pub kind: OptionKind,
}

/// The type of an option, with its default if it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptionKind {
    /// `string`
    String(Option<&'static str>),
    /// `int`
    Int(Option<i64>),
    /// `float`
    Float(Option<f64>),
    /// `boolean`
    Boolean(Option<bool>),
    /// `secret`
    Secret,
}

/// The charm's options as a struct.
pub trait Configuration:
    fmt::Debug + Clone + PartialEq + Serialize + Send + Sync + 'static
{
    /// Reads the options. Problems are collected in `options`, so that all of them are reported at once;
    /// the returned value is used only if there are none.
    fn read(options: &mut Options<'_>) -> Self;
}

/// A charm without options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NoOptions {}

impl Configuration for NoOptions {
    fn read(_: &mut Options<'_>) -> Self {
        Self {}
    }
}

/// The values of the options, as `config-get` gave them, and the problems found while reading them.
///
/// Each reader returns the zero value of its type after noting a problem.
#[derive(Debug)]
pub struct Options<'a> {
    noun: &'static str,
    values: &'a BTreeMap<String, serde_json::Value>,
    problems: Vec<String>,
}

impl<'a> Options<'a> {
    /// The options to read.
    #[must_use]
    pub fn new(values: &'a BTreeMap<String, serde_json::Value>) -> Self {
        Self { noun: "option", values, problems: Vec::new() }
    }

    /// The parameters of an action, which are read as options are.
    #[must_use]
    pub fn parameters(values: &'a BTreeMap<String, serde_json::Value>) -> Self {
        Self { noun: "parameter", values, problems: Vec::new() }
    }

    /// A `string` option without a default.
    pub fn string(&mut self, name: &str) -> Option<String> {
        self.value(name)
    }

    /// A `boolean` option without a default.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        self.value(name)
    }

    /// An `int` option without a default.
    pub fn integer(&mut self, name: &str) -> Option<i64> {
        self.value(name)
    }

    /// A `float` option without a default.
    pub fn float(&mut self, name: &str) -> Option<f64> {
        self.value(name)
    }

    /// A value that may be missing, of the type that the caller wants.
    pub fn value<T: FromValue>(&mut self, name: &str) -> Option<T> {
        self.read(name, &T::expected(), T::from_value)
    }

    /// A value that must be there. Without it, that is noted, and the result stands in for it.
    pub fn required<T: FromValue>(&mut self, name: &str) -> T {
        if self.values.get(name).is_none_or(serde_json::Value::is_null) {
            self.problems.push(format!("{} {name} is missing", self.noun));
        }
        self.value(name).unwrap_or_else(T::placeholder)
    }

    /// All values but those of these names.
    #[must_use]
    pub fn others(&self, known: &[&str]) -> BTreeMap<String, serde_json::Value> {
        let others = self.values.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        others.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// A `secret` option. It never has content: see [`secret_config`](crate::secret_config).
    pub fn secret(&mut self, name: &'static str) -> SecretOption {
        let id = self.read(name, "a secret id", |value| value.as_str().map(str::to_owned));
        // An option that was reset prints as an empty string on some agents.
        SecretOption { option: name, id: id.filter(|id| !id.is_empty()) }
    }

    /// Reads them all with `read`.
    ///
    /// # Errors
    /// Blocked, with every problem: `option port is not an integer, option host is not a string`.
    pub fn read_all<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> Result<T, Fault> {
        let value = read(&mut self);
        if self.problems.is_empty() {
            Ok(value)
        } else {
            Err(Error::new(FaultKind::Blocked, self.problems.join(", ")).into())
        }
    }

    fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        convert: impl FnOnce(&serde_json::Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.values.get(name).filter(|value| !value.is_null())?;
        let converted = convert(value);
        if converted.is_none() {
            self.problems.push(format!("{} {name} is not {expected}", self.noun));
        }
        converted
    }
}

/// What the value of an option or a parameter can be read as. The macro implements it for parameters with
/// an `enum`.
pub trait FromValue: Sized {
    /// What it should have been, for a message: `an integer`.
    fn expected() -> String;

    /// The value as this type, if it is one.
    fn from_value(value: &serde_json::Value) -> Option<Self>;

    /// Stands in for a value with a problem until all problems are reported. Nobody sees it.
    fn placeholder() -> Self;
}

macro_rules! from_value {
    ($type:ty, $expected:literal, $convert:expr) => {
        impl FromValue for $type {
            fn expected() -> String {
                $expected.to_owned()
            }

            fn from_value(value: &serde_json::Value) -> Option<Self> {
                let convert: fn(&serde_json::Value) -> Option<Self> = $convert;
                convert(value)
            }

            fn placeholder() -> Self {
                Self::default()
            }
        }
    };
}

from_value!(String, "a string", |value| value.as_str().map(str::to_owned));
from_value!(bool, "a boolean", serde_json::Value::as_bool);
// Older agents print large integers as floats, and the parameters of actions always come as floats.
from_value!(i64, "an integer", |value| value.as_i64().or_else(|| exact_integer(value.as_f64()?)));
from_value!(f64, "a number", serde_json::Value::as_f64);
from_value!(serde_json::Map<String, serde_json::Value>, "a mapping", |value| {
    value.as_object().cloned()
});
from_value!(serde_json::Value, "a value", |value| Some(value.clone()));

impl<T: FromValue> FromValue for Vec<T> {
    fn expected() -> String {
        format!("a list in which each item is {}", T::expected())
    }

    fn from_value(value: &serde_json::Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_value).collect()
    }

    fn placeholder() -> Self {
        Self::new()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn exact_integer(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= LIMIT).then_some(number as i64)
}

/// The value of a `secret` option: the option's name and the id that the operator set, if any.
///
/// The id is not secret. Its content is read with
/// [`Model::secret_option`](crate::model::Model::secret_option).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretOption {
    option: &'static str,
    id: Option<String>,
}

impl SecretOption {
    /// An option that holds this id; for literals in tests.
    #[must_use]
    pub fn new(option: &'static str, id: Option<String>) -> Self {
        Self { option, id }
    }

    /// The option's name.
    #[must_use]
    pub fn option(&self) -> &'static str {
        self.option
    }

    /// The id as the operator wrote it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// The charm's actions as an enum.
pub trait ActionSet: fmt::Debug + Sized {
    /// The names of all actions.
    const NAMES: &'static [&'static str];

    /// Reads the action of this name with its parameters, defaults filled in.
    ///
    /// # Errors
    /// The parameters do not fit. Juju has checked them against the schema, so this is rare.
    fn parse(name: &str, parameters: Options<'_>) -> Result<Self, Fault>;
}

/// The actions of a charm that has none.
#[derive(Debug, Clone, Copy)]
pub enum NoActions {}

impl ActionSet for NoActions {
    const NAMES: &'static [&'static str] = &[];

    fn parse(name: &str, _: Options<'_>) -> Result<Self, Fault> {
        Err(Fault::bug(format!("the charm has no action {name}")))
    }
}

#[cfg(test)]
mod tests;
