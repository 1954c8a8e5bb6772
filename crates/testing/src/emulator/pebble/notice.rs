//! Notices, and the clock by which they count as repeated.

use super::{News, Pebble, Request, Response};
use ops_pebble::{Timestamp, layer::format_duration, layer::parse_duration};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// Something that happened, as often as it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// Its id.
    pub id: u64,
    /// `custom`, `change-update` or `warning`.
    pub kind: String,
    /// What happened.
    pub key: String,
    /// How often.
    pub occurrences: u64,
    /// What the last occurrence brought.
    pub data: BTreeMap<String, String>,
    first_occurred: Timestamp,
    last_occurred: Timestamp,
    last_repeated: Timestamp,
    repeat_after: Duration,
}

/// The start of 2026, when every emulated daemon starts, after the start of 1970.
const START: Duration = Duration::from_secs(1_767_225_600);

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct AddNotice {
    action: String,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    repeat_after: String,
    data: Option<BTreeMap<String, String>>,
}

impl Notice {
    fn json(&self) -> Value {
        let is_public = self.kind != "custom";
        let mut notice = json!({
            "id": self.id.to_string(), "user-id": if is_public { Value::Null } else { 0.into() },
            "type": self.kind, "key": self.key, "occurrences": self.occurrences,
            "first-occurred": self.first_occurred, "last-occurred": self.last_occurred,
            "last-repeated": self.last_repeated, "expire-after": "168h0m0s",
        });
        if let Some(notice) = notice.as_object_mut() {
            if !self.data.is_empty() {
                notice.insert("last-data".to_owned(), json!(self.data));
            }
            if !self.repeat_after.is_zero() {
                let text = format_duration(self.repeat_after);
                notice.insert("repeat-after".to_owned(), text.into());
            }
        }
        notice
    }
}

impl Pebble {
    /// What the daemon's clock says.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        Timestamp::from(SystemTime::UNIX_EPOCH + START + self.clock)
    }

    /// Records a notice as `pebble notify` in the workload does, and gives its id.
    pub fn notify<K: Into<String>, V: Into<String>>(
        &mut self,
        key: &str,
        data: impl IntoIterator<Item = (K, V)>,
    ) -> u64 {
        let data = data.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.record_notice("custom", key, data.collect(), Duration::ZERO)
    }

    /// The notices, in the order in which they first happened.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    fn record_notice(
        &mut self,
        kind: &str,
        key: &str,
        data: BTreeMap<String, String>,
        repeat_after: Duration,
    ) -> u64 {
        // Two things never happen at once.
        self.clock += Duration::from_nanos(1);
        let now = self.time();
        let id = u64::try_from(self.notices.len()).unwrap_or_default() + 1;
        let known = self.notices.iter_mut().find(|known| known.kind == kind && known.key == key);
        if let Some(known) = known {
            known.occurrences += 1;
            (known.data, known.repeat_after, known.last_occurred) = (data, repeat_after, now);
            let due = SystemTime::from(known.last_repeated) + repeat_after;
            let id = known.id;
            if repeat_after.is_zero() || SystemTime::from(now) > due {
                known.last_repeated = now;
                self.tell(kind, id, key);
            }
            return id;
        }
        self.notices.push(Notice {
            id,
            kind: kind.to_owned(),
            key: key.to_owned(),
            occurrences: 1,
            data,
            first_occurred: now,
            last_occurred: now,
            last_repeated: now,
            repeat_after,
        });
        self.tell(kind, id, key);
        id
    }

    /// Juju's agent asks for custom notices, and hears of each when it is repeated.
    fn tell(&mut self, kind: &str, id: u64, key: &str) {
        if kind == "custom" {
            self.news.push(News::CustomNotice { id: id.to_string(), key: key.to_owned() });
        }
    }

    /// The notices that a request asks for.
    pub(super) fn wanted_notices(&self, request: &Request) -> Vec<&Notice> {
        let (types, keys) = (request.list("types"), request.list("keys"));
        let after = Timestamp::parse(request.parameter("after"));
        let wanted = |notice: &&Notice| {
            (types.is_empty() || types.contains(&notice.kind.as_str()))
                && (keys.is_empty() || keys.contains(&notice.key.as_str()))
                && after.is_none_or(|after| notice.last_repeated > after)
        };
        let mut notices: Vec<&Notice> = self.notices.iter().filter(wanted).collect();
        notices.sort_by_key(|notice| notice.last_repeated);
        notices
    }

    pub(super) fn get_notices(&self, request: &Request) -> Response {
        let users = (request.parameter("users"), request.parameter("user-id"));
        let message = match users {
            ("", _) | ("all", "") => None,
            ("all", _) => Some(r#"cannot use both "users" and "user-id" parameters"#),
            _ => Some(r#"invalid "users" filter: must be "all""#),
        };
        if let Some(message) = message {
            return Response::refused(400, "", message);
        }
        let notices = self.wanted_notices(request);
        Response::sync(&notices.iter().map(|notice| notice.json()).collect::<Vec<_>>())
    }

    pub(super) fn get_notice(&self, id: &str) -> Response {
        match self.notices.iter().find(|notice| notice.id.to_string() == id) {
            Some(notice) => Response::sync(&notice.json()),
            None => Response::refused(404, "", format!("cannot find notice with ID {id:?}")),
        }
    }

    pub(super) fn post_notices(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: AddNotice = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        let AddNotice { action, kind, key, repeat_after, data } = request;
        if action != "add" {
            return refuse(format!("invalid action {action:?}"));
        }
        if kind != "custom" {
            return refuse(format!("invalid type {kind:?} (can only add \"custom\" notices)"));
        }
        if !is_key(&key) {
            let format = self.format_of_keys();
            return refuse(format!("invalid key {key:?} (must be in {format:?} format)"));
        }
        if key.len() > 256 {
            return refuse("key must be 256 bytes or less".to_owned());
        }
        let repeat_after = match repeat_after.as_str() {
            "" => Duration::ZERO,
            text => match parse_duration(text) {
                Some(duration) => duration,
                None => return refuse(format!("invalid repeat-after: invalid duration {text:?}")),
            },
        };
        let data = data.unwrap_or_default();
        if serde_json::to_vec(&data).unwrap_or_default().len() > 4096 {
            return refuse("total size of data must be 4096 bytes or less".to_owned());
        }
        let id = self.record_notice("custom", &key, data, repeat_after);
        Response::sync(&json!({ "id": id.to_string() }))
    }
}

/// Words of lower-case letters and digits, joined by single hyphens: a domain with a dot, and a path.
fn is_key(key: &str) -> bool {
    let word = |word: &str| {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        word.split('-').all(part)
    };
    let mut parts = key.split('/');
    let domain = parts.next().unwrap_or_default();
    let path: Vec<&str> = parts.collect();
    domain.contains('.')
        && domain.split('.').all(word)
        && !path.is_empty()
        && path.into_iter().all(word)
}
