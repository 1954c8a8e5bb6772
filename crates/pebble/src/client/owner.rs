//! Who owns a file, and who runs a command.

use serde::{Deserialize, Serialize};

/// A user or a group: by its name, or by its number.
///
/// ```
/// use ops_pebble::Account;
///
/// assert_eq!(Account::from("www-data"), Account::Name("www-data".to_owned()));
/// assert_eq!(Account::from(33), Account::Id(33));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Account {
    /// A name that the workload's container knows.
    Name(String),
    /// A number. The container need not know it, unless the group is left to be found.
    Id(u32),
}

impl From<&str> for Account {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Account {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<u32> for Account {
    fn from(id: u32) -> Self {
        Self::Id(id)
    }
}

/// A user with a group. Pebble takes no group alone, so there is none here.
///
/// ```
/// use ops_pebble::{Exec, Owner, PushOptions};
///
/// let www = Owner::new("www-data").group(33);
/// let options = PushOptions::new().owner(www.clone());
/// let command = Exec::new(["id"]).owner(www);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Owner {
    user: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<Account>,
}

impl Owner {
    /// This user, with the group that the container's user database names for it. A number that the
    /// database does not have needs a [`group`](Self::group).
    pub fn new(user: impl Into<Account>) -> Self {
        Self { user: user.into(), group: None }
    }

    /// Another group.
    pub fn group(mut self, group: impl Into<Account>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &Account {
        &self.user
    }

    /// The group, unless it is left to the container's user database.
    #[must_use]
    pub fn named_group(&self) -> Option<&Account> {
        self.group.as_ref()
    }
}

/// An owner as the four fields that requests have for it.
#[derive(Debug, Serialize, Default)]
#[serde(rename_all = "kebab-case")]
pub(super) struct OwnerFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<u32>,
}

impl<'a> From<Option<&'a Owner>> for OwnerFields<'a> {
    fn from(owner: Option<&'a Owner>) -> Self {
        let (user, user_id) = fields(owner.map(|owner| &owner.user));
        let (group, group_id) = fields(owner.and_then(|owner| owner.group.as_ref()));
        Self { user, user_id, group, group_id }
    }
}

fn fields(account: Option<&Account>) -> (Option<&str>, Option<u32>) {
    match account {
        None => (None, None),
        Some(Account::Name(name)) => (Some(name), None),
        Some(Account::Id(id)) => (None, Some(*id)),
    }
}
