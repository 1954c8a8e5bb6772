//! One dispatch, from the environment to the exit code.
//!
//! ```text
//! environment ─▶ HookContext ─▶ Event
//!   1 deferred events, oldest first   ─▶ Charm::on
//!   2 the event, or the action        ─▶ Charm::on, Charm::action
//!   3 the Reconciler, at most once    ─▶ observe ▸ plan ▸ apply ▸ observe again
//!   4 buffered writes                 ─▶ secret-set, relation-set, ports, state-set; a refusal is a fault of this run
//!   5 collect status                  ─▶ status-set, if it differs
//!   6 log
//! ```
//!
//! Which stage runs for which wake:
//!
//! | wake | deferred | handler | reconcile | status |
//! |---|---|---|---|---|
//! | ordinary hook, notice, check, secret | yes | yes | observe, plan, apply | yes |
//! | unknown hook | yes | no | observe, plan, apply | yes |
//! | relation-broken, relation-departed | yes | yes | finalize, then without the relation | yes |
//! | storage-detaching, stop, remove | yes | yes | finalize and observe only | yes |
//! | action | never | the action | if it asks | if it wrote, or asks |
//! | collect-metrics, meter-status-changed | no | yes | no | no |
//!
//! What a fault does:
//!
//! | kind | status | exit code |
//! |---|---|---|
//! | blocked, denied, exhausted | blocked | 0 |
//! | waiting | waiting | 0 |
//! | transient | waiting | 0 |
//! | transient, in the handler of an event that Juju tells once, in finalize, or with `JUJU_RETRIES` | | 1 |
//! | the agent lost | | 1 |
//! | bug, panic | | 1 |
//!
//! With exit code 1 Juju drops what was buffered, shows `error`, and runs the hook again.

mod deferred;
mod panics;
mod program;
mod stages;
mod verdict;

use crate::{
    action::{ActionContext, Wants},
    charm::{Charm, StateBackend},
    event::Event,
    hook_command::{self, Juju, StatusScope},
    hook_context::{HookContext, Wake},
    host::Host,
    log as juju_log,
    metadata::Options,
    model::Model,
    reconcile::{Live, Mode, Phase, Reconciler, ScopedFault, TeardownCause},
    record::Recording,
    status::{Status, Statuses},
    store::{FileState, Store, UnitState},
};
use deferred::Queue;
use ops_core::{Fault, names::RelationId};
use program::{Program, Typed};
use stages::{Converge, Stages};
use std::{process::ExitCode, rc::Rc};
use verdict::{Faults, Origin};

/// Runs the charm as Juju's unit agent started it: the whole `main` of a charm.
#[expect(clippy::needless_pass_by_value, reason = "`ops::run(MyCharm)` reads best in `main`")]
pub fn run<C: Charm>(charm: C) -> ExitCode {
    // Nothing reads it here: it must stand in the program for tools that do.
    std::hint::black_box(<C::Meta as crate::metadata::Metadata>::DIGEST);
    let (host, recording) = Recording::begin(Host::real());
    let code = dispatch(&charm, host);
    recording.end(code);
    ExitCode::from(code)
}

/// Runs one dispatch on a host, and says the exit code. [`run`] is this with the real one.
pub fn dispatch<C: Charm>(charm: &C, host: Host) -> u8 {
    dispatch_program(&Typed(charm), host)
}

/// Not generic: compiled once, in this crate.
fn dispatch_program(program: &dyn Program, host: Host) -> u8 {
    let context = match HookContext::read(&host.environment, program.declared()) {
        Ok(context) => context,
        Err(error) => {
            host.messages.line(&format!("cannot start: {error}"));
            return 1;
        }
    };
    let juju = Juju::new(Rc::clone(&host.juju), context.juju_version);
    let log = juju_log::install(&juju, &host.messages, program.log_level());
    let messages = Rc::clone(&host.messages);
    let is_action = matches!(context.wake, Wake::Action { .. });
    let code = match panics::caught(|| Dispatch::new(program, host, juju, context).run()) {
        Ok(code) => code,
        Err(panic) => {
            let text = format!("the charm panicked: {panic}");
            ::log::error!("{text}");
            if is_action {
                // Juju shows an action's standard error to the person who ran it.
                messages.line(&text);
            }
            1
        }
    };
    log.flush();
    code
}

struct Dispatch<'p> {
    program: &'p dyn Program,
    stages: Stages,
    model: Model,
    faults: Faults,
}

impl<'p> Dispatch<'p> {
    fn new(program: &'p dyn Program, host: Host, juju: Juju, context: HookContext) -> Self {
        let store = match program.state() {
            StateBackend::Juju => Store::new(Box::new(UnitState::new(juju.clone()))),
            StateBackend::File => {
                let path = host.directory.join(".ops-state.json");
                Store::new(Box::new(FileState::new(path, Rc::clone(&host.clock))))
            }
        };
        let stages = Stages::of(&context.wake);
        let ended = ending_relation(&context);
        let model = Model::new(host, juju, context, store, ended);
        Self { program, stages, model, faults: Faults::default() }
    }

    fn run(mut self) -> u8 {
        let mut queue = self.load_queue();
        if self.stages.deferred && !self.faults.must_stop() {
            self.run_deferred(&mut queue);
        }
        let converge = match self.model.context().wake.clone() {
            Wake::Hook(event) => {
                if self.stages.handler && !self.faults.must_stop() {
                    self.run_handler(&event, &mut queue);
                }
                self.stages.converge
            }
            Wake::Action { name, id } => self.run_action(&name, id),
        };
        let statuses = self.converge(converge);
        self.commit(queue);
        // After the writes: what was refused is part of the status.
        if converge != Converge::No {
            self.send_status(&statuses);
        }
        self.faults.exit_code()
    }

    fn load_queue(&mut self) -> Option<Queue> {
        if !self.program.defers() || !self.stages.commits_queue {
            return None;
        }
        match Queue::load(self.model.store()) {
            Ok(queue) => Some(queue),
            Err(fault) => {
                self.faults.push(Origin::Queue, fault);
                None
            }
        }
    }

    fn run_deferred(&mut self, queue: &mut Option<Queue>) {
        let Some(queue) = queue else { return };
        for entry in queue.take() {
            if self.faults.must_stop() {
                queue.keep(entry);
                continue;
            }
            match self.program.on(&entry.event, &mut Live::new(&self.model)) {
                Ok(None) => {}
                Ok(Some(why)) => queue.keep(entry.again(why)),
                Err(fault) => {
                    // The queue is the retry that Juju's one-shot events lack.
                    queue.keep(entry.again(fault.message().to_owned()));
                    self.faults.push(Origin::Deferred, fault);
                }
            }
        }
    }

    fn run_handler(&mut self, event: &Event, queue: &mut Option<Queue>) {
        match self.program.on(event, &mut Live::new(&self.model)) {
            Ok(None) => {}
            Ok(Some(why)) => match queue {
                Some(queue) => queue.defer(event.clone(), why),
                None => {
                    let text = format!("{} cannot be deferred: {why}", event.name());
                    self.faults.push(Origin::Queue, Fault::bug(text));
                }
            },
            Err(fault) => {
                let retry = event.is_one_shot() || self.program.juju_retries();
                let origin = if retry { Origin::NeedsRetry } else { Origin::Handler };
                self.faults.push(origin, fault);
            }
        }
    }

    fn run_action(&mut self, name: &str, id: String) -> Converge {
        let mut cx = ActionContext::new(Live::new(&self.model), id);
        let outcome = hook_command::action_get(self.model.juju())
            .map_err(Fault::from)
            .and_then(|values| self.program.action(name, Options::parameters(&values), &mut cx))
            .and_then(|results| {
                let set = hook_command::action_set(self.model.juju(), &results);
                set.map_err(Fault::from)
            });
        match outcome {
            Ok(()) if cx.wants == Wants::Reconcile => Converge::Full,
            Ok(()) if cx.wants == Wants::Status || cx.has_written() => Converge::StatusOnly,
            Ok(()) => Converge::No,
            Err(fault) => {
                self.model.discard();
                if crate::reconcile::stops(fault.kind()) {
                    // Juju shows an action's standard error to the person who ran it.
                    self.model.host().messages.line(&verdict::explain(&fault));
                    self.faults.push(Origin::Sdk, fault);
                    return Converge::No;
                }
                ::log::info!("action {name} failed: {}", verdict::explain(&fault));
                let failed = hook_command::action_fail(self.model.juju(), fault.message());
                if let Err(error) = failed {
                    self.faults.push(Origin::Sdk, error.into());
                }
                // A status that the action showed must not stay.
                if cx.has_written() { Converge::StatusOnly } else { Converge::No }
            }
        }
    }

    /// Reconciles, and gives the author's rows of the status table.
    fn converge(&mut self, converge: Converge) -> Statuses {
        let mode = match converge {
            Converge::No => return Statuses::default(),
            _ if self.faults.must_stop() => return Statuses::default(),
            Converge::Full | Converge::FinalizeScopeThenFull => Mode::Full,
            Converge::StatusOnly => Mode::StatusOnly,
            Converge::FinalizeOnly => Mode::Teardown,
        };
        let cause = match converge {
            Converge::FinalizeOnly | Converge::FinalizeScopeThenFull => self.teardown_cause(),
            _ => None,
        };
        let mut reconciler = Reconciler::new(self.model.handle(), mode, cause);
        let _settled = self.program.reconcile(reconciler.token());
        for ScopedFault { scope, phase, fault } in reconciler.report.faults {
            let origin = match phase {
                Phase::Finalize => Origin::NeedsRetry,
                _ if self.program.juju_retries() => Origin::NeedsRetry,
                _ => Origin::Reconciler(scope),
            };
            self.faults.push(origin, fault);
        }
        ::log::debug!("reconciled: {}", if reconciler.done { "done" } else { "failed" });
        reconciler.statuses
    }

    fn teardown_cause(&self) -> Option<TeardownCause> {
        let Wake::Hook(event) = &self.model.context().wake else { return None };
        match event {
            Event::RelationBroken(relation) | Event::RelationDeparted { relation, .. } => {
                Some(TeardownCause::Relation(relation.clone()))
            }
            Event::StorageDetaching(storage) => Some(TeardownCause::Storage(storage.clone())),
            Event::Stop => Some(TeardownCause::Stop),
            Event::Remove => Some(TeardownCause::Remove),
            _ => None,
        }
    }

    fn commit(&mut self, queue: Option<Queue>) {
        if self.faults.fails_hook() {
            // Juju drops its buffer; ours goes with it.
            self.model.discard();
            return;
        }
        for fault in self.model.flush() {
            if crate::reconcile::is_deposed(&fault) {
                ::log::info!("no longer the leader: {}", verdict::explain(&fault));
                continue;
            }
            self.faults.push(Origin::Commit, fault);
        }
        if self.faults.fails_hook() {
            // A file would keep what Juju is about to drop, and the queue would forget what it handled.
            return;
        }
        let (origin, stored) = match queue {
            Some(queue) => (Origin::Queue, queue.store(self.model.store())),
            None => (Origin::Sdk, Ok(())),
        };
        if let Err(fault) = stored.and_then(|()| Ok(self.model.store().commit()?)) {
            self.faults.push(origin, fault);
        }
    }

    fn send_status(&mut self, rows: &Statuses) {
        if self.faults.fails_hook() {
            // Juju shows `error`, and this status would only flicker before it.
            return;
        }
        let unit = rows.unit_status(self.faults.iter());
        let application = rows.application_status();
        let send = |scope, status: Option<Status>| -> Result<(), Fault> {
            let Some(status) = status else { return Ok(()) };
            let shown = self.model.status(scope)?;
            if shown.kind != status.kind() || shown.message != status.message() {
                hook_command::status_set(
                    self.model.juju(),
                    scope,
                    &status.kind(),
                    status.message(),
                )?;
            }
            Ok(())
        };
        let mut outcome = send(StatusScope::Unit, unit);
        if application.is_some() && outcome.is_ok() {
            outcome = match self.model.leader_proof() {
                Ok(Some(_)) => send(StatusScope::Application, application),
                Ok(None) => Ok(()),
                Err(fault) => Err(fault),
            };
        }
        if let Err(fault) = outcome {
            self.faults.push(Origin::Sdk, fault);
        }
    }
}

/// The relation that must not be seen any more: the one that broke, or that this unit itself is leaving.
fn ending_relation(context: &HookContext) -> Option<RelationId> {
    match &context.wake {
        Wake::Hook(Event::RelationBroken(relation)) => Some(relation.id),
        Wake::Hook(Event::RelationDeparted { relation, departing })
            if departing.as_ref() == Some(&context.unit) =>
        {
            Some(relation.id)
        }
        _ => None,
    }
}
