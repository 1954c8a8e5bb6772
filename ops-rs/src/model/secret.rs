//! Secrets: those this charm owns, and those it observes. They are different types, because what may be
//! done with them differs.
//!
//! An observed secret is read twice: plainly, which tells the revision that this unit follows and, the
//! first time, registers it as an observer, without which no `secret-changed` arrives; and with `--peek`,
//! which tells the latest. If they differ, moving on is a step of apply, taken after the content was put
//! to use; otherwise the owner would delete a revision that still runs. Nothing has to be remembered.

use super::{Memo, Model};
use crate::hook_command::{self, NewSecret, Read, SecretRef, SecretUpdate};
use ops_core::{Error, Fault, FaultKind, Probe, Secret, names::SecretId};
use serde::Serialize;
use std::{cell::RefCell, collections::BTreeMap, collections::BTreeSet, sync::Arc};

type Keys = BTreeMap<String, Secret>;

/// The content of a secret that somebody else owns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SecretContent {
    id: SecretId,
    keys: Arc<Keys>,
}

impl SecretContent {
    /// The secret's id.
    #[must_use]
    pub fn id(&self) -> &SecretId {
        &self.id
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Secret> {
        self.keys.get(key)
    }
}

/// A secret of this charm, found by its label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnedSecret {
    label: String,
    keys: Arc<Keys>,
}

impl OwnedSecret {
    /// The label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The value under a key, of the latest revision.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Secret> {
        self.keys.get(key)
    }
}

/// An observed secret, and whether this unit follows an older revision than the latest.
#[derive(Debug, Clone)]
struct Observed {
    latest: SecretContent,
    is_behind: bool,
}

#[derive(Debug, Default)]
pub(super) struct Secrets {
    observed: Memo<SecretId, Option<Observed>>,
    owned: Memo<String, Option<OwnedSecret>>,
    owned_ids: Memo<String, Option<SecretId>>,
    /// The secrets of this charm that change, by label.
    changed: RefCell<BTreeMap<String, (SecretId, Keys)>>,
    /// The revisions that go; `None` is all of them.
    removed: RefCell<BTreeSet<(SecretId, Option<u64>)>>,
}

impl Secrets {
    pub(super) fn discard(&self) {
        for (label, _) in std::mem::take(&mut *self.changed.borrow_mut()) {
            self.owned.forget(&label);
        }
        self.removed.borrow_mut().clear();
    }
}

impl Model {
    /// The latest content of a secret that somebody else owns. Absent: there is no such secret.
    ///
    /// Denied when it was not granted. Reading registers this unit as an observer, and does not move it on to
    /// another revision: that happens after a scope has put the content to use.
    pub fn secret(&self, id: &SecretId) -> Probe<SecretContent> {
        self.observed(id).map(|observed| observed.map(|observed| observed.latest)).into()
    }

    /// As [`secret`](Self::secret), for a charm of which nothing runs that was given an earlier content, such
    /// as one whose container has just come up: this unit moves on to the latest revision at once. That is
    /// one command where `secret` takes two.
    ///
    /// If something runs with an earlier revision the secret's owner may delete it under its feet.
    pub fn secret_afresh(&self, id: &SecretId) -> Probe<SecretContent> {
        let observed = self.0.secrets.observed.get(id.clone(), || {
            let keys = hook_command::secret_get(&self.0.juju, SecretRef::Id(id), Read::Refresh);
            let content = |keys| SecretContent { id: id.clone(), keys: Arc::new(keys) };
            Ok(absent(keys)?.map(|keys| Observed { latest: content(keys), is_behind: false }))
        });
        observed.map(|observed| observed.map(|observed| observed.latest)).into()
    }

    fn observed(&self, id: &SecretId) -> Result<Option<Observed>, Fault> {
        self.0.secrets.observed.get(id.clone(), || {
            let read = |how| absent(hook_command::secret_get(&self.0.juju, SecretRef::Id(id), how));
            let Some(followed) = read(Read::Tracked)? else { return Ok(None) };
            let Some(latest) = read(Read::Peek)? else { return Ok(None) };
            let is_behind = followed != latest;
            let latest = SecretContent { id: id.clone(), keys: Arc::new(latest) };
            Ok(Some(Observed { latest, is_behind }))
        })
    }

    /// The latest content of a secret of this charm. Absent: it was not created yet.
    pub fn owned_secret(&self, label: &str) -> Probe<OwnedSecret> {
        let answer = self.0.secrets.owned.get(label.to_owned(), || {
            let keys = hook_command::secret_get(&self.0.juju, SecretRef::Label(label), Read::Peek);
            let owned = |keys| OwnedSecret { label: label.to_owned(), keys: Arc::new(keys) };
            Ok(absent(keys)?.map(owned))
        });
        answer.into()
    }

    /// The id of a secret of this charm, to hand to others. Absent: it was not created yet.
    pub fn owned_secret_id(&self, label: &str) -> Probe<SecretId> {
        let answer = self.0.secrets.owned_ids.get(label.to_owned(), || {
            let info = hook_command::secret_info_get(&self.0.juju, SecretRef::Label(label));
            Ok(absent(info)?.map(|info| info.id))
        });
        answer.into()
    }

    /// Creates a secret. Juju tells its id at once and keeps it if the hook succeeds.
    pub(crate) fn add_secret(&self, new: &NewSecret, keys: Keys) -> Result<SecretId, Fault> {
        let id = hook_command::secret_add(&self.0.juju, new, &keys)?;
        if let Some(label) = &new.label {
            let owned = OwnedSecret { label: label.clone(), keys: Arc::new(keys) };
            self.0.secrets.owned.put(label.clone(), Some(owned));
            self.0.secrets.owned_ids.put(label.clone(), Some(id.clone()));
        }
        Ok(id)
    }

    /// Gives a secret of this charm new content, at commit.
    pub(crate) fn set_secret(&self, label: &str, keys: Keys) -> Result<(), Fault> {
        let id = match self.owned_secret_id(label) {
            Probe::Present(id) => id,
            Probe::Absent => {
                return Err(Fault::bug(format!("there is no secret labelled {label} to change")));
            }
            Probe::Failed(fault) => return Err(fault),
        };
        let owned = OwnedSecret { label: label.to_owned(), keys: Arc::new(keys.clone()) };
        self.0.secrets.owned.put(label.to_owned(), Some(owned));
        self.0.secrets.changed.borrow_mut().insert(label.to_owned(), (id, keys));
        Ok(())
    }

    /// Removes a revision of a secret of this charm, or all of them, at commit.
    pub(crate) fn remove_secret(&self, id: &SecretId, revision: Option<u64>) {
        self.0.secrets.removed.borrow_mut().insert((id.clone(), revision));
    }

    /// Moves on to the latest revision, whose content is in use now, if this dispatch read the secret as an
    /// observer and follows an older one. Returns whether it did.
    pub(crate) fn secret_in_use(&self, id: &SecretId) -> Result<bool, Fault> {
        if !self.0.secrets.observed.known(id) {
            return Ok(false);
        }
        match self.observed(id)? {
            Some(observed) if observed.is_behind => {
                hook_command::secret_get(&self.0.juju, SecretRef::Id(id), Read::Refresh)?;
                let observed = Observed { is_behind: false, ..observed };
                self.0.secrets.observed.put(id.clone(), Some(observed));
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Random bytes as lower-case hexadecimal digits.
    pub(crate) fn random_hex(&self, bytes: usize) -> Result<String, Fault> {
        let mut buffer = vec![0; bytes];
        let filled = self.0.host.randomness.fill(&mut buffer);
        filled.map_err(|error| {
            Error::new(FaultKind::Transient, "the system has no random bytes").because(error)
        })?;
        Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

pub(super) fn flush(model: &Model) -> Vec<Fault> {
    let juju = &model.0.juju;
    let changed = std::mem::take(&mut *model.0.secrets.changed.borrow_mut());
    let removed = std::mem::take(&mut *model.0.secrets.removed.borrow_mut());
    // Juju remembers one of the two for a secret, the later one. A lost removal leaves a revision too
    // many, a lost change would leave the wrong content.
    for (id, _) in changed.values() {
        if removed.iter().any(|(gone, _)| gone == id) {
            log::warn!("{id} is changed and removed in one hook: Juju forgets the removal");
        }
    }
    let set = changed
        .values()
        .map(|(id, keys)| hook_command::secret_set(juju, id, &SecretUpdate::default(), Some(keys)));
    let remove =
        removed.iter().map(|(id, revision)| hook_command::secret_remove(juju, id, *revision));
    remove.chain(set).filter_map(Result::err).map(Fault::from).collect()
}

fn absent<T>(result: Result<T, hook_command::CommandError>) -> Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
