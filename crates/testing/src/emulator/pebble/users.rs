//! Who the workload's user database knows.

use ops_pebble::Account;
use std::collections::BTreeMap;

/// The users of a container, each with a group of the same name and number. Until somebody says which there
/// are, every name is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Users(BTreeMap<String, u32>);

/// The daemon's own user.
const OWN: &str = "root";

impl Users {
    pub(super) fn add(&mut self, name: &str, id: u32) {
        self.0.insert(OWN.to_owned(), 0);
        self.0.insert(name.to_owned(), id);
    }

    /// Whose something is to be, or the daemon's words for why it cannot be. The group of a user alone is
    /// the user's own.
    pub(super) fn owner(
        &self,
        user: Option<&str>,
        user_id: Option<u32>,
        group: Option<&str>,
        group_id: Option<u32>,
    ) -> Result<(Option<Account>, Option<Account>), String> {
        let user = self.account(user, user_id, "user", "UID")?;
        let group = self.account(group, group_id, "group", "GID")?;
        match (&user, &group) {
            (None, Some(_)) => return Err("must specify user, not just group".to_owned()),
            (Some(Account::Id(id)), None) if !self.0.is_empty() && self.name(*id).is_empty() => {
                return Err(format!("user: unknown userid {id}"));
            }
            _ => {}
        }
        Ok((user, group))
    }

    fn account(
        &self,
        name: Option<&str>,
        id: Option<u32>,
        what: &str,
        number: &str,
    ) -> Result<Option<Account>, String> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Ok(id.map(Account::Id));
        };
        match (self.0.get(name), id) {
            (None, _) if !self.0.is_empty() => {
                let place = if what == "user" { "user" } else { "group" };
                Err(format!("{place}: unknown {what} {name}"))
            }
            (Some(known), Some(id)) if *known != id => {
                Err(format!("{what} {name:?} {number} ({known}) does not match {what}-id ({id})"))
            }
            _ => Ok(Some(Account::Name(name.to_owned()))),
        }
    }

    /// Number and name of the owner of a file.
    pub(super) fn user(&self, account: Option<&Account>) -> (u32, String) {
        match account {
            None => (0, OWN.to_owned()),
            Some(Account::Id(id)) => (*id, self.name(*id)),
            Some(Account::Name(name)) => (self.id(name), name.clone()),
        }
    }

    /// Number and name of the group of a file.
    pub(super) fn group(&self, account: Option<&Account>) -> (u32, String) {
        self.user(account)
    }

    fn name(&self, id: u32) -> String {
        let known = self.0.iter().find(|(_, known)| **known == id);
        match known {
            Some((name, _)) => name.clone(),
            None if id == 0 => OWN.to_owned(),
            None => String::new(),
        }
    }

    /// A name that nobody gave a number has one as good as any.
    fn id(&self, name: &str) -> u32 {
        let known = self.0.get(name).copied();
        known.unwrap_or(if name == OWN { 0 } else { 1000 })
    }
}
