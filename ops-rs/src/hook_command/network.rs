//! `network-get`: under which addresses the unit is reached.

use super::{CommandError, Invocation, Juju};
use ops_core::names::{EndpointName, RelationId};
use serde::{Deserialize, Serialize};

/// The network of an endpoint. Addresses stay text: some clouds give host names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Network {
    /// The interfaces to listen on.
    pub bind_addresses: Vec<BindAddress>,
    /// The addresses that others should use, best first.
    pub ingress_addresses: Vec<String>,
    /// Where traffic of this unit comes from, as CIDR.
    pub egress_subnets: Vec<String>,
}

impl Network {
    /// The first address to listen on.
    #[must_use]
    pub fn bind_address(&self) -> Option<&str> {
        self.bind_addresses.iter().flat_map(|i| &i.addresses).map(|a| a.value.as_str()).next()
    }

    /// The first address that others should use.
    #[must_use]
    pub fn ingress_address(&self) -> Option<&str> {
        self.ingress_addresses.first().map(String::as_str)
    }
}

/// One network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct BindAddress {
    /// The name, such as `eth0`; empty on Kubernetes.
    pub interface_name: String,
    /// The hardware address; empty on Kubernetes.
    pub mac_address: String,
    /// Its addresses.
    pub addresses: Vec<InterfaceAddress>,
}

/// One address of a network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InterfaceAddress {
    /// The host name, often empty.
    pub hostname: String,
    /// The address.
    pub value: String,
    /// The network it is in, as CIDR; may be empty.
    pub cidr: String,
}

/// The network of an endpoint, or of one relation of it (Juju: `network-get`).
///
/// # Errors
/// See [`CommandError`], and [`CommandError::is_gone`].
pub fn network_get(
    juju: &Juju,
    binding: &EndpointName,
    relation: Option<RelationId>,
) -> Result<Network, CommandError> {
    let call = Invocation::new("network-get").arg("--format=json");
    let call = match relation {
        Some(id) => super::relation::on_relation(call, binding, id),
        None => call,
    };
    juju.json(&call.arg(binding.to_string()))
}
