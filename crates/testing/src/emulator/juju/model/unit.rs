//! A unit: its statuses, ports, state and networks.

use super::super::{storage::Storage, time::Timestamp};
use ops_core::names::{ContainerName, RelationId, UnitName};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A unit in the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// What its charm says of the workload.
    pub status: StatusRecord,
    /// What it said before, oldest first; the newest 100 are kept.
    pub history: Vec<StatusRecord>,
    /// What its agent does.
    pub agent: AgentStatus,
    /// Ports its charm has opened.
    pub ports: BTreeSet<OpenPort>,
    /// What its charm keeps in Juju with `state-set`.
    pub state: BTreeMap<String, String>,
    /// What others keep about its containers, such as the data of an emulated Pebble. Nothing here
    /// reads it.
    pub containers: BTreeMap<ContainerName, serde_json::Value>,
    /// Its storage by id, such as `data/0`.
    #[serde(default)]
    pub storage: BTreeMap<String, Storage>,
    /// Its networks by binding; the entry `""` serves every binding without one of its own.
    pub networks: BTreeMap<String, Network>,
    /// The principal, if it is a subordinate.
    pub principal: Option<UnitName>,
    /// Its machine, such as `0` or `0/lxd/1`; empty on Kubernetes.
    pub machine: String,
    /// Whether it is being removed.
    pub dying: bool,
    /// Which remote units it has seen join, by relation. A relation that is not here shows all.
    pub members: BTreeMap<RelationId, BTreeSet<UnitName>>,
}

/// How many statuses the history of a unit keeps.
const HISTORY: usize = 100;

impl Unit {
    pub(super) fn new(number: u32, now: Timestamp) -> Self {
        Self {
            status: StatusRecord {
                status: Status::new(StatusName::Waiting, "installing agent"),
                since: now,
            },
            history: Vec::new(),
            agent: AgentStatus::Allocating,
            ports: BTreeSet::new(),
            state: BTreeMap::new(),
            containers: BTreeMap::new(),
            storage: BTreeMap::new(),
            networks: BTreeMap::from([(String::new(), Network::numbered(number))]),
            principal: None,
            machine: String::new(),
            dying: false,
            members: BTreeMap::new(),
        }
    }

    /// Sets the status of the workload, as `status-set` and the agent itself do. Setting what is
    /// there already changes nothing. Says whether it changed.
    pub fn set_status(&mut self, status: Status, now: Timestamp) -> bool {
        if self.status.status == status {
            return false;
        }
        let old = std::mem::replace(&mut self.status, StatusRecord { status, since: now });
        self.history.push(old);
        if self.history.len() > HISTORY {
            self.history.remove(0);
        }
        true
    }

    /// The network of a binding.
    #[must_use]
    pub fn network(&self, binding: &str) -> Option<&Network> {
        self.networks.get(binding).or_else(|| self.networks.get(""))
    }
}

/// A status and since when it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRecord {
    /// The status.
    pub status: Status,
    /// When it was set.
    pub since: Timestamp,
}

/// A status with its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its name.
    pub name: StatusName,
    /// Its message, which may be empty.
    pub message: String,
}

impl Status {
    /// A status.
    pub fn new(name: StatusName, message: impl Into<String>) -> Self {
        Self { name, message: message.into() }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => self.name.fmt(f),
            message => write!(f, "{}: {message}", self.name),
        }
    }
}

/// The name of a status. Charms set the first four; the others come from Juju.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusName {
    /// Busy with itself.
    Maintenance,
    /// A person must act.
    Blocked,
    /// Something else must happen first.
    Waiting,
    /// In order.
    Active,
    /// A hook has failed.
    Error,
    /// Never set.
    Unknown,
    /// Removed.
    Terminated,
}

impl StatusName {
    /// As Juju spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::Terminated => "terminated",
        }
    }

    /// Which status of several units stands for their application: the highest.
    pub(super) fn severity(self) -> u8 {
        match self {
            Self::Error => 6,
            Self::Blocked => 5,
            Self::Waiting => 4,
            Self::Maintenance => 3,
            Self::Active => 2,
            Self::Terminated => 1,
            Self::Unknown => 0,
        }
    }
}

impl fmt::Display for StatusName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the agent of a unit does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentStatus {
    /// It is not there yet.
    #[default]
    Allocating,
    /// It runs a hook or an action.
    Executing(String),
    /// It has nothing to do.
    Idle,
    /// This hook failed; it waits for a retry.
    Error(String),
}

/// A port or range that a charm has opened, for all endpoints or for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpenPort {
    /// Which ports.
    pub range: PortRange,
    /// For which endpoint; `None` is all of them.
    pub endpoint: Option<String>,
}

impl OpenPort {
    /// One TCP port, open for every endpoint.
    #[must_use]
    pub fn tcp(port: u16) -> Self {
        let range = PortRange { protocol: Protocol::Tcp, from: port, to: port };
        Self { range, endpoint: None }
    }
}

/// A range of ports. Sorts by protocol, then by number, as `opened-ports` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortRange {
    /// Their protocol.
    pub protocol: Protocol,
    /// The first; 0 for ICMP.
    pub from: u16,
    /// The last; 0 for ICMP.
    pub to: u16,
}

impl PortRange {
    /// One TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { protocol: Protocol::Tcp, from: port, to: port }
    }

    /// Whether the two cannot be open at once on one machine: they overlap and are not the same.
    #[must_use]
    pub fn conflicts_with(self, other: Self) -> bool {
        self != other
            && self.protocol == other.protocol
            && self.from <= other.to
            && other.from <= self.to
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Icmp => f.write_str("icmp"),
            protocol if self.from == self.to => write!(f, "{}/{protocol}", self.from),
            protocol => write!(f, "{}-{}/{protocol}", self.from, self.to),
        }
    }
}

/// A protocol with ports, or ICMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// ICMP, which has no ports.
    Icmp,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Icmp => "icmp",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// What `network-get` says of a binding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Interfaces with their addresses.
    pub bind_addresses: Vec<BindAddress>,
    /// Subnets that traffic comes from.
    pub egress_subnets: Vec<String>,
    /// Addresses that others reach the unit at.
    pub ingress_addresses: Vec<String>,
}

/// An interface with its addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindAddress {
    /// The MAC address.
    pub mac_address: String,
    /// The name.
    pub interface_name: String,
    /// The addresses.
    pub addresses: Vec<Address>,
}

/// An address of an interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The host's name.
    pub hostname: String,
    /// The address itself.
    pub value: String,
    /// The subnet it is in.
    pub cidr: String,
}

impl Network {
    /// A network with one address, bound and reached at the same place.
    #[must_use]
    pub fn with_address(address: &str) -> Self {
        Self::with_addresses(&[address])
    }

    /// A network of one interface with these addresses, each IPv4 or IPv6, bound and reached at the same places.
    /// The first is the one that counts where only one is asked for.
    #[must_use]
    pub fn with_addresses(addresses: &[&str]) -> Self {
        let bound = |address: &&str| Address {
            hostname: String::new(),
            value: (*address).to_owned(),
            cidr: String::new(),
        };
        let alone =
            |address: &&str| format!("{address}/{}", if address.contains(':') { 128 } else { 32 });
        Self {
            bind_addresses: vec![BindAddress {
                mac_address: String::new(),
                interface_name: "eth0".to_owned(),
                addresses: addresses.iter().map(bound).collect(),
            }],
            egress_subnets: addresses.iter().map(alone).collect(),
            ingress_addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
        }
    }

    fn numbered(number: u32) -> Self {
        let number = number.saturating_add(1);
        Self::with_address(&format!("10.1.{}.{}", number / 250, number % 250))
    }

    /// The address that others reach the unit at.
    #[must_use]
    pub fn ingress_address(&self) -> Option<&str> {
        self.ingress_addresses.first().map(String::as_str).or_else(|| self.bind_address())
    }

    /// The address that the unit binds to.
    #[must_use]
    pub fn bind_address(&self) -> Option<&str> {
        self.bind_addresses.first()?.addresses.first().map(|address| address.value.as_str())
    }
}
