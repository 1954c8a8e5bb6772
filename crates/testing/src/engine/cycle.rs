//! Hooks that cause each other for ever: the shortest sequence that repeats itself, and what each of its
//! hooks wrote for the next.

use super::TimelineEntry;
use crate::emulator::juju::{Bag, Effect, Model};
use ops_core::names::UnitName;
use std::fmt;

/// One hook of a sequence that repeats itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Turn {
    /// The unit.
    pub unit: UnitName,
    /// The hook's full name.
    pub hook: String,
    /// What it wrote that others, or a later hook of its own, hear of. Contents of secrets are hidden.
    pub wrote: Vec<String>,
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, hook, wrote } = self;
        match wrote.as_slice() {
            [] => write!(f, "{hook} on {unit} writes nothing that a hook tells of"),
            wrote => write!(f, "{hook} on {unit} writes {}", wrote.join(", ")),
        }
    }
}

/// So often a sequence has to be there to count as one that repeats itself.
const REPEATED: usize = 3;

/// The shortest sequence of hooks that the end of the timeline repeats; empty if there is none.
pub(super) fn cycle(model: &Model, timeline: &[TimelineEntry]) -> Vec<Turn> {
    let length = (1..=timeline.len() / REPEATED).find(|length| {
        let mut tail = timeline.iter().rev().take(length * REPEATED);
        let before = timeline.iter().rev().skip(*length);
        let mut pairs = tail.by_ref().take(length * (REPEATED - 1)).zip(before);
        pairs.all(|(one, other)| is_same(one, other))
    });
    let start = timeline.len().saturating_sub(length.unwrap_or_default());
    let mut turns: Vec<_> = timeline.iter().skip(start).map(|entry| turn(model, entry)).collect();
    // Wherever it was cut, it begins with the same hook.
    if let Some((first, _)) =
        turns.iter().enumerate().min_by_key(|(_, turn)| (&turn.unit, &turn.hook))
    {
        turns.rotate_left(first);
    }
    turns
}

/// Whether both are the same hook about the same unit.
fn is_same(one: &TimelineEntry, other: &TimelineEntry) -> bool {
    (&one.unit, &one.name, one.hook.remote_unit(), one.hook.relation())
        == (&other.unit, &other.name, other.hook.remote_unit(), other.hook.relation())
}

fn turn(model: &Model, entry: &TimelineEntry) -> Turn {
    let wrote = entry.record.effects.iter();
    let wrote = wrote.filter_map(|effect| told(model, &entry.unit, effect)).collect();
    Turn { unit: entry.unit.clone(), hook: entry.name.clone(), wrote }
}

/// Longer values say no more.
const LONGEST: usize = 40;

fn told(model: &Model, unit: &UnitName, effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::RelationData { relation, bag, changes } => {
            let application = unit.application();
            let side = model.relations.get(relation);
            let side = side.and_then(|relation| relation.side(application.as_str()));
            let endpoint = side.map_or("relation", |side| side.endpoint.as_str());
            let owner = match bag {
                Bag::Application => application.to_string(),
                Bag::Unit => unit.to_string(),
            };
            let changes = changes.iter().map(|(key, value)| {
                let value = model.redact(value);
                match value.char_indices().nth(LONGEST) {
                    Some((end, _)) => format!("{key}={}...", value.get(..end).unwrap_or_default()),
                    None => format!("{key}={value}"),
                }
            });
            let changes = changes.collect::<Vec<_>>().join(" ");
            format!("{changes} into {endpoint}:{} for {owner}", relation.number())
        }
        Effect::SecretAdded(id) => format!("a new secret {}", id.bare()),
        Effect::SecretSet(id) => format!("the secret {}", id.bare()),
        Effect::SecretGranted(id, _) => format!("a grant of the secret {}", id.bare()),
        Effect::SecretRevoked(id, _) => format!("the end of a grant of the secret {}", id.bare()),
        Effect::SecretRemoved(id, _) => format!("the end of the secret {}", id.bare()),
        Effect::SecretTracked(id, revision) => {
            format!("that it follows revision {revision} of the secret {}", id.bare())
        }
        Effect::StorageAdded { name, .. } => format!("a request for storage {name}"),
        _ => return None,
    })
}
