//! What two worlds are compared by: facts, without what only tells how they came about.
//!
//! Ids of relations and secrets become the names of what they are, contents of secrets the names of
//! their keys. Histories, times, counters and logs are no facts. One walk serves both uses: a number that
//! is the same for the same facts, and lines for people. Nothing here runs a hook.

mod agents;
mod hooks;
mod names;
mod workload;

use crate::{
    emulator::juju::{ConfigValue, Databag, Model, Owner, Relation, Secret, Status, StatusRecord},
    engine::Engine,
    state::deferred::{self, Deferred},
};
use names::Names;
use ops_core::names::UnitName;
use std::{
    borrow::Cow,
    collections::BTreeSet,
    hash::{DefaultHasher, Hasher as _},
};

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What is there for whoever looks from outside.
    End,
    /// Everything that decides what happens next, too.
    Whole,
}

/// A number that two engines have in common if their facts are the same.
pub(super) fn fingerprint(engine: &Engine, depth: Depth, ignored: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    walk(engine, depth, &mut |place, what, value| {
        if is_ignored(ignored, place, what) {
            return;
        }
        for text in place.iter().chain([&what, &value]) {
            hasher.write(text.as_bytes());
            hasher.write_u8(0xff);
        }
        hasher.write_u8(0xfe);
    });
    hasher.finish()
}

/// The facts as lines for people: where, what, and the value.
pub(super) fn facts(engine: &Engine, depth: Depth, ignored: &[String]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    walk(engine, depth, &mut |place, what, value| {
        if is_ignored(ignored, place, what) {
            return;
        }
        let place = line(place, what);
        if value.is_empty() {
            lines.insert(place);
            return;
        }
        let is_text = value.contains('\n');
        for line in value.lines() {
            let space = if is_text { " | " } else { " " };
            lines.insert(format!("{place}{space}{line}"));
        }
    });
    lines
}

fn line(place: &[&str], what: &str) -> String {
    format!("{}: {what}", place.join(", "))
}

fn is_ignored(ignored: &[String], place: &[&str], what: &str) -> bool {
    !ignored.is_empty() && {
        let line = line(place, what);
        ignored.iter().any(|start| line.starts_with(start))
    }
}

/// Takes one fact: where, what, and the value.
type Sink<'s> = dyn FnMut(&[&str], &str, &str) + 's;

fn walk(engine: &Engine, depth: Depth, sink: &mut Sink<'_>) {
    let names = Names::of(engine.model());
    let walk = Walk { engine, model: engine.model(), names: &names, depth };
    let sink: &mut Sink<'_> = &mut |place, what, value| sink(place, what, &names.replaced(value));
    walk.applications(sink);
    walk.units(sink);
    walk.relations(sink);
    walk.secrets(sink);
    if depth == Depth::Whole {
        walk.agents(sink);
    }
}

struct Walk<'e> {
    engine: &'e Engine,
    model: &'e Model,
    names: &'e Names,
    depth: Depth,
}

impl Walk<'_> {
    fn applications(&self, sink: &mut Sink<'_>) {
        for (name, application) in &self.model.applications {
            let place = [name.as_str()];
            for (option, value) in application.config.iter() {
                sink(&[name.as_str(), "option"], option, &option_text(value));
            }
            flag(sink, &place, "is trusted", application.trusted);
            flag(sink, &place, "is being removed", application.dying);
            text(sink, &place, "workload version", &application.workload_version);
            application.status.iter().for_each(|record| status(sink, &place, record));
            text(sink, &place, "leader", application.leader.as_ref().map_or("", UnitName::as_str));
        }
    }

    fn units(&self, sink: &mut Sink<'_>) {
        for (name, unit) in &self.model.units {
            let place = [name.as_str()];
            status(sink, &place, &unit.status);
            flag(sink, &place, "is being removed", unit.dying);
            for port in &unit.ports {
                let endpoint = port.endpoint.as_deref().unwrap_or_default();
                sink(&[name.as_str(), "open port"], &port.range.to_string(), endpoint);
            }
            for (key, value) in &unit.state {
                let queue = Some(value).filter(|_| deferred::is_queue(key));
                match queue.and_then(|text| deferred::read(text).ok()) {
                    Some(queue) => self.deferred(name, queue, sink),
                    None => sink(&[name.as_str(), "state"], key, value),
                }
            }
            for (id, storage) in &unit.storage {
                flag(sink, &[name.as_str(), "storage"], id, storage.attached);
            }
            for (binding, network) in &unit.networks {
                let address = network.ingress_address().unwrap_or_default();
                text(sink, &[name.as_str(), "address"], binding, address);
            }
            self.workload(name, sink);
        }
    }

    /// How often an event was tried is a counter. In which order those came that still wait in the end tells
    /// only how it came about.
    fn deferred(&self, unit: &UnitName, queue: Vec<Deferred>, sink: &mut Sink<'_>) {
        let waits = queue.into_iter().map(|waits| (self.event(&waits.event), waits.why));
        let mut waits: Vec<_> = waits.collect();
        if self.depth == Depth::End {
            waits.sort_unstable();
        }
        waits.iter().for_each(|(event, why)| sink(&[unit.as_str(), "deferred"], event, why));
    }

    fn relations(&self, sink: &mut Sink<'_>) {
        for (name, relation) in self.names.relations(self.model) {
            flag(sink, &[name], "is being removed", relation.dying);
            flag(sink, &[name], "is suspended", relation.suspended);
            for side in &relation.sides {
                let writer = side.application.as_str();
                databag(sink, &[name, "databag of", writer], &side.settings);
                for (unit, member) in &side.units {
                    if member.in_scope {
                        sink(&[name], "has joined:", unit.as_str());
                        databag(sink, &[name, "databag of", unit.as_str()], &member.settings);
                    }
                }
            }
        }
    }

    fn secrets(&self, sink: &mut Sink<'_>) {
        for (name, secret) in self.names.secrets(self.model) {
            let place = [name];
            text(sink, &place, "description", &secret.description);
            text(sink, &place, "rotate", secret.rotate.as_str());
            self.content(secret, name, sink);
            for (grantee, access) in &secret.grants {
                let relation = access.relation.and_then(|id| self.names.relation(id));
                let grantee = String::from(grantee.clone());
                sink(&[name, "granted to"], &grantee, relation.unwrap_or_default());
            }
            for (unit, consumer) in &secret.consumers {
                let is_newest = consumer.tracked == secret.latest();
                // That somebody has read it, and has the newest, is no difference to anybody.
                if is_newest && self.depth == Depth::End {
                    continue;
                }
                let revision = if is_newest { "newest" } else { "older" };
                sink(&[name, "followed by"], unit.as_str(), revision);
                text(sink, &[name, "label of"], unit.as_str(), &consumer.label);
            }
            if self.depth == Depth::Whole {
                let due = secret.rotates.map(|at| at.0 - self.model.now.0);
                sink(&place, "rotates in", &format!("{due:?}"));
                let age = |(number, revision): (&u64, &crate::emulator::juju::Revision)| {
                    let expires = revision.expires.map(|at| at.0 - self.model.now.0);
                    (secret.latest() - number, expires)
                };
                let revisions: Vec<_> = secret.revisions.iter().map(age).collect();
                sink(&place, "revisions", &format!("{revisions:?}"));
            }
        }
    }

    /// What a charm makes may be random: only the keys are compared.
    fn content(&self, secret: &Secret, name: &str, sink: &mut Sink<'_>) {
        let Some(content) = secret.latest_content() else { return };
        for (key, value) in content.0.iter() {
            let is_given = self.depth == Depth::Whole
                || secret.owner == Owner::Model
                || !self.engine.runs_charm(&secret.owner);
            let digest = if is_given { digest(value) } else { String::new() };
            sink(&[name, "key"], key, &digest);
        }
    }
}

fn option_text(value: &ConfigValue) -> Cow<'_, str> {
    match value {
        ConfigValue::Boolean(value) => Cow::Owned(value.to_string()),
        ConfigValue::Int(value) => Cow::Owned(value.to_string()),
        ConfigValue::Float(value) => Cow::Owned(value.to_string()),
        ConfigValue::Text(text) => Cow::Borrowed(text),
    }
}

/// Tells contents apart without showing them.
fn digest(value: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(value.as_bytes());
    format!("#{:08x}", hasher.finish() >> 32)
}

fn flag(sink: &mut Sink<'_>, place: &[&str], what: &str, is_so: bool) {
    if is_so {
        sink(place, what, "");
    }
}

fn text(sink: &mut Sink<'_>, place: &[&str], what: &str, value: &str) {
    if !value.is_empty() {
        sink(place, what, value);
    }
}

fn status(sink: &mut Sink<'_>, place: &[&str], record: &StatusRecord) {
    let Status { name, message } = &record.status;
    sink(place, "status", name.as_str());
    text(sink, place, "status message", message);
}

fn databag(sink: &mut Sink<'_>, place: &[&str], bag: &Databag) {
    bag.iter().for_each(|(key, value)| sink(place, key, value));
}

/// The ends of a relation, whatever its id is.
fn ends(relation: &Relation) -> String {
    let end =
        |side: &crate::emulator::juju::Side| format!("{}:{}", side.application, side.endpoint);
    let mut ends: Vec<String> = relation.sides.iter().map(end).collect();
    ends.sort_unstable();
    format!("relation {}", ends.join(" "))
}
