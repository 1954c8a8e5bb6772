//! What the agents of the units have been told, and still have to do, without the numbers they count by.

use super::{Sink, Walk, flag, option_text};
use crate::{
    emulator::juju::Relation,
    engine::{Agent, RelationSeen},
};
use ops_core::names::{RelationId, UnitName};

impl Walk<'_> {
    pub(super) fn agents(&self, sink: &mut Sink<'_>) {
        for unit in self.model.units.keys() {
            let Some(agent) = self.engine.agent(unit) else { continue };
            let place = [unit.as_str(), "agent"];
            for (what, is_so) in [
                ("installed", agent.installed),
                ("started", agent.started),
                ("stopped", agent.stopped),
                ("status set", agent.status_set),
                ("upgraded", agent.upgraded),
                ("replaced", agent.replaced),
                ("leads", agent.leads),
                ("update-status", agent.update_status),
            ] {
                flag(sink, &place, what, is_so);
            }
            self.seen(unit, agent, sink);
            for due in self.engine.due_on(unit) {
                sink(&place, "due", &self.hook(&due.hook, unit));
            }
            if let Some(mishap) = self.engine.goes_wrong_next(unit) {
                sink(&place, "goes wrong next", &format!("{mishap:?}"));
            }
            sink(&place, "program", &self.engine.program_of(unit).to_string());
        }
    }

    fn seen(&self, unit: &UnitName, agent: &Agent, sink: &mut Sink<'_>) {
        let place = [unit.as_str(), "agent"];
        if let Some(config) = &agent.config {
            for (option, value) in config.options.iter() {
                sink(&[unit.as_str(), "agent", "option"], option, &option_text(value));
            }
            flag(sink, &place, "config seen", true);
            flag(sink, &place, "trust seen", config.trusted);
        }
        if let Some(leader) = &agent.follows {
            sink(&place, "follows", leader.as_str());
        }
        for (id, seen) in &agent.relations {
            self.relation(*id, unit, seen, sink);
        }
        for (id, revision) in &agent.secrets.changed {
            let Some(secret) = self.model.secrets.get(id) else { continue };
            let behind = secret.latest().saturating_sub(*revision).to_string();
            sink(&[unit.as_str(), "agent", "secret"], self.names.secret(id).unwrap_or(""), &behind);
        }
        for (id, revision) in &agent.secrets.removed {
            let Some(secret) = self.model.secrets.get(id) else { continue };
            let behind = secret.latest().saturating_sub(*revision).to_string();
            sink(
                &[unit.as_str(), "agent", "removed"],
                self.names.secret(id).unwrap_or(""),
                &behind,
            );
        }
        // While a hook is failed, nothing else shows what is offered again.
        let now = self.model.now.0;
        for (id, at) in &agent.secrets.rotated {
            let name = self.names.secret(id).unwrap_or_default();
            sink(&[unit.as_str(), "agent", "rotated"], name, &(at.0 - now).to_string());
        }
        for (id, (revision, at)) in &agent.secrets.expired {
            let Some(secret) = self.model.secrets.get(id) else { continue };
            let told = format!("{} {}", secret.latest().saturating_sub(*revision), at.0 - now);
            let name = self.names.secret(id).unwrap_or_default();
            sink(&[unit.as_str(), "agent", "expired"], name, &told);
        }
        agent.storage.iter().for_each(|id| sink(&place, "storage", id));
        for container in self.engine.containers(unit) {
            let name = container.as_str();
            let is_ready = self.engine.is_ready(unit, container);
            flag(sink, &[unit.as_str(), "agent", "ready"], name, is_ready);
            for hook in self.engine.all_unheard(unit, container) {
                sink(&[unit.as_str(), "agent", "to hear", name], &self.hook(&hook, unit), "");
            }
        }
        for hook in &agent.workload {
            sink(&place, "handed in", &self.hook(hook, unit));
        }
        if let Some(failed) = &agent.failed {
            sink(&place, "failed", &self.hook(&failed.hook, unit));
            sink(&place, "attempts", &failed.attempts.to_string());
            sink(&place, "tried again in", &(failed.retry_at.0 - now).to_string());
        }
    }

    fn relation(&self, id: RelationId, unit: &UnitName, seen: &RelationSeen, sink: &mut Sink<'_>) {
        let Some(name) = self.names.relation(id) else { return };
        let place = [unit.as_str(), "agent", name];
        let application = unit.application();
        let other = self.model.relations.get(&id);
        let other = other.and_then(|found: &Relation| found.other_side(application.as_str()));
        sink(&place, "joined", seen.joined.as_ref().map_or("", UnitName::as_str));
        flag(sink, &place, "broken", seen.broken);
        let is_behind = other.is_some_and(|side| side.version > seen.application);
        flag(sink, &place, "behind", is_behind);
        for (member, version) in &seen.members {
            let is_behind = other
                .and_then(|side| side.units.get(member))
                .is_some_and(|member| member.version > *version);
            let behind = if is_behind { "behind" } else { "" };
            sink(&[unit.as_str(), "agent", name, "member"], member.as_str(), behind);
        }
    }
}
