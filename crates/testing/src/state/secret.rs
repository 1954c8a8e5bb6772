//! One secret, as far as a unit can see it.

use crate::emulator::juju::{Access, Content, Grantee, Revision, Rotate, Timestamp};
use ops_core::names::{ApplicationName, RelationId, SecretId, UnitName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One secret. Its contents are not printed by `Debug`, but they are part of what serde writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Secret {
    /// Its id.
    pub id: SecretId,
    /// Who owns it.
    pub owner: Owner,
    /// The label that its owner gave it; empty without one.
    #[serde(default)]
    pub label: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The revisions by number, the newest last.
    pub revisions: BTreeMap<u64, Revision>,
    /// How often it is due for rotation.
    #[serde(default)]
    pub rotate: Rotate,
    /// When it is due for rotation next.
    #[serde(default)]
    pub rotates: Option<Timestamp>,
    /// Whether this application may read it, if somebody else owns it.
    #[serde(default)]
    pub granted: bool,
    /// The relation that carries this application's grant; `None` for what a person granted.
    #[serde(default)]
    pub granted_through: Option<RelationId>,
    /// Who else may read it.
    #[serde(default)]
    pub grants: BTreeMap<Grantee, Access>,
    /// The revision that this unit follows, once it has read it.
    #[serde(default)]
    pub tracked: Option<u64>,
    /// The label that this unit gave it as a reader; empty without one.
    #[serde(default)]
    pub consumer_label: String,
}

/// Who owns a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// This application.
    Application,
    /// This unit.
    Unit,
    /// The operator.
    Operator,
    /// Another application.
    OtherApplication(ApplicationName),
    /// Another unit.
    OtherUnit(UnitName),
}

impl Secret {
    /// A secret of the operator, granted to this application.
    #[must_use]
    pub fn granted(id: &SecretId, keys: &[(&str, &str)]) -> Self {
        Self { granted: true, ..Self::new(id, Owner::Operator, "", keys) }
    }

    /// A secret of the operator that nobody granted to this application.
    #[must_use]
    pub fn withheld(id: &SecretId, keys: &[(&str, &str)]) -> Self {
        Self::new(id, Owner::Operator, "", keys)
    }

    /// A secret of another application, granted to this one through a relation with it.
    #[must_use]
    pub fn granted_through(
        relation: &super::Relation,
        id: &SecretId,
        keys: &[(&str, &str)],
    ) -> Self {
        let owner = Owner::OtherApplication(relation.application.clone());
        let granted_through = Some(relation.id);
        Self { granted: true, granted_through, ..Self::new(id, owner, "", keys) }
    }

    /// A secret of this application, by its label.
    #[must_use]
    pub fn owned(id: &SecretId, label: &str, keys: &[(&str, &str)]) -> Self {
        Self::new(id, Owner::Application, label, keys)
    }

    /// A secret of this unit, by its label.
    #[must_use]
    pub fn owned_by_unit(id: &SecretId, label: &str, keys: &[(&str, &str)]) -> Self {
        Self::new(id, Owner::Unit, label, keys)
    }

    /// The content of the latest revision.
    #[must_use]
    pub fn latest(&self) -> Option<&BTreeMap<String, String>> {
        self.revisions.values().next_back().map(|revision| &*revision.content.0)
    }

    /// The number of the latest revision; 0 if all were removed.
    #[must_use]
    pub fn latest_revision(&self) -> u64 {
        self.revisions.keys().next_back().copied().unwrap_or_default()
    }

    /// Another revision, which is the latest now.
    #[must_use]
    pub fn revised(mut self, keys: &[(&str, &str)]) -> Self {
        self.revisions.insert(self.latest_revision() + 1, revision(keys));
        self
    }

    /// What it is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// How often it is due for rotation, and when next.
    #[must_use]
    pub fn rotate(mut self, rotate: Rotate, next: Timestamp) -> Self {
        self.rotate = rotate;
        self.rotates = Some(next);
        self
    }

    /// When its latest revision expires.
    #[must_use]
    pub fn expires(mut self, at: Timestamp) -> Self {
        if let Some(mut latest) = self.revisions.last_entry() {
            latest.get_mut().expires = Some(at);
        }
        self
    }

    /// Its owner granted it to the other application of a relation.
    #[must_use]
    pub fn granted_to(mut self, relation: &super::Relation) -> Self {
        let access = Access { relation: Some(relation.id) };
        self.grants.insert(Grantee::Application(relation.application.clone()), access);
        self
    }

    /// Its owner granted it to one unit of the other application of a relation.
    #[must_use]
    pub fn granted_to_unit(mut self, relation: &super::Relation, number: u32) -> Self {
        if let Ok(unit) = UnitName::new(format!("{}/{number}", relation.application)) {
            let access = Access { relation: Some(relation.id) };
            self.grants.insert(Grantee::Unit(unit), access);
        }
        self
    }

    /// This unit has read it, and follows this revision since.
    #[must_use]
    pub fn tracked(mut self, revision: u64) -> Self {
        self.tracked = Some(revision);
        self
    }

    /// This unit has read it, follows this revision, and calls it by this label.
    #[must_use]
    pub fn tracked_as(mut self, revision: u64, label: impl Into<String>) -> Self {
        self.consumer_label = label.into();
        self.tracked(revision)
    }

    /// The label by which this unit calls it: its own as a reader, or the owner's.
    #[must_use]
    pub(crate) fn seen_label(&self) -> &str {
        if self.consumer_label.is_empty() { &self.label } else { &self.consumer_label }
    }

    fn new(id: &SecretId, owner: Owner, label: &str, keys: &[(&str, &str)]) -> Self {
        Self {
            id: id.clone(),
            owner,
            label: label.to_owned(),
            description: String::new(),
            revisions: BTreeMap::from([(1, revision(keys))]),
            rotate: Rotate::Never,
            rotates: None,
            granted: false,
            granted_through: None,
            grants: BTreeMap::new(),
            tracked: None,
            consumer_label: String::new(),
        }
    }
}

fn revision(keys: &[(&str, &str)]) -> Revision {
    let content: Content = keys.iter().copied().collect();
    Revision { content, created: Timestamp::BEGINNING, expires: None }
}
