//! How a test names endpoints, relations and options: in Juju's words, or by the types of the charm's metadata.

use super::step::{Given, SecretNamed};
use crate::emulator::juju::ConfigValue;
use ops::metadata::OptionName;
use ops_core::{
    interface::EndpointSpec,
    names::{ApplicationName, EndpointName, NameError, SecretId},
};
use serde::Serialize;
use std::fmt;

/// An endpoint of an application, such as `web:database`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct ApplicationEndpoint {
    /// The application.
    pub application: ApplicationName,
    /// Its endpoint.
    pub endpoint: EndpointName,
}

impl fmt::Display for ApplicationEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.application, self.endpoint)
    }
}

impl From<ApplicationEndpoint> for String {
    fn from(endpoint: ApplicationEndpoint) -> Self {
        endpoint.to_string()
    }
}

/// What names an endpoint of an application: `"web:database"`, or `("web", meta::endpoints::Database)`, which does
/// not compile when the charm declares no such endpoint.
pub trait NamesEndpoint {
    /// The endpoint.
    ///
    /// # Errors
    /// One of the names is none.
    fn named(self) -> Result<ApplicationEndpoint, NameError>;
}

impl NamesEndpoint for &str {
    fn named(self) -> Result<ApplicationEndpoint, NameError> {
        let (application, endpoint) = self.split_once(':').unwrap_or((self, ""));
        Ok(ApplicationEndpoint {
            application: ApplicationName::new(application)?,
            endpoint: EndpointName::new(endpoint)?,
        })
    }
}

impl<A: AsRef<str>, E: EndpointSpec> NamesEndpoint for (A, E) {
    fn named(self) -> Result<ApplicationEndpoint, NameError> {
        Ok(ApplicationEndpoint {
            application: ApplicationName::new(self.0.as_ref())?,
            endpoint: EndpointName::from_static(E::NAME),
        })
    }
}

impl NamesEndpoint for ApplicationEndpoint {
    fn named(self) -> Result<ApplicationEndpoint, NameError> {
        Ok(self)
    }
}

impl NamesEndpoint for &ApplicationEndpoint {
    fn named(self) -> Result<ApplicationEndpoint, NameError> {
        Ok(self.clone())
    }
}

/// A relation, named by its two ends, as `juju integrate` and `juju remove-relation` do. It stays the right
/// name when a sequence of steps gets longer or shorter, as a number would not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ends(pub ApplicationEndpoint, pub ApplicationEndpoint);

impl Ends {
    /// Whether these are the same two, in whatever order.
    #[must_use]
    pub fn are(&self, other: &Self) -> bool {
        (&self.0, &self.1) == (&other.0, &other.1) || (&self.0, &self.1) == (&other.1, &other.0)
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// What names a relation: what [`World::integrate`](super::World::integrate) returned, or both endpoints.
pub trait NamesRelation {
    /// The relation's ends.
    ///
    /// # Errors
    /// One of the names is none.
    fn ends(self) -> Result<Ends, NameError>;
}

impl NamesRelation for &Ends {
    fn ends(self) -> Result<Ends, NameError> {
        Ok(self.clone())
    }
}

impl NamesRelation for Ends {
    fn ends(self) -> Result<Ends, NameError> {
        Ok(self)
    }
}

impl<A: NamesEndpoint, B: NamesEndpoint> NamesRelation for (A, B) {
    fn ends(self) -> Result<Ends, NameError> {
        Ok(Ends(self.0.named()?, self.1.named()?))
    }
}

/// What names an option that takes this value: `"port"` with any value, or `meta::options::PORT` with one of the
/// option's type. An option of type `secret` takes a [`SecretNamed`], or the secret's id.
pub trait NamesOption<V> {
    /// The option's name, and its value.
    fn with(self, value: V) -> (String, Given<ConfigValue>);
}

impl<V: Into<Given<ConfigValue>>> NamesOption<V> for &str {
    fn with(self, value: V) -> (String, Given<ConfigValue>) {
        (self.to_owned(), value.into())
    }
}

macro_rules! names_option {
    ($($kind:ty),*) => {$(
        impl<V: Into<$kind>> NamesOption<V> for OptionName<$kind> {
            fn with(self, value: V) -> (String, Given<ConfigValue>) {
                let value: $kind = value.into();
                (self.as_str().to_owned(), value.into())
            }
        }
    )*};
}

names_option!(String, i64, f64, bool);

impl NamesOption<SecretNamed> for OptionName<SecretId> {
    fn with(self, value: SecretNamed) -> (String, Given<ConfigValue>) {
        (self.as_str().to_owned(), value.into())
    }
}

impl NamesOption<&SecretId> for OptionName<SecretId> {
    fn with(self, value: &SecretId) -> (String, Given<ConfigValue>) {
        (self.as_str().to_owned(), Given::Value(ConfigValue::Text(value.to_string())))
    }
}
