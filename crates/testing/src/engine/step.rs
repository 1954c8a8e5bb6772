//! One run of a unit's charm: the stage is set, the program runs, Juju takes or drops what it wrote,
//! and the agent remembers what it has been told.

use super::{
    Engine, Mishap,
    agent::{ConfigSeen, FailedHook, RelationSeen},
    container::Container,
    due::{Due, relations_of},
    program::{Ended, How, Stage},
    timeline::{Outcome, TimelineEntry},
};
use crate::emulator::{
    Order,
    juju::{AgentStatus, Effect, Hook, Juju, Places, Record, Status, StatusName, environment},
    pebble::Pebble,
};
use ops_core::names::{RelationId, UnitName};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

/// How long Juju waits before it runs a failed hook again, at first and at most, in seconds.
const BACKOFF: (i64, i64) = (5, 300);

impl Engine {
    /// Runs the next hook: of each unit the usual one, the units in turn. Time passes only when all
    /// that is left is the retry of a failed hook. `None` if nothing is due.
    pub fn step(&mut self) -> Option<&TimelineEntry> {
        let due = self.next()?;
        self.run(&due)
    }

    /// The hook that [`step`](Self::step) would run.
    #[must_use]
    pub fn next(&self) -> Option<Due> {
        let mut first: Vec<Due> =
            self.agents.keys().filter_map(|unit| self.due_on(unit).into_iter().next()).collect();
        if let Some(last) = &self.last {
            // The units after the one that ran last come before those up to it.
            first.sort_by_key(|due| due.unit <= *last);
        }
        first.into_iter().min_by_key(|due| due.not_before)
    }

    /// Runs one of the hooks that are [`due`](Self::due). `None` if the unit has no agent.
    pub fn run(&mut self, due: &Due) -> Option<&TimelineEntry> {
        let unit = &due.unit;
        let agent = self.agents.get(unit)?;
        if let Some(at) = due.not_before {
            self.model.now = self.model.now.max(at);
        }
        let (retried, other): (Option<_>, Option<_>) = match &agent.failed {
            Some(failed) if failed.hook == due.hook => (Some(failed.attempts), None),
            failed => (None, failed.clone()),
        };
        let attempt = retried.unwrap_or_default() + 1;
        let seen = self.begin(unit, &due.hook);
        let mut entry = self.execute(unit, &due.hook);
        entry.attempt = attempt;
        match &entry.outcome {
            Outcome::Done | Outcome::Skipped => {
                self.finish(unit, &due.hook, &seen, &entry.record);
            }
            // The agent has been told of nothing: the hook is due as before.
            Outcome::Failed(how) if how.is_kill() => self.retry_at_once(unit, &entry.name),
            Outcome::Failed(_) | Outcome::Refused(_) => {
                self.fail(unit, &due.hook, attempt, &entry.name);
            }
        }
        if let (Some(failed), Some(agent)) = (other, self.agents.get_mut(unit)) {
            // It failed before this one, and is what the unit has to get over.
            let name = failed.hook.name(&self.model, unit).into_owned();
            agent.failed = Some(failed);
            self.set_agent(unit, AgentStatus::Error(name));
        }
        self.write_down(entry);
        self.timeline.last()
    }

    pub(super) fn write_down(&mut self, entry: TimelineEntry) {
        self.last = Some(entry.unit.clone());
        self.timeline.push(entry);
    }

    /// Runs the unit's charm for a hook or an action, and nothing else: the agent is not changed.
    pub(super) fn execute(&mut self, unit: &UnitName, hook: &Hook) -> TimelineEntry {
        let at = self.model.now;
        let name = hook.name(&self.model, unit).into_owned();
        let lost_leadership = *hook == Hook::LeaderElected && !self.model.is_leader(unit);
        let outgoing = self.outgoing.get(unit);
        let program = outgoing.or_else(|| self.programs.get(&unit.application())).cloned();
        let run = match program {
            Some(program) if !lost_leadership => {
                self.set_agent(unit, AgentStatus::Executing(name.clone()));
                let Mishap { script, refusal } = self.mishaps.remove(unit).unwrap_or_default();
                let juju = Juju::new(std::mem::take(&mut self.model), unit.clone(), hook.clone());
                let order = script.killed_after().map(Order::of_at_most);
                if let Some(order) = &order {
                    juju.number_effects(order.clone());
                    self.for_each_daemon(unit, |pebble| pebble.number_effects(order.clone()));
                }
                juju.set_script(script);
                if let Some(refusal) = refusal {
                    juju.refuse_flush(refusal);
                }
                let stage = self.stage(unit, hook, Rc::new(juju));
                let started = Instant::now();
                let ended = program.dispatch(&stage);
                let duration = started.elapsed();
                let outcome = conclude(&stage, &ended);
                let action = stage.juju.action();
                let juju = Rc::try_unwrap(stage.juju).unwrap_or_else(|shared| (*shared).clone());
                let (model, record) = juju.finish();
                self.model = model;
                self.set_agent(unit, AgentStatus::Idle);
                if order.is_some() {
                    self.for_each_daemon(unit, Pebble::leave_order);
                }
                (ended, outcome, duration, record, action)
            }
            _ => (Ended::exit(0), Outcome::Skipped, Duration::ZERO, Record::default(), None),
        };
        let (ended, outcome, duration, record, action) = run;
        let status = self.model.units.get(unit).map(|unit| unit.status.status.clone());
        let leaks = self.model.leaks(&record);
        TimelineEntry {
            at,
            unit: unit.clone(),
            hook: hook.clone(),
            name,
            attempt: 1,
            duration,
            ended,
            outcome,
            record,
            action,
            status: status.unwrap_or_else(|| Status::new(StatusName::Unknown, "")),
            leaks,
        }
    }

    fn for_each_daemon(&self, unit: &UnitName, act: impl Fn(&mut Pebble)) {
        let containers = self.containers.get(unit).into_iter().flat_map(|found| found.values());
        for daemon in containers.filter_map(|container| container.handle.daemon()) {
            daemon.with(&act);
        }
    }

    fn stage(&self, unit: &UnitName, hook: &Hook, juju: Rc<Juju>) -> Stage {
        let context = juju.with_session(|session| session.context_id().to_owned());
        let environment =
            juju.with_model(|model| environment(model, unit, hook, &context, &Places::of(unit)));
        let containers = self.containers.get(unit).into_iter().flatten();
        let containers = containers.map(|(name, found)| (name.clone(), found.found())).collect();
        let deadline = self.settings.deadline;
        let pod = self.agents.get(unit).map_or(0, |agent| agent.pod);
        Stage {
            unit: unit.clone(),
            pod,
            environment: environment.into(),
            juju,
            containers,
            commands: hook.commands().map(str::to_owned),
            deadline,
        }
    }

    /// What the agent does before a hook, and what the hook is about as it is then.
    pub(super) fn begin(&mut self, unit: &UnitName, hook: &Hook) -> Seen {
        let (fresh, takes_part) = match (self.agents.get(unit), self.model.units.get(unit)) {
            (Some(agent), Some(found)) => (!agent.status_set, agent.installed && !found.dying),
            _ => return Seen::default(),
        };
        match hook {
            Hook::Install if fresh => self.set_status(
                unit,
                Status::new(StatusName::Maintenance, "installing charm software"),
            ),
            Hook::Stop => {
                self.set_status(
                    unit,
                    Status::new(StatusName::Maintenance, "stopping charm software"),
                );
            }
            Hook::Remove => self.set_status(
                unit,
                Status::new(StatusName::Maintenance, "cleaning up prior to charm deletion"),
            ),
            Hook::UpgradeCharm => drop(self.outgoing.remove(unit)),
            Hook::StorageAttached { storage, .. } => {
                let found = self.model.units.get_mut(unit);
                if let Some(found) = found.and_then(|unit| unit.storage.get_mut(storage)) {
                    found.attached = true;
                }
            }
            _ => {}
        }
        if takes_part {
            self.enter_scopes(unit);
        }
        if let (Some(id), Some(found)) = (hook.relation(), self.model.units.get_mut(unit)) {
            let members = found.members.entry(id).or_default();
            match hook {
                Hook::RelationJoined { unit, .. } => members.insert(unit.clone()),
                Hook::RelationDeparted { unit, .. } => members.remove(unit),
                _ => false,
            };
        }
        self.look(unit, hook)
    }

    fn look(&self, unit: &UnitName, hook: &Hook) -> Seen {
        let relation = hook.relation().and_then(|id| self.model.relations.get(&id));
        let other = relation.and_then(|found| found.other_side(unit.application().as_str()));
        let version = match (other, hook.remote_unit()) {
            (Some(side), Some(remote)) => side.units.get(remote).map(|member| member.version),
            (Some(side), None) => Some(side.version),
            (None, _) => None,
        };
        let revision = match hook {
            Hook::SecretChanged { id, .. } | Hook::SecretRotate { id, .. } => {
                self.model.secrets.get(id).map(crate::emulator::juju::Secret::latest)
            }
            _ => None,
        };
        let container = hook.container().and_then(|name| self.containers.get(unit)?.get(name));
        Seen {
            version: version.unwrap_or_default(),
            revision: revision.unwrap_or_default(),
            boot: container.map(|container| container.boot).unwrap_or_default(),
            config: ConfigSeen::now(&self.model, unit),
        }
    }

    /// A unit that is installed takes part in its relations from their relation-created on.
    fn enter_scopes(&mut self, unit: &UnitName) {
        for id in relations_of(&self.model, unit) {
            let lives = self.model.relations.get(&id).is_some_and(|r| !r.dying && !r.suspended);
            let is_in = self.model.relations.get(&id).is_some_and(|r| r.has_member(unit));
            if lives && !is_in {
                // Both exist: there is nothing that could be refused.
                let _ = self.model.enter_scope(id, unit);
                if let Some(found) = self.model.units.get_mut(unit) {
                    found.members.entry(id).or_default();
                }
            }
        }
    }

    /// The hook is over: the agent has been told what it was about.
    fn finish(&mut self, unit: &UnitName, hook: &Hook, seen: &Seen, record: &Record) {
        let now = self.model.now;
        let leads = self.model.is_leader(unit);
        let leader =
            self.model.applications.get(&unit.application()).and_then(|a| a.leader.clone());
        let Some(agent) = self.agents.get_mut(unit) else { return };
        agent.failed = None;
        agent.status_set |= record.effects.iter().any(|e| matches!(e, Effect::UnitStatus(_)));
        match hook {
            Hook::Install => agent.installed = true,
            Hook::Start => agent.started = true,
            Hook::UpgradeCharm => {
                agent.upgraded = false;
                agent.config = None;
            }
            Hook::ConfigChanged => agent.config.clone_from(&seen.config),
            Hook::UpdateStatus => agent.update_status = false,
            Hook::LeaderElected => {
                agent.leads = leads;
                // Whoever leads after it is news, also the unit that it followed before.
                agent.follows = None;
            }
            Hook::LeaderSettingsChanged => agent.follows = leader,
            Hook::SecretChanged { id, .. } => {
                agent.secrets.changed.insert(id.clone(), seen.revision);
            }
            Hook::SecretRemove { id, revision, .. } => {
                agent.secrets.removed.insert((id.clone(), *revision));
            }
            Hook::SecretExpired { id, revision, .. } => {
                agent.secrets.expired.insert(id.clone(), (*revision, now));
            }
            Hook::SecretRotate { id, .. } => match self.model.secrets.get_mut(id) {
                Some(secret) if secret.latest() > seen.revision => {
                    secret.rotates = secret.rotate.after(now);
                    agent.secrets.rotated.remove(id);
                }
                _ => {
                    agent.secrets.rotated.insert(id.clone(), now);
                }
            },
            Hook::PebbleReady { container } => {
                agent.ready.insert(container.clone(), seen.boot);
            }
            Hook::StorageAttached { storage, .. } => {
                agent.storage.insert(storage.clone());
            }
            Hook::StorageDetaching { storage, .. } => {
                agent.storage.remove(storage);
            }
            Hook::PebbleCustomNotice { .. }
            | Hook::PebbleCheckFailed { .. }
            | Hook::PebbleCheckRecovered { .. } => self.hear(unit, hook),
            _ => {}
        }
        let Some(agent) = self.agents.get_mut(unit) else { return };
        if let Some(id) = hook.relation() {
            remember(agent.relations.entry(id).or_default(), hook, seen);
        }
        match hook {
            Hook::RelationBroken { relation } => self.leave(unit, *relation),
            Hook::StorageDetaching { storage, .. } => {
                if let Some(found) = self.model.units.get_mut(unit) {
                    found.storage.remove(storage);
                }
            }
            Hook::Start if !self.agents.get(unit).is_some_and(|agent| agent.status_set) => {
                self.set_status(unit, Status::new(StatusName::Unknown, ""));
            }
            Hook::Stop => self.stopped(unit),
            Hook::Remove => self.forget_unit(unit),
            _ => {}
        }
        self.replace_unstarted(unit);
        self.hear_oneself(unit);
    }

    /// The hook counts as done although it never succeeded.
    pub(super) fn pass_over(&mut self, unit: &UnitName, hook: &Hook) {
        let seen = self.look(unit, hook);
        self.finish(unit, hook, &seen, &Record::default());
        self.set_agent(unit, AgentStatus::Idle);
    }

    /// A leader knows what it wrote to its peers.
    fn hear_oneself(&mut self, unit: &UnitName) {
        let Some(agent) = self.agents.get_mut(unit).filter(|_| self.model.is_leader(unit)) else {
            return;
        };
        for (id, seen) in &mut agent.relations {
            if let Some(relation) = self.model.relations.get(id).filter(|r| r.is_peer()) {
                seen.application = relation.sides.first().map_or(0, |side| side.version);
            }
        }
    }

    fn leave(&mut self, unit: &UnitName, id: RelationId) {
        self.model.leave_scope(id, unit);
        let goes_on = self.model.relations.get(&id).is_some_and(|relation| !relation.dying)
            && self.model.units.get(unit).is_some_and(|unit| !unit.dying);
        if let Some(agent) = self.agents.get_mut(unit).filter(|_| goes_on) {
            // Resumed, perhaps while the hook still failed, it begins anew: Juju forgets that it was created.
            agent.relations.remove(&id);
        }
        self.remove_ended(id);
    }

    /// A relation that ends is gone once nobody takes part in it.
    pub(super) fn remove_ended(&mut self, id: RelationId) {
        let over = self.model.relations.get(&id).is_some_and(|relation| {
            relation.dying && relation.sides.iter().all(|side| side.members().next().is_none())
        });
        if over {
            self.model.remove_relation(id);
            for agent in self.agents.values_mut() {
                agent.relations.remove(&id);
            }
        }
    }

    fn stopped(&mut self, unit: &UnitName) {
        let dying = self.model.units.get(unit).is_none_or(|unit| unit.dying);
        let Some(agent) = self.agents.get_mut(unit) else { return };
        if dying {
            agent.stopped = true;
            self.set_status(unit, Status::new(StatusName::Maintenance, ""));
            return;
        }
        // A pod that has stopped while its unit lives makes room for another.
        (agent.started, agent.replaced) = (false, true);
        self.replace_unstarted(unit);
    }

    /// Another pod takes over from one that has nothing to stop: in containers of its own it upgrades, if there is
    /// something to upgrade, configures and starts. A failed hook is got over first.
    pub(super) fn replace_unstarted(&mut self, unit: &UnitName) {
        let Some(agent) = self.agents.get_mut(unit) else { return };
        if !agent.replaced || agent.started || agent.failed.is_some() {
            return;
        }
        agent.replaced = false;
        agent.pod += 1;
        agent.upgraded = agent.installed;
        self.renew_containers(unit);
    }

    /// Another pod has the containers that the charm has now, made anew from their images.
    pub(super) fn renew_containers(&mut self, unit: &UnitName) {
        let application = unit.application();
        let Some(charm) = self.model.applications.get(&application).map(|a| &a.charm) else {
            return;
        };
        let containers = self.containers.entry(unit.clone()).or_default();
        containers.retain(|name, _| charm.containers.contains(name));
        for name in &charm.containers {
            let image = self.images.get(&(application.clone(), name.clone()));
            if let Some(container) = containers.get_mut(name) {
                container.bring_up(image);
            } else {
                let new = Container::emulated(image.cloned().unwrap_or_default());
                containers.insert(name.clone(), new);
            }
        }
    }

    fn fail(&mut self, unit: &UnitName, hook: &Hook, attempts: u32, name: &str) {
        let (first, most) = BACKOFF;
        let wait = first.checked_shl(attempts.saturating_sub(1)).unwrap_or(most).clamp(first, most);
        let retry_at = self.model.now.plus(wait);
        if let Some(agent) = self.agents.get_mut(unit) {
            agent.failed = Some(FailedHook { hook: hook.clone(), attempts, retry_at });
            if let Hook::RelationCreated { relation } = hook {
                // The charm has heard of it: if it ends before the retry, that is told too.
                agent.relations.entry(*relation).or_default();
            }
        }
        self.set_agent(unit, AgentStatus::Error(name.to_owned()));
    }

    /// The retry of a failed hook was killed, which counts as no failure.
    fn retry_at_once(&mut self, unit: &UnitName, name: &str) {
        let now = self.model.now;
        if let Some(failed) = self.agents.get_mut(unit).and_then(|agent| agent.failed.as_mut()) {
            failed.retry_at = now;
            self.set_agent(unit, AgentStatus::Error(name.to_owned()));
        }
    }

    fn set_agent(&mut self, unit: &UnitName, status: AgentStatus) {
        if let Some(found) = self.model.units.get_mut(unit) {
            found.agent = status;
        }
    }

    fn set_status(&mut self, unit: &UnitName, status: Status) {
        let now = self.model.now;
        if let Some(found) = self.model.units.get_mut(unit) {
            found.set_status(status, now);
        }
    }
}

/// What a hook was about when it began. What comes later is the subject of another hook.
#[derive(Debug, Default)]
pub(super) struct Seen {
    version: u64,
    revision: u64,
    boot: u64,
    config: Option<ConfigSeen>,
}

fn remember(relation: &mut RelationSeen, hook: &Hook, seen: &Seen) {
    match hook {
        Hook::RelationJoined { unit, .. } => {
            relation.members.insert(unit.clone(), seen.version);
            relation.joined = Some(unit.clone());
        }
        Hook::RelationChanged { unit: Some(unit), .. } => {
            relation.members.insert(unit.clone(), seen.version);
            relation.joined = relation.joined.take().filter(|joined| joined != unit);
        }
        Hook::RelationChanged { unit: None, .. } => relation.application = seen.version,
        Hook::RelationDeparted { unit, .. } => {
            relation.members.remove(unit);
        }
        Hook::RelationBroken { .. } => relation.broken = true,
        _ => {}
    }
}

/// Juju takes what the charm wrote, or drops it.
fn conclude(stage: &Stage, ended: &Ended) -> Outcome {
    let juju = &stage.juju;
    // What commands wrote before they failed is taken all the same.
    let is_commands = stage.commands.is_some() && matches!(ended.how, How::Exit(_));
    if !(ended.is_success() || is_commands) || juju.is_killed() {
        juju.drop_writes();
        return Outcome::Failed(match &ended.how {
            // A charm in this process goes on until it notices that it is dead.
            How::Exit(_) if juju.is_killed() => How::Signal(9),
            how => how.clone(),
        });
    }
    match juju.commit() {
        Ok(()) => Outcome::Done,
        Err(refusal) => Outcome::Refused(refusal.to_string()),
    }
}
