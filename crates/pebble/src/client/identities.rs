//! Identities: who may ask the daemon for what.

use super::{Client, Error};
use crate::{version::Feature, wire::words};
use ops_core::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

words! {
    /// What an identity may do.
    Access {
        /// Everything.
        Admin = "admin",
        /// Look, and change nothing.
        Read = "read",
        /// Read the metrics.
        Metrics = "metrics",
        /// Ask for the version and the health.
        Untrusted = "untrusted",
    }
}

/// Who somebody is, and what that one may do. A daemon never gives passwords and certificates back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Identity {
    /// What it may do.
    pub access: Access,
    /// A user of the container who connects to the socket.
    pub user_id: Option<u32>,
    /// The hash of a password, as `openssl passwd -6` makes it.
    pub password: Option<Secret>,
    /// A certificate, as PEM.
    pub certificate: Option<Secret>,
}

impl Identity {
    /// Nobody yet, with this access. The daemon wants at least one way to know who it is.
    pub fn new(access: Access) -> Self {
        Self { access, user_id: None, password: None, certificate: None }
    }

    /// Known by the user that connects to the socket.
    pub fn local(mut self, user_id: u32) -> Self {
        self.user_id = Some(user_id);
        self
    }

    /// Known by a password, of which the daemon gets the hash: `openssl passwd -6` makes one.
    pub fn basic(mut self, hash: Secret) -> Self {
        self.password = Some(hash);
        self
    }

    /// Known by a certificate, as PEM.
    pub fn cert(mut self, pem: Secret) -> Self {
        self.certificate = Some(pem);
        self
    }

    /// Holds every secret in clear: nothing but the request may see it.
    fn body(&self) -> Value {
        let mut body = json!({ "access": self.access });
        if let Some(body) = body.as_object_mut() {
            if let Some(id) = self.user_id {
                body.insert("local".to_owned(), json!({ "user-id": id }));
            }
            if let Some(password) = &self.password {
                body.insert("basic".to_owned(), json!({ "password": password.expose() }));
            }
            if let Some(pem) = &self.certificate {
                body.insert("cert".to_owned(), json!({ "pem": pem.expose() }));
            }
        }
        body
    }
}

/// An identity as `GET /v1/identities` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Shown")]
#[non_exhaustive]
pub struct IdentityInfo {
    /// What it may do.
    pub access: Access,
    /// The user by whom it is known.
    pub user_id: Option<u32>,
    /// Whether it is known by a password.
    pub has_password: bool,
    /// Whether it is known by a certificate.
    pub has_certificate: bool,
}

#[derive(Deserialize)]
struct Shown {
    access: Access,
    #[serde(default)]
    local: Option<Local>,
    #[serde(default)]
    basic: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    cert: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Local {
    user_id: u32,
}

impl From<Shown> for IdentityInfo {
    fn from(shown: Shown) -> Self {
        Self {
            access: shown.access,
            user_id: shown.local.map(|local| local.user_id),
            has_password: shown.basic.is_some(),
            has_certificate: shown.cert.is_some(),
        }
    }
}

impl Client {
    /// All identities, by name.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the daemon is too old. Otherwise see [`Error`].
    pub fn identities(&self) -> Result<BTreeMap<String, IdentityInfo>, Error> {
        self.known(self.get("/v1/identities", ""), Feature::Identities)
    }

    /// Adds identities.
    ///
    /// # Errors
    /// One of them is there already. Otherwise as [`identities`](Self::identities); a daemon that would
    /// leave a password or a certificate out is too old.
    pub fn add_identities(&self, identities: &BTreeMap<String, Identity>) -> Result<(), Error> {
        self.post_identities("add", identities.iter().map(|(name, one)| (name, Some(one))))
    }

    /// Changes identities.
    ///
    /// # Errors
    /// One of them is not there. Otherwise as [`add_identities`](Self::add_identities).
    pub fn update_identities(&self, identities: &BTreeMap<String, Identity>) -> Result<(), Error> {
        self.post_identities("update", identities.iter().map(|(name, one)| (name, Some(one))))
    }

    /// Brings identities to this, there or not; none removes one that is there.
    ///
    /// # Errors
    /// As [`add_identities`](Self::add_identities).
    pub fn replace_identities(
        &self,
        identities: &BTreeMap<String, Option<Identity>>,
    ) -> Result<(), Error> {
        self.post_identities("replace", identities.iter().map(|(name, one)| (name, one.as_ref())))
    }

    /// Removes identities.
    ///
    /// # Errors
    /// One of them is not there. Otherwise as [`identities`](Self::identities).
    pub fn remove_identities(&self, names: &[&str]) -> Result<(), Error> {
        self.post_identities("remove", names.iter().map(|name| (name, None)))
    }

    fn post_identities<'a, N: ToString>(
        &self,
        action: &str,
        identities: impl Iterator<Item = (N, Option<&'a Identity>)>,
    ) -> Result<(), Error> {
        let path = "/v1/identities";
        let mut bodies = serde_json::Map::new();
        for (name, identity) in identities {
            if identity.is_some_and(|identity| identity.certificate.is_some()) {
                self.needs(Feature::CertIdentities, "POST /v1/identities")?;
            }
            if identity.is_some_and(|identity| identity.password.is_some()) {
                self.needs(Feature::BasicIdentities, "POST /v1/identities")?;
            }
            bodies.insert(name.to_string(), identity.map_or(Value::Null, Identity::body));
        }
        let body = json!({ "action": action, "identities": bodies });
        self.known(self.post(path, &body), Feature::Identities).map(|_| ())
    }
}
