//! `open-port`, `close-port` and `opened-ports`: which ports Juju may expose.

use super::{CommandError, Invocation, Juju};
use serde::{Serialize, Serializer};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// A transport protocol that ports can be opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// ICMP, which has no ports.
    Icmp,
    /// TCP, the default.
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

/// One port, a range of ports, or ICMP, spelt `80/tcp`, `8000-8999/udp`, `icmp`.
///
/// They sort as Juju lists them: by protocol, then by port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    protocol: Protocol,
    from: u16,
    to: u16,
}

impl PortRange {
    /// ICMP.
    pub const ICMP: Self = Self { protocol: Protocol::Icmp, from: 0, to: 0 };

    /// One TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { protocol: Protocol::Tcp, from: port, to: port }
    }

    /// One UDP port.
    #[must_use]
    pub const fn udp(port: u16) -> Self {
        Self { protocol: Protocol::Udp, from: port, to: port }
    }

    /// All ports from the first to the last, both included.
    ///
    /// # Errors
    /// The first is above the last, or the protocol has no ports.
    pub fn range(from: u16, to: u16, protocol: Protocol) -> Result<Self, PortError> {
        if from > to || protocol == Protocol::Icmp {
            return Err(PortError(format!("{from}-{to}/{protocol}")));
        }
        Ok(Self { protocol, from, to })
    }

    /// The first port; 0 for ICMP.
    #[must_use]
    pub const fn from(self) -> u16 {
        self.from
    }

    /// The last port; 0 for ICMP.
    #[must_use]
    pub const fn to(self) -> u16 {
        self.to
    }

    /// The protocol.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        self.protocol
    }
}

/// A bare number is a TCP port.
impl From<u16> for PortRange {
    fn from(port: u16) -> Self {
        Self::tcp(port)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, from, to } = self;
        match protocol {
            Protocol::Icmp => write!(f, "icmp"),
            _ if from == to => write!(f, "{from}/{protocol}"),
            _ => write!(f, "{from}-{to}/{protocol}"),
        }
    }
}

impl FromStr for PortRange {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        let wrong = || PortError(text.to_owned());
        let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
        let lower = text.to_lowercase();
        if lower == "icmp" {
            return Ok(Self::ICMP);
        }
        let (ports, protocol) = lower.split_once('/').unwrap_or((&lower, "tcp"));
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return Err(wrong()),
        };
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        Self::range(number(from)?, number(to)?, protocol).map_err(|_| wrong())
    }
}

impl Serialize for PortRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is not a port or a range of ports.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a port: expected something like 80/tcp, 8000-8999/udp or icmp")]
pub struct PortError(String);

/// Opens ports; the ones that are open already stay so (Juju: `open-port`).
///
/// Juju keeps the change until the hook has succeeded. Ranges do not work on Kubernetes.
///
/// # Errors
/// See [`CommandError`]. `Refused` when another unit's range overlaps with it.
pub fn open_port(juju: &Juju, ports: PortRange) -> Result<(), CommandError> {
    juju.run(&Invocation::new("open-port").arg(ports.to_string())).map(drop)
}

/// Closes ports; the ones that are not open stay so (Juju: `close-port`).
///
/// # Errors
/// See [`CommandError`].
pub fn close_port(juju: &Juju, ports: PortRange) -> Result<(), CommandError> {
    juju.run(&Invocation::new("close-port").arg(ports.to_string())).map(drop)
}

/// The ports that this unit has open (Juju: `opened-ports`).
///
/// # Errors
/// See [`CommandError`].
pub fn opened_ports(juju: &Juju) -> Result<BTreeSet<PortRange>, CommandError> {
    let call = Invocation::new("opened-ports").arg("--format=json");
    let texts = juju.json::<Option<Vec<String>>>(&call)?.unwrap_or_default();
    let ports: Result<_, PortError> = texts.iter().map(|text| text.parse()).collect();
    ports.map_err(|why| juju.garbage(&call, why.to_string()))
}
