//! Secret-backed configuration: an option of type `secret` becomes typed content.
//!
//! The option holds the id of a secret that the operator made and granted; its content never stands in the
//! configuration. Four things can be wrong, and a person mends each in another way, so each is an error
//! of its own that names the option. Nothing here knows events.

use crate::{
    hook_command::CommandError,
    metadata::SecretOption,
    model::{Model, SecretContent},
};
use ops_core::{Error, Fault, FaultKind, Probe, Secret, names::SecretId};
use std::fmt;

/// The content of a secret as a type: a struct with a field for each key.
pub trait SecretKeys: Sized {
    /// Reads the keys.
    ///
    /// # Errors
    /// A key is missing: use [`Keys::require`], which names it.
    fn read(keys: &Keys<'_>) -> Result<Self, SecretConfigError>;
}

/// The keys of one secret, for [`SecretKeys::read`].
#[derive(Debug)]
pub struct Keys<'a> {
    option: &'static str,
    content: &'a SecretContent,
}

impl Keys<'_> {
    /// The value under a key that must be there.
    ///
    /// # Errors
    /// [`SecretConfigError`] that names the option and the key.
    pub fn require(&self, key: &'static str) -> Result<Secret, SecretConfigError> {
        let value = self.content.get(key).cloned();
        value.ok_or_else(|| SecretConfigError::new(self.option, Problem::LacksKey(key)))
    }

    /// The value under a key that may be missing.
    #[must_use]
    pub fn optional(&self, key: &str) -> Option<Secret> {
        self.content.get(key).cloned()
    }
}

/// What is wrong with a secret option. The text is fit for a status: it names the option.
#[derive(Debug)]
pub struct SecretConfigError {
    option: &'static str,
    problem: Problem,
    class: Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    NotSet,
    NotAnId,
    NotFound,
    NotGranted,
    LacksKey(&'static str),
}

impl SecretConfigError {
    fn new(option: &'static str, problem: Problem) -> Self {
        let (kind, hint) = match problem {
            Problem::NotSet => (FaultKind::Blocked, "set the option to the id of a secret"),
            Problem::NotAnId => {
                (FaultKind::Blocked, "set the option to secret:<id>, not to a name")
            }
            Problem::NotFound => (FaultKind::Blocked, "the id names no secret of this model"),
            Problem::NotGranted => (FaultKind::Denied, "grant it with juju grant-secret"),
            Problem::LacksKey(_) => (FaultKind::Blocked, "add the key with juju update-secret"),
        };
        Self { option, problem, class: Error::new(kind, hint) }
    }

    /// The option.
    #[must_use]
    pub fn option(&self) -> &'static str {
        self.option
    }

    /// Whether the option has no value.
    #[must_use]
    pub fn is_not_set(&self) -> bool {
        self.problem == Problem::NotSet
    }

    /// Whether there is no such secret.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.problem == Problem::NotFound
    }

    /// Whether the secret was not granted to this application.
    #[must_use]
    pub fn is_not_granted(&self) -> bool {
        self.problem == Problem::NotGranted
    }

    /// The key that the secret lacks.
    #[must_use]
    pub fn missing_key(&self) -> Option<&'static str> {
        match self.problem {
            Problem::LacksKey(key) => Some(key),
            _ => None,
        }
    }
}

impl fmt::Display for SecretConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret {} ", self.option)?;
        match self.problem {
            Problem::NotSet => f.write_str("is not set"),
            Problem::NotAnId => f.write_str("is not a secret id"),
            Problem::NotFound => f.write_str("not found"),
            Problem::NotGranted => f.write_str("is not granted"),
            Problem::LacksKey(key) => write!(f, "lacks key {key}"),
        }
    }
}

impl std::error::Error for SecretConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.class)
    }
}

/// Reads the content of a secret option.
///
/// # Errors
/// A [`SecretConfigError`] when the option, the grant or the content is not as it should be; what
/// `secret-get` said otherwise.
pub fn read<C: SecretKeys>(model: &Model, option: &SecretOption) -> Result<C, Fault> {
    read_with(option, |id| model.secret(id), C::read)
}

fn read_with<T>(
    option: &SecretOption,
    get: impl FnOnce(&SecretId) -> Probe<SecretContent>,
    take: impl FnOnce(&Keys<'_>) -> Result<T, SecretConfigError>,
) -> Result<T, Fault> {
    let wrong = |problem| SecretConfigError::new(option.option(), problem);
    let id = option.id().ok_or_else(|| wrong(Problem::NotSet))?;
    let id = SecretId::parse(id).map_err(|_| wrong(Problem::NotAnId))?;
    match get(&id) {
        Probe::Present(content) => Ok(take(&Keys { option: option.option(), content: &content })?),
        Probe::Absent => Err(wrong(Problem::NotFound).into()),
        Probe::Failed(fault) if fault.find().is_some_and(CommandError::is_denied) => {
            Err(wrong(Problem::NotGranted).into())
        }
        Probe::Failed(fault) => Err(fault),
    }
}

impl Model {
    /// One key of a secret option, for a secret of which a charm needs no more.
    pub fn secret_option_key(&self, option: &SecretOption, key: &'static str) -> Probe<Secret> {
        probe(read_with(option, |id| self.secret(id), |keys| keys.require(key)))
    }

    /// The content of a secret option. Absent: the option has no value. See [`read`] for the rest.
    pub fn secret_option<C: SecretKeys>(&self, option: &SecretOption) -> Probe<C> {
        probe(read(self, option))
    }

    /// As [`secret_option`](Self::secret_option), when nothing runs with an earlier content: see
    /// [`secret_afresh`](Self::secret_afresh).
    pub fn secret_option_afresh<C: SecretKeys>(&self, option: &SecretOption) -> Probe<C> {
        probe(read_with(option, |id| self.secret_afresh(id), C::read))
    }
}

fn probe<T>(read: Result<T, Fault>) -> Probe<T> {
    match read {
        Ok(content) => Probe::Present(content),
        Err(fault) if fault.find().is_some_and(SecretConfigError::is_not_set) => Probe::Absent,
        Err(fault) => Probe::Failed(fault),
    }
}
