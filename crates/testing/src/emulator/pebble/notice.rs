//! Notices: what somebody records in the daemon, once for each type and key; and the news of a
//! daemon, which Juju's agent makes hooks of.

use super::{Pebble, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

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

/// A custom notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Notice {
    id: u64,
    key: String,
    first: u64,
    last: u64,
    occurrences: u64,
    data: BTreeMap<String, String>,
}

impl Notice {
    fn json(&self) -> Value {
        let mut notice = json!({
            "id": self.id.to_string(),
            "user-id": null,
            "type": "custom",
            "key": self.key,
            "first-occurred": time(self.first),
            "last-occurred": time(self.last),
            "last-repeated": time(self.last),
            "occurrences": self.occurrences,
            "expire-after": "168h0m0s",
        });
        if let Some(notice) = notice.as_object_mut().filter(|_| !self.data.is_empty()) {
            notice.insert("last-data".to_owned(), json!(self.data));
        }
        notice
    }
}

/// Nothing takes time here, so each notice comes a microsecond after the one before it.
fn time(number: u64) -> String {
    format!("2026-01-01T00:00:{:02}.{:06}Z", number / 1_000_000 % 60, number % 1_000_000)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AddNotice {
    action: String,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    data: Map<String, Value>,
}

impl Pebble {
    /// Records a custom notice, as `pebble notify` does in the container; its id.
    pub fn notify<K: Into<String>, V: Into<String>>(
        &mut self,
        key: &str,
        data: impl IntoIterator<Item = (K, V)>,
    ) -> String {
        let data = data.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        self.record_notice(key, data)
    }

    /// What Juju's agent has heard of the daemon since it started, or is yet to hear; oldest first.
    #[must_use]
    pub fn news(&self) -> &[News] {
        &self.news
    }

    fn record_notice(&mut self, key: &str, data: BTreeMap<String, String>) -> String {
        let now: u64 = self.notices.iter().map(|notice| notice.occurrences).sum::<u64>() + 1;
        let next = u64::try_from(self.notices.len()).unwrap_or_default() + 1;
        let known = self.notices.iter_mut().find(|notice| notice.key == key);
        let id = if let Some(notice) = known {
            notice.occurrences += 1;
            notice.last = now;
            notice.data = data;
            notice.id
        } else {
            let key = key.to_owned();
            self.notices.push(Notice {
                id: next,
                key,
                first: now,
                last: now,
                occurrences: 1,
                data,
            });
            next
        }
        .to_string();
        self.news.push(News::CustomNotice { id: id.clone(), key: key.to_owned() });
        id
    }

    pub(super) fn post_notices(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: AddNotice = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        if request.action != "add" {
            return refuse(format!("invalid action {:?}", request.action));
        }
        if request.kind != "custom" {
            return refuse(format!(
                "invalid type {:?} (can only add \"custom\" notices)",
                request.kind
            ));
        }
        if !is_key(&request.key) {
            return refuse(format!(
                "invalid key {:?} (must be in \"example.com/path\" format)",
                request.key
            ));
        }
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let data = request.data.iter().map(|(key, value)| (key.clone(), text(value))).collect();
        let id = self.record_notice(&request.key, data);
        Response::sync(&json!({ "id": id }))
    }

    /// Those that fit; one that is waited for does not come, because nothing takes time.
    pub(super) fn get_notices(&self, request: &Request) -> Response {
        let (types, keys) = (request.list("types"), request.list("keys"));
        let after = request.parameter("after");
        let fits = |notice: &&Notice| {
            (types.is_empty() || types.contains(&"custom"))
                && (keys.is_empty() || keys.contains(&notice.key.as_str()))
                && (after.is_empty() || time(notice.last).as_str() > after)
        };
        let mut found: Vec<&Notice> = self.notices.iter().filter(fits).collect();
        found.sort_by_key(|notice| notice.last);
        Response::sync(&found.into_iter().map(Notice::json).collect::<Vec<_>>())
    }

    pub(super) fn get_notice(&self, id: &str) -> Response {
        match self.notices.iter().find(|notice| notice.id.to_string() == id) {
            Some(notice) => Response::sync(&notice.json()),
            None => Response::refused(404, "", format!("cannot find notice with ID {id:?}")),
        }
    }
}

/// A domain, a slash, and a path, in lower case.
fn is_key(key: &str) -> bool {
    let word = |part: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.split('-').all(|word| !word.is_empty() && word.chars().all(fits))
    };
    let Some((domain, path)) = key.split_once('/') else { return false };
    key.len() <= 256
        && domain.contains('.')
        && domain.split('.').all(word)
        && path.split('/').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_domains_with_paths() {
        for key in ["example.com/a", "a.b/c/d-e", "canonical.com/postgresql/backup-done"] {
            assert!(is_key(key), "{key}");
        }
        for key in ["", "example.com", "example/a", "Example.com/a", "example.com/", "a.b/c--d"] {
            assert!(!is_key(key), "{key}");
        }
    }

    #[test]
    fn a_notice_that_comes_again_is_the_same_one() {
        let mut pebble = Pebble::new();
        let id = pebble.notify("example.com/a", [("n", "1")]);
        assert_eq!(pebble.notify("example.com/a", [("n", "2")]), id);
        assert_ne!(pebble.notify("example.com/b", [("n", "1")]), id);
        assert_eq!(pebble.news().len(), 3);
        assert_eq!((pebble.notices[0].occurrences, &*pebble.notices[0].data["n"]), (2, "2"));
    }
}
