//! Notices: what happened in the workload, and who was told.

use super::{Client, Error, typed};
use crate::{
    Timestamp,
    http::{Body, Deadline, percent_encoded},
    layer::{format_duration, parse_duration},
    version::Feature,
    wire::words,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::{collections::BTreeMap, time::Duration};

words! {
    /// What a notice is about.
    NoticeType {
        /// The workload said so: `pebble notify`.
        Custom = "custom",
        /// A change was begun, or has come further. The key is its id.
        ChangeUpdate = "change-update",
        /// The daemon warns. The key is the text.
        Warning = "warning",
    }
}

/// Something that happened, as often as it did.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Notice {
    /// Its id.
    pub id: String,
    /// Whose it is; none for everybody's.
    #[serde(default)]
    pub user_id: Option<u32>,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NoticeType,
    /// What happened.
    pub key: String,
    /// When it happened first.
    pub first_occurred: Timestamp,
    /// When it happened last.
    pub last_occurred: Timestamp,
    /// When it last counted as a repetition: see [`Notify::repeat_after`].
    pub last_repeated: Timestamp,
    /// How often it happened.
    pub occurrences: u64,
    /// What the last occurrence brought.
    #[serde(default)]
    pub last_data: BTreeMap<String, String>,
    /// How long another occurrence is no repetition.
    #[serde(default, deserialize_with = "duration")]
    pub repeat_after: Option<Duration>,
    /// How long the daemon remembers it after it happened last.
    #[serde(default, deserialize_with = "duration")]
    pub expire_after: Option<Duration>,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(parse_duration(&String::deserialize(deserializer)?))
}

/// Whose notices are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
enum Users {
    #[default]
    Own,
    One(u32),
    All,
}

/// Which notices are wanted. All that this process may see, by default.
///
/// ```no_run
/// use ops_pebble::{Client, NoticeFilter, NoticeType};
/// use std::time::Duration;
///
/// let pebble = Client::unix("/charm/containers/web/pebble.socket");
/// let mut wanted = NoticeFilter::new().kind(NoticeType::Custom).key("example.com/backup-done");
/// for notice in pebble.wait_notices(&wanted, Duration::from_secs(30))? {
///     println!("backup to {:?}", notice.last_data.get("path"));
///     wanted = wanted.after(notice.last_repeated);
/// }
/// # Ok::<(), ops_pebble::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct NoticeFilter {
    users: Users,
    types: Vec<NoticeType>,
    keys: Vec<String>,
    after: Option<Timestamp>,
}

impl NoticeFilter {
    /// Every notice of this process's user, and of nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of this type; called again, of that one too.
    pub fn kind(mut self, kind: NoticeType) -> Self {
        self.types.push(kind);
        self
    }

    /// Those of this key; called again, of that one too.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Those that were repeated later than this. With the last one seen, what is new.
    pub fn after(mut self, time: Timestamp) -> Self {
        self.after = Some(time);
        self
    }

    /// Those of this user and of nobody, in place of one's own.
    pub fn user(mut self, id: u32) -> Self {
        self.users = Users::One(id);
        self
    }

    /// Everybody's.
    pub fn all_users(mut self) -> Self {
        self.users = Users::All;
        self
    }

    fn query(&self, timeout: Option<Duration>) -> String {
        let mut query = Vec::new();
        match self.users {
            Users::Own => {}
            Users::One(id) => query.push(format!("user-id={id}")),
            Users::All => query.push("users=all".to_owned()),
        }
        query.extend(
            self.types.iter().map(|kind| format!("types={}", percent_encoded(kind.as_str()))),
        );
        query.extend(self.keys.iter().map(|key| format!("keys={}", percent_encoded(key))));
        query.extend(
            self.after.iter().map(|time| format!("after={}", percent_encoded(&time.to_string()))),
        );
        query
            .extend(timeout.iter().map(|timeout| format!("timeout={}", format_duration(*timeout))));
        if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) }
    }
}

/// A notice that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[must_use]
pub struct Notify {
    action: &'static str,
    #[serde(rename = "type")]
    kind: NoticeType,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_after: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<String, String>,
}

impl Notify {
    /// A notice of this key, which looks like `example.com/what-happened`.
    pub fn new(key: impl Into<String>) -> Self {
        let (action, kind, data) = ("add", NoticeType::Custom, BTreeMap::new());
        Self { action, kind, key: key.into(), repeat_after: None, data }
    }

    /// For this long after a repetition, another occurrence wakes nobody.
    pub fn repeat_after(mut self, duration: Duration) -> Self {
        self.repeat_after = Some(format_duration(duration));
        self
    }

    /// Adds a value, which everybody who sees the notice can read. 4096 bytes for all of them.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }
}

#[derive(Deserialize)]
struct Added {
    id: String,
}

impl Client {
    /// The notices that there are, the one that was repeated longest ago first.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the daemon is too old. Otherwise see [`Error`].
    pub fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, Error> {
        self.known(self.get("/v1/notices", &filter.query(None)), Feature::Notices)
    }

    /// Waits until there is at least one such notice. None after `timeout`.
    ///
    /// # Errors
    /// As [`notices`](Self::notices).
    pub fn wait_notices(
        &self,
        filter: &NoticeFilter,
        timeout: Duration,
    ) -> Result<Vec<Notice>, Error> {
        let path = "/v1/notices";
        let deadline = Deadline::after(timeout + self.request_timeout);
        let query = filter.query(Some(timeout));
        let answer = self.exchange("GET", path, &query, "", Body::Empty, deadline);
        typed("GET", path, self.known(answer, Feature::Notices)?.result())
    }

    /// One notice.
    ///
    /// # Errors
    /// Not found: the daemon forgets old ones. Otherwise as [`notices`](Self::notices).
    pub fn notice(&self, id: &str) -> Result<Notice, Error> {
        let path = format!("/v1/notices/{}", percent_encoded(id));
        self.known(self.get(&path, ""), Feature::Notices)
    }

    /// Records a notice of one's own, and gives its id.
    ///
    /// # Errors
    /// As [`notices`](Self::notices).
    pub fn notify(&self, notify: &Notify) -> Result<String, Error> {
        let path = "/v1/notices";
        let answer = self.known(self.post(path, notify), Feature::Notices)?;
        typed::<Added>("POST", path, answer.result()).map(|added| added.id)
    }
}
