//! The cloud that a model lives in: what `credential-get` tells an application that is trusted.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The cloud that a model lives in, as Juju's `params.CloudSpec` describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CloudSpec {
    /// Its type, such as `lxd`, `kubernetes` or `ec2`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its region; empty without one.
    pub region: String,
    /// The address of its API; empty without one.
    pub endpoint: String,
    /// The address of its identity service; empty without one.
    pub identity_endpoint: String,
    /// The address of its storage service; empty without one.
    pub storage_endpoint: String,
    /// What to log in with.
    pub credential: Option<CloudCredential>,
    /// Certificates of authorities that its endpoints are signed by.
    pub ca_certificates: Vec<String>,
    /// Whether certificates are not to be checked.
    pub skip_tls_verify: bool,
    /// Whether the controller lives in it too.
    pub is_controller_cloud: bool,
}

/// What to log in to a cloud with. `Debug` shows no value.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CloudCredential {
    /// How, such as `certificate` or `userpass`.
    pub auth_type: String,
    /// What it takes, by name.
    pub attributes: BTreeMap<String, String>,
    /// The names of attributes that were left out.
    pub redacted: Vec<String>,
}

impl fmt::Debug for CloudCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudCredential")
            .field("auth_type", &self.auth_type)
            .field("attributes", &self.attributes.keys().collect::<Vec<_>>())
            .field("redacted", &self.redacted)
            .finish()
    }
}

impl CloudSpec {
    /// A cloud of this type and name, without anything else.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: name.into(), ..Self::default() }
    }
}
