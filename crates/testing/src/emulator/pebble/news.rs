//! What Juju's agent hears of a daemon by its notices, and makes hooks of.

use super::Pebble;
use serde::{Deserialize, Serialize};

/// Something that Juju's agent hears of a daemon by its notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum News {
    /// A custom notice was recorded, for the first time or again.
    CustomNotice {
        /// Its id.
        id: String,
        /// Its key.
        key: String,
    },
    /// A check has reached its threshold of failures.
    CheckFailed {
        /// Its name.
        check: String,
    },
    /// A check that was down is up again.
    CheckRecovered {
        /// Its name.
        check: String,
    },
}

impl Pebble {
    /// What Juju's agent has heard of the daemon since it started, or is yet to hear; oldest first.
    #[must_use]
    pub fn news(&self) -> &[News] {
        &self.news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_that_comes_again_is_the_same_one_and_news_again() {
        let mut pebble = Pebble::new();
        let id = pebble.notify("example.com/a", [("n", "1")]);
        assert_eq!(pebble.notify("example.com/a", [("n", "2")]), id);
        assert_ne!(pebble.notify("example.com/b", [("n", "1")]), id);
        assert_eq!(pebble.news().len(), 3);
        assert_eq!((pebble.notices()[0].occurrences, &*pebble.notices()[0].data["n"]), (2, "2"));
    }
}
