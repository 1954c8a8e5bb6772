//! Which Pebble has what. Juju brings its own Pebble into the containers, and an old Juju an old one.

use std::fmt;

/// The version of a daemon, such as `v1.10.2`. Versions compare by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PebbleVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

impl PebbleVersion {
    /// A version from its numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads a version as a daemon tells it. What follows the numbers (`-dev`, `+git`) does not count.
    ///
    /// ```
    /// use ops_pebble::PebbleVersion;
    ///
    /// assert_eq!(PebbleVersion::parse("v1.10.2"), Some(PebbleVersion::new(1, 10, 2)));
    /// assert_eq!(PebbleVersion::parse("unknown"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().strip_prefix('v').unwrap_or(text.trim());
        let mut numbers = text.split('.').map(|number| {
            let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            number.get(..end)?.parse::<u32>().ok()
        });
        Some(Self {
            major: numbers.next()??,
            minor: numbers.next()??,
            patch: numbers.next().flatten().unwrap_or(0),
        })
    }
}

impl fmt::Display for PebbleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

macro_rules! features {
    ($($(#[$doc:meta])* $feature:ident = $name:literal since $major:literal $minor:literal $patch:literal;)*) => {
        /// What an older daemon lacks.
        ///
        /// Releases were examined one by one from 1.4.0 to 1.32.1, with gaps: see
        /// [`since`](Self::since).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Feature {
            $($(#[$doc])* $feature,)*
        }

        impl Feature {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$feature,)*];

            /// What it is called in a message.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$feature => $name,)*
                }
            }

            /// The first release that is known to have it. One shortly before it may have it too.
            #[must_use]
            pub const fn since(self) -> PebbleVersion {
                match self {
                    $(Self::$feature => {
                        PebbleVersion::new($major, $minor, $patch)
                    })*
                }
            }
        }
    };
}

features! {
    /// Notices: `/v1/notices`.
    Notices = "notices" since 1 10 2;
    /// Labels on log targets.
    LogTargetLabels = "labels of log targets" since 1 10 2;
    /// The actions `success-shutdown` and `failure-shutdown`.
    ShutdownWithCode = "success-shutdown and failure-shutdown" since 1 10 2;
    /// Identities: `/v1/identities`.
    Identities = "identities" since 1 16 0;
    /// Identities with a password, and the access `metrics`.
    BasicIdentities = "identities with a password" since 1 19 2;
    /// Checks that are started and stopped, and their `startup`.
    StartChecks = "starting and stopping checks" since 1 19 2;
    /// Metrics: `/v1/metrics`.
    Metrics = "metrics" since 1 19 2;
    /// Layers put between others by their label: `inner`.
    InnerLayers = "inner layers" since 1 19 2;
    /// A check that runs at once: `/v1/checks/refresh`.
    RefreshChecks = "running a check at once" since 1 20 0;
    /// Identities with a certificate.
    CertIdentities = "identities with a certificate" since 1 26 0;
    /// Log targets of the type `opentelemetry`.
    OpenTelemetry = "log targets of the type opentelemetry" since 1 26 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        let version = |text| PebbleVersion::parse(text).unwrap();
        assert!(version("v1.4.0") < version("1.10.2"));
        assert_eq!(version("v1.32.1-dev+git5").to_string(), "1.32.1");
        assert_eq!(version("v2.0"), PebbleVersion::new(2, 0, 0));
        for text in ["", "v", "one.two", "1", "99999999999.1.1"] {
            assert_eq!(PebbleVersion::parse(text), None, "{text}");
        }
    }
}
