//! Names that relations and secrets have in every world in which the same happened, whatever their ids.

use super::{digest, ends};
use crate::emulator::juju::{Model, Owner, Relation, Secret};
use ops_core::names::{RelationId, SecretId};
use std::borrow::Cow;

/// Shorter contents of secrets are not looked for in other texts: they stand there by chance.
const SHORTEST: usize = 8;

/// The names, in their order; and what stands for ids and contents in texts.
pub(super) struct Names {
    relations: Vec<(String, RelationId)>,
    secrets: Vec<(String, SecretId)>,
    /// What is replaced, longest first, and by what.
    texts: Vec<(String, String)>,
}

impl Names {
    pub(super) fn of(model: &Model) -> Self {
        let relations = model.relations.values().map(|found| (ends(found), found.id));
        let secrets = model.secrets.iter().map(|(id, secret)| (secret_name(secret), id.clone()));
        let (mut relations, mut secrets): (Vec<_>, Vec<_>) =
            (relations.collect(), secrets.collect());
        // Those of one name are told apart by their age.
        relations.sort();
        number(&mut relations);
        secrets.sort_by(|one, other| one.0.cmp(&other.0));
        number(&mut secrets);
        let mut names = Self { relations, secrets, texts: Vec::new() };
        names.texts = names.texts(model);
        names
    }

    fn texts(&self, model: &Model) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for (name, secret) in self.secrets(model) {
            for (age, revision) in secret.revisions.values().rev().enumerate() {
                let long = revision.content.0.iter().filter(|(_, value)| value.len() >= SHORTEST);
                for (key, value) in long {
                    let old = if age == 0 { "" } else { " of an old revision" };
                    texts.push((value.clone(), format!("<{key} of {name}{old}>")));
                }
            }
        }
        for (name, id) in &self.secrets {
            texts.push((id.bare().to_owned(), format!("<{name}>")));
        }
        texts.sort_by(|one, other| other.0.len().cmp(&one.0.len()).then_with(|| one.cmp(other)));
        // A value that two revisions share is that of the newer one, which sorts first.
        texts.dedup_by(|one, other| one.0 == other.0);
        texts
    }

    /// The text with names in the place of ids and of contents of secrets.
    pub(super) fn replaced<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for (found, name) in &self.texts {
            if text.contains(found.as_str()) {
                // YAML quotes digits with an `e` among them, and they are there by chance.
                let bare = text.replace(&format!("\"{found}\""), found);
                text = Cow::Owned(bare.replace(found.as_str(), name));
            }
        }
        text
    }

    pub(super) fn relation(&self, id: RelationId) -> Option<&str> {
        self.relations.iter().find(|(_, other)| *other == id).map(|(name, _)| name.as_str())
    }

    pub(super) fn secret(&self, id: &SecretId) -> Option<&str> {
        self.secrets.iter().find(|(_, other)| other == id).map(|(name, _)| name.as_str())
    }

    /// The relations in the order of their names.
    pub(super) fn relations<'m>(
        &'m self,
        model: &'m Model,
    ) -> impl Iterator<Item = (&'m str, &'m Relation)> {
        self.relations.iter().filter_map(|(name, id)| Some((&**name, model.relations.get(id)?)))
    }

    /// The secrets in the order of their names.
    pub(super) fn secrets<'m>(
        &'m self,
        model: &'m Model,
    ) -> impl Iterator<Item = (&'m str, &'m Secret)> {
        self.secrets.iter().filter_map(|(name, id)| Some((&**name, model.secrets.get(id)?)))
    }
}

fn secret_name(secret: &Secret) -> String {
    let owner = match &secret.owner {
        Owner::Application(name) => name.as_str(),
        Owner::Unit(name) => name.as_str(),
        Owner::Model => "the operator",
    };
    if !secret.label.is_empty() {
        return format!("secret {:?} of {owner}", secret.label);
    }
    let keys: Vec<&str> = secret
        .latest_content()
        .into_iter()
        .flat_map(|content| content.0.keys().map(String::as_str))
        .collect();
    let grants: Vec<String> =
        secret.grants.keys().map(|grantee| String::from(grantee.clone())).collect();
    let about = digest(&format!("{keys:?}{grants:?}{}", secret.description));
    format!("secret {about} of {owner}")
}

fn number<T>(names: &mut [(String, T)]) {
    let mut last = String::new();
    let mut count = 1;
    for (name, _) in names {
        if *name == last {
            count += 1;
            name.push_str(&format!(" ({count})"));
        } else {
            last.clone_from(name);
            count = 1;
        }
    }
}
