//! Secrets: who owns them, who may read them, and which revision each reader follows.

use super::{super::time::Timestamp, Model, ModelError, application_of};
use ops_core::names::{ApplicationName, RelationId, SecretId, UnitName};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// What a secret holds: values by key, shared and never printed by `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Content(pub Arc<BTreeMap<String, String>>);

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Content {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(Arc::new(entries.into_iter().map(|(k, v)| (k.into(), v.into())).collect()))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A secret in the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Who owns it.
    pub owner: Owner,
    /// The owner's label; empty without one.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Revisions by number, the newest last. A removed one is gone.
    pub revisions: BTreeMap<u64, Revision>,
    /// How often it is due for rotation.
    pub rotate: Rotate,
    /// When it is due for rotation next.
    pub rotates: Option<Timestamp>,
    /// Who else may read it.
    pub grants: BTreeMap<Grantee, Access>,
    /// Who has read it.
    pub consumers: BTreeMap<UnitName, Consumer>,
}

/// One revision of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its content.
    pub content: Content,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
}

/// Who owns a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// An application: its leader manages it, all its units read it.
    Application(ApplicationName),
    /// One unit.
    Unit(UnitName),
    /// The person who runs the model.
    Model,
}

/// Who is allowed to read a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grantee {
    /// All units of an application.
    Application(ApplicationName),
    /// One unit.
    Unit(UnitName),
}

impl From<Grantee> for String {
    fn from(grantee: Grantee) -> Self {
        match grantee {
            Grantee::Application(name) => name.to_string(),
            Grantee::Unit(name) => name.to_string(),
        }
    }
}

impl TryFrom<String> for Grantee {
    type Error = ops_core::names::NameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.contains('/') {
            UnitName::new(text).map(Self::Unit)
        } else {
            ApplicationName::new(text).map(Self::Application)
        }
    }
}

/// On what terms somebody may read a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The relation that carries the grant: without it, it ends. `None` for what a person granted.
    pub relation: Option<RelationId>,
}

/// A reader of a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// The revision it follows.
    pub tracked: u64,
    /// The label it gave the secret; empty without one.
    pub label: String,
}

/// How often a secret is due for rotation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotate {
    /// Never.
    #[default]
    Never,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
    /// Every year.
    Yearly,
}

impl Rotate {
    /// As Juju spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    /// Reads Juju's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Never,
            Self::Hourly,
            Self::Daily,
            Self::Weekly,
            Self::Monthly,
            Self::Quarterly,
            Self::Yearly,
        ];
        all.into_iter().find(|rotate| rotate.as_str() == text)
    }

    /// When the next rotation is due. A month counts as 30 days here.
    #[must_use]
    pub fn after(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self {
            Self::Never => return None,
            Self::Hourly => return Some(now.plus(3600)),
            Self::Daily => 1,
            Self::Weekly => 7,
            Self::Monthly => 30,
            Self::Quarterly => 91,
            Self::Yearly => 365,
        };
        Some(now.plus(days * 86_400))
    }
}

impl Secret {
    /// A secret with its first revision.
    #[must_use]
    pub fn new(owner: Owner, content: Content, now: Timestamp) -> Self {
        let revision = Revision { content, created: now, expires: None };
        Self {
            owner,
            label: String::new(),
            description: String::new(),
            revisions: BTreeMap::from([(1, revision)]),
            rotate: Rotate::Never,
            rotates: None,
            grants: BTreeMap::new(),
            consumers: BTreeMap::new(),
        }
    }

    /// The number of the newest revision; 0 if all were removed.
    #[must_use]
    pub fn latest(&self) -> u64 {
        self.revisions.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// The content of the newest revision.
    #[must_use]
    pub fn latest_content(&self) -> Option<&Content> {
        self.revisions.last_key_value().map(|(_, revision)| &revision.content)
    }

    /// Whether the unit may change it: it owns it, or leads the application that does.
    #[must_use]
    pub fn is_managed_by(&self, unit: &UnitName, leader: bool) -> bool {
        match &self.owner {
            Owner::Unit(owner) => owner == unit,
            Owner::Application(owner) => leader && owner == application_of(unit),
            Owner::Model => false,
        }
    }

    /// Whether the unit may read it: it owns it, belongs to the owner, or was granted it.
    #[must_use]
    pub fn is_readable_by(&self, unit: &UnitName) -> bool {
        let application = application_of(unit);
        match &self.owner {
            Owner::Unit(owner) if owner == unit => return true,
            Owner::Application(owner) if owner == application => return true,
            _ => {}
        }
        self.grants.keys().any(|grantee| match grantee {
            Grantee::Application(name) => name == application,
            Grantee::Unit(name) => name == unit,
        })
    }

    /// Revisions before the newest that no reader follows: what `secret-remove` is about.
    pub fn unused_revisions(&self) -> impl Iterator<Item = u64> + '_ {
        let latest = self.latest();
        self.revisions.keys().copied().filter(move |revision| {
            *revision != latest && !self.consumers.values().any(|c| c.tracked == *revision)
        })
    }
}

impl Model {
    /// Adds a user secret, as `juju add-secret` does. Nobody may read it yet.
    ///
    /// # Errors
    /// The name is taken.
    pub fn add_secret(&mut self, name: &str, content: Content) -> Result<SecretId, ModelError> {
        let taken = self
            .secrets
            .values()
            .any(|secret| secret.owner == Owner::Model && !name.is_empty() && secret.label == name);
        if taken {
            return Err(ModelError(format!("secret with name {name:?} already exists")));
        }
        let mut secret = Secret::new(Owner::Model, content, self.now);
        name.clone_into(&mut secret.label);
        self.insert_secret(secret)
    }

    /// Adds a secret of any owner under the next id: for applications that run no charm here.
    ///
    /// # Errors
    /// No id could be made.
    pub fn insert_secret(&mut self, secret: Secret) -> Result<SecretId, ModelError> {
        let id = self.next_secret().ok_or_else(|| ModelError("no id for a secret".to_owned()))?;
        self.secrets.insert(id.clone(), secret);
        Ok(id)
    }

    /// Whoever is removed owns no secret any more, reads none, and may read none.
    pub(crate) fn forget_in_secrets(&mut self, removed: &Owner) {
        self.secrets.retain(|_, secret| secret.owner != *removed);
        for secret in self.secrets.values_mut() {
            match removed {
                Owner::Application(name) => {
                    secret.grants.remove(&Grantee::Application(name.clone()));
                }
                Owner::Unit(name) => {
                    secret.grants.remove(&Grantee::Unit(name.clone()));
                    secret.consumers.remove(name);
                }
                Owner::Model => {}
            }
        }
    }

    /// Gives a secret a new revision, as its owner would.
    ///
    /// # Errors
    /// There is no such secret.
    pub fn update_secret(&mut self, id: &SecretId, content: Content) -> Result<u64, ModelError> {
        let now = self.now;
        let secret = self.secret_mut(id)?;
        let number = secret.latest() + 1;
        secret.revisions.insert(number, Revision { content, created: now, expires: None });
        Ok(number)
    }

    /// Lets an application or unit read a secret, as `juju grant-secret` (without a relation) or an
    /// owner's `secret-grant` (with one) does.
    ///
    /// # Errors
    /// There is no such secret.
    pub fn grant_secret(
        &mut self,
        id: &SecretId,
        grantee: Grantee,
        relation: Option<RelationId>,
    ) -> Result<(), ModelError> {
        self.secret_mut(id)?.grants.insert(grantee, Access { relation });
        Ok(())
    }

    /// Ends a grant.
    ///
    /// # Errors
    /// There is no such secret.
    pub fn revoke_secret(&mut self, id: &SecretId, grantee: &Grantee) -> Result<(), ModelError> {
        self.secret_mut(id)?.grants.remove(grantee);
        Ok(())
    }

    /// Every value of every revision of every secret.
    pub fn secret_values(&self) -> impl Iterator<Item = (&SecretId, &str, &str)> + '_ {
        self.secrets.iter().flat_map(|(id, secret)| {
            secret.revisions.values().flat_map(move |revision| {
                revision
                    .content
                    .0
                    .iter()
                    .map(move |(key, value)| (id, key.as_str(), value.as_str()))
            })
        })
    }

    /// The secret with this id, to be changed.
    ///
    /// # Errors
    /// There is none.
    pub fn secret_mut(&mut self, id: &SecretId) -> Result<&mut Secret, ModelError> {
        self.secrets.get_mut(id).ok_or_else(|| ModelError::not_found("secret", id.bare()))
    }
}
