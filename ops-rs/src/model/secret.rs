//! Secrets: those this charm owns, and those it observes. They are different types, because what may be
//! done with them differs.
//!
//! Looking at a secret does not change the model, with one exception that Juju demands: the first plain
//! read of an observed secret registers this unit as its observer, without which no `secret-changed`
//! arrives. Moving on to a new revision is a step of apply, taken after the content was put to use;
//! otherwise the owner would delete a revision that still runs.

use super::{Memo, Model};
use crate::hook_command::{self, NewSecret, Read, SecretRef, SecretUpdate};
use ops_core::{Error, Fault, FaultKind, Probe, Secret, names::SecretId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, rc::Rc};

type Keys = BTreeMap<String, Secret>;

/// The content of a secret that somebody else owns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SecretContent {
    id: SecretId,
    keys: Rc<Keys>,
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
    keys: Rc<Keys>,
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

/// What is remembered of an observed secret from one dispatch to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// A new revision was announced and is not in use yet.
    refresh: bool,
}

const DOCUMENT: &str = "ops.secrets";
const VERSION: u32 = 1;

#[derive(Debug, Default)]
pub(super) struct Secrets {
    observed: Memo<SecretId, Option<SecretContent>>,
    owned: Memo<String, Option<OwnedSecret>>,
    owned_ids: Memo<String, Option<SecretId>>,
}

impl Model {
    /// The latest content of a secret that somebody else owns. Absent: there is no such secret.
    ///
    /// Denied when it was not granted. See the [module](self) for what reading does and does not do.
    pub fn secret(&self, id: &SecretId) -> Probe<SecretContent> {
        let answer = self.0.secrets.observed.get(id.clone(), || {
            let mut remembered = self.remembered()?;
            if !remembered.contains_key(id) {
                if absent(hook_command::secret_get(&self.0.juju, SecretRef::Id(id), Read::Tracked))?
                    .is_none()
                {
                    return Ok(None);
                }
                remembered.insert(id.clone(), Remembered::default());
                self.0.store.set(DOCUMENT, VERSION, &remembered)?;
            }
            let keys =
                absent(hook_command::secret_get(&self.0.juju, SecretRef::Id(id), Read::Peek))?;
            Ok(keys.map(|keys| SecretContent { id: id.clone(), keys: Rc::new(keys) }))
        });
        answer.into()
    }

    /// The latest content of a secret of this charm. Absent: it was not created yet.
    pub fn owned_secret(&self, label: &str) -> Probe<OwnedSecret> {
        let answer = self.0.secrets.owned.get(label.to_owned(), || {
            let keys = hook_command::secret_get(&self.0.juju, SecretRef::Label(label), Read::Peek);
            let owned = |keys| OwnedSecret { label: label.to_owned(), keys: Rc::new(keys) };
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
            let owned = OwnedSecret { label: label.clone(), keys: Rc::new(keys) };
            self.0.secrets.owned.put(label.clone(), Some(owned));
            self.0.secrets.owned_ids.put(label.clone(), Some(id.clone()));
        }
        Ok(id)
    }

    /// Gives a secret of this charm new content.
    pub(crate) fn set_secret(&self, label: &str, keys: Keys) -> Result<(), Fault> {
        let Probe::Present(id) = self.owned_secret_id(label) else {
            return Err(Fault::bug(format!("there is no secret labelled {label} to change")));
        };
        hook_command::secret_set(&self.0.juju, &id, &SecretUpdate::default(), Some(&keys))?;
        let owned = OwnedSecret { label: label.to_owned(), keys: Rc::new(keys) };
        self.0.secrets.owned.put(label.to_owned(), Some(owned));
        Ok(())
    }

    /// Takes note of `secret-changed`, for a secret that this unit reads.
    pub(crate) fn secret_has_changed(&self, id: &SecretId) -> Result<(), Fault> {
        let mut remembered = self.remembered()?;
        if let Some(memory) = remembered.get_mut(id) {
            memory.refresh = true;
            self.0.store.set(DOCUMENT, VERSION, &remembered)?;
        }
        Ok(())
    }

    /// Moves on to the revision whose content is in use now.
    pub(crate) fn secret_in_use(&self, id: &SecretId) -> Result<bool, Fault> {
        let mut remembered = self.remembered()?;
        match remembered.get_mut(id) {
            Some(memory) if memory.refresh => memory.refresh = false,
            _ => return Ok(false),
        }
        hook_command::secret_get(&self.0.juju, SecretRef::Id(id), Read::Refresh)?;
        self.0.store.set(DOCUMENT, VERSION, &remembered)?;
        Ok(true)
    }

    /// Whether this dispatch read the secret as an observer.
    pub(crate) fn observes(&self, id: &SecretId) -> bool {
        self.0.secrets.observed.known(id)
    }

    fn remembered(&self) -> Result<BTreeMap<SecretId, Remembered>, Fault> {
        Ok(self.0.store.get(DOCUMENT, VERSION)?.unwrap_or_default())
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

fn absent<T>(result: Result<T, hook_command::CommandError>) -> Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
