//! Reconcile in phases: what holds what, how many rounds, several parts, and by hand.

use crate::app::{App, DB, Db, FaultKind, WEB, app, bag, fault, logged, seen, service};
use ops::{
    Fault, Model, Observed, Part, Plan, Probe, Reconcile, Report, Status, Statuses, Teardown,
    hook_command::PortRange,
    prelude::{Charm, Reconciling, Settled},
};
use ops_testing::{Context, Relation, State, emulator::juju::Hook};

#[test]
fn a_question_mark_in_a_scope_holds_it_and_keeps_what_runs() {
    let up = |level: &'static str| {
        app().plan(move |_, plan| {
            plan.container(WEB, |web| {
                web.service("web", service(level));
                Ok(())
            });
            Ok(())
        })
    };
    let state = up("info").run(Hook::ConfigChanged, &State::default().container(WEB)).state;
    let held = app().plan(|_, plan| {
        plan.container(WEB, |web| {
            web.service("web", service("debug"));
            let absent: Probe<u32> = Probe::Absent;
            absent.require("the database")?;
            Ok(())
        });
        plan.port(80);
        Ok(())
    });
    let output = held.run(Hook::ConfigChanged, &state);
    assert!(output.pebble_effects(&WEB).is_empty());
    assert!(output.state.containers[&WEB].pebble.is_running("web"));
    assert_eq!(output.state.ports.len(), 1);
    let message = &output.state.unit_status.message;
    assert!(message.contains("the database"), "{message}");
}

#[test]
fn what_apply_wrote_is_seen_by_the_second_observation() {
    let app = app()
        .observe_each(|model, nth| {
            let container = model.container(&WEB);
            let running = container.services()?.values().filter(|s| s.is_running()).count();
            let open = model.ports()?.len();
            let own = model.relations(DB)?[0].own_unit().present().is_some();
            let there = container.file("/etc/web").present().is_some();
            assert_eq!(
                (running, open, own, there),
                if nth == 1 { (0, 0, false, false) } else { (1, 1, true, true) }
            );
            Ok(seen("running", running.to_string()))
        })
        .plan(|_, plan| {
            plan.port(80);
            plan.unit_data(DB, || Ok(bag(&[("url", "http://web")])));
            plan.container(WEB, |web| {
                web.service("web", service("info")).file("/etc/web", "x");
                Ok(())
            });
            Ok(())
        })
        .collect(|seen, _, statuses| {
            let Observed::Seen(seen) = seen else { return };
            let running = seen["running"].expose().to_owned();
            statuses.unit(Status::active_with(format!("{running} running")));
        });
    let state = State::default().container(WEB).relation(&Relation::new(Db, 1));
    let output = app.run(Hook::ConfigChanged, &state);
    assert!(output.is_success(), "{:?}", output.logs);
    assert_eq!(output.state.unit_status, Status::active_with("1 running"));
    let _ = app.trace.take();
    let settled = app.clone().observe(|_| Ok(seen("running", "1")));
    assert_eq!(
        settled.called(Hook::ConfigChanged, &output.state),
        ["on config-changed", "reconcile", "observe", "plan", "status"],
        "nothing differs any more"
    );
}

/// Opens a port more in each of so many plans.
fn opens_ports(rounds: u16) -> App {
    app().plan_each(move |round, plan| {
        let last = u16::try_from(round).unwrap().min(rounds);
        plan.ports((1..=last).map(|n| PortRange::tcp(8000 + n)));
    })
}

#[test]
fn a_plan_that_needs_two_rounds_settles_in_the_same_dispatch() {
    let app = opens_ports(2);
    let output = app.run(Hook::ConfigChanged, &State::default());
    assert_eq!(output.state.ports.len(), 2);
    assert_eq!(output.state.unit_status, Status::active());
    let rounds = ["observe", "plan", "observe", "plan", "observe", "plan", "status"];
    assert_eq!(app.trace.take()[2..], rounds);
    assert_eq!(output.commands().iter().filter(|name| **name == "opened-ports").count(), 1);
}

#[test]
fn a_plan_that_never_settles_is_a_bug_after_three_rounds_and_names_its_steps() {
    let app = opens_ports(u16::MAX);
    let output = app.run(Hook::ConfigChanged, &State::default());
    assert!(!output.is_success());
    let plans = app.trace.take().iter().filter(|call| *call == "plan").count();
    assert_eq!(plans, 3);
    let [line] = logged(&output, "ERROR")[..] else { panic!("{:?}", output.logs) };
    assert!(line.contains("the plan still writes after 3 rounds"), "{line}");
    assert!(line.contains("ports: opened 8003/tcp"), "{line}");
    assert!(output.state.ports.is_empty());
}

#[test]
fn a_scope_that_is_planned_twice_applies_nothing() {
    let app = app().plan(|_, plan| {
        plan.port(80);
        for level in ["info", "debug"] {
            plan.container(WEB, |web| {
                web.service("web", service(level));
                Ok(())
            });
        }
        Ok(())
    });
    let output = app.run(Hook::ConfigChanged, &State::default().container(WEB));
    assert!(!output.is_success());
    assert!(output.pebble_effects(&WEB).is_empty());
    let line = logged(&output, "ERROR")[0];
    assert!(line.contains("planned more than once: container/web"), "{line}");
}

#[test]
fn a_scope_that_failed_is_not_tried_again_in_a_later_round() {
    let app = app().plan(|_, plan| {
        plan.port(80);
        plan.container(WEB, |web| {
            web.service("web", service("info"));
            Ok(())
        });
        Ok(())
    });
    let mut state = State::default().container(WEB);
    state.containers.get_mut(&WEB).unwrap().reachable = false;
    let app = app.collect(|_, report, statuses| {
        assert_eq!(report.faults().count(), 1);
        assert_eq!(report.steps().len(), 1);
        statuses.unit(Status::active());
    });
    let output = app.run(Hook::ConfigChanged, &state);
    assert_eq!(output.state.unit_status, Status::waiting("container web is not reachable"));
}

#[test]
fn a_later_plan_decides_anew_what_is_held() {
    let app = app().plan_each(|round, plan| {
        plan.port(80);
        plan.unit_data(DB, || match round {
            1 => Err(Fault::waiting("for the port")),
            _ => Ok(bag(&[("url", "http://web")])),
        });
    });
    let output = app.run(Hook::ConfigChanged, &State::default().relation(&Relation::new(Db, 1)));
    assert_eq!(output.state.unit_status, Status::active());
    assert_eq!(output.state.relations[&Relation::new(Db, 1).id].local_unit["url"], "http://web");
}

/// Opens its port, or fails.
#[derive(Clone)]
struct Piece<const PORT: u16> {
    observes: fn() -> Result<u16, Fault>,
    finalizes: fn() -> Result<(), Fault>,
}

impl<const PORT: u16> Piece<PORT> {
    fn fine() -> Self {
        Self { observes: || Ok(1), finalizes: || Ok(()) }
    }
}

impl<const PORT: u16> Reconcile for Piece<PORT> {
    type Seen = u16;

    fn observe(&self, _: &Model) -> Result<u16, Fault> {
        (self.observes)()
    }

    fn plan(&self, _: &u16) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        plan.port(PORT);
        Ok(plan)
    }

    fn collect_status(&self, seen: Observed<'_, u16>, _: &Report, status: &mut Statuses) {
        if matches!(seen, Observed::Seen(_)) {
            status.unit(Status::active_with(format!("port {PORT}")));
        }
    }

    fn finalize(&self, _: &mut Teardown<'_>) -> Result<(), Fault> {
        (self.finalizes)()
    }
}

impl Part for Piece<81> {
    const NAME: &'static str = "eighty-one";
}

impl Part for Piece<82> {
    const NAME: &'static str = "eighty-two";
}

#[derive(Clone)]
struct Both(Piece<81>, Piece<82>);

impl Charm for Both {
    type Meta = crate::app::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(&(self.0.clone(), self.1.clone()))
    }

    fn action(
        &self,
        _: crate::app::Action,
        _: &mut ops::ActionContext<'_>,
    ) -> Result<ops::ActionResults, Fault> {
        Ok(ops::ActionResults::new())
    }
}

fn run_both(first: Piece<81>, second: Piece<82>, hook: Hook) -> ops_testing::Output {
    Context::new(move || Both(first.clone(), second.clone())).attempt(hook, &State::default())
}

#[test]
fn parts_plan_together() {
    let output = run_both(Piece::fine(), Piece::fine(), Hook::ConfigChanged);
    assert_eq!(output.state.ports.len(), 2);
    assert_eq!(output.state.unit_status, Status::active_with("port 81"));
}

#[test]
fn a_part_that_cannot_look_does_not_blind_the_other() {
    let first = Piece { observes: || Err(Fault::waiting("for glasses")), ..Piece::fine() };
    let output = run_both(first, Piece::fine(), Hook::ConfigChanged);
    assert!(output.is_success());
    assert_eq!(output.state.ports.len(), 1);
    assert_eq!(output.state.unit_status, Status::waiting("for glasses"));
}

#[test]
fn the_gravest_fault_of_finalize_counts_whichever_part_it_is_from() {
    let [blocked, transient, broken]: [fn() -> Result<(), Fault>; 3] = [
        || Err(fault(FaultKind::Blocked)),
        || Err(fault(FaultKind::Transient)),
        || Err(fault(FaultKind::Bug)),
    ];
    for (lesser, graver, logs) in
        [(blocked, transient, "it is Blocked"), (transient, broken, "it is Transient")]
    {
        for (one, two) in [(lesser, graver), (graver, lesser)] {
            let first = Piece { finalizes: one, ..Piece::fine() };
            let second = Piece { finalizes: two, ..Piece::fine() };
            let output = run_both(first, second, Hook::Stop);
            assert!(!output.is_success(), "a unit that leaves has no other chance");
            assert_eq!(logged(&output, "WARNING"), [logs]);
        }
    }
}

#[test]
fn by_hand_writes_and_says_its_status_in_one_go() {
    let app = app().by_hand(|live, statuses| {
        live.open_port(PortRange::tcp(80))?;
        live.set_unit_data(DB, &bag(&[("url", "http://web")]))?;
        statuses.unit(Status::active_with("by hand"));
        Err(Fault::waiting("for the sun"))
    });
    let state = State::default().relation(&Relation::new(Db, 1));
    let output = app.run(Hook::ConfigChanged, &state);
    assert_eq!(app.trace.take(), ["on config-changed", "reconcile"]);
    assert_eq!(output.state.unit_status, Status::waiting("for the sun"));
    assert_eq!(output.state.ports.len(), 1);
    let again = app.run(Hook::ConfigChanged, &output.state);
    assert!(
        !again.commands().contains(&"relation-set") && !again.commands().contains(&"open-port")
    );
}

#[test]
fn by_hand_is_not_called_while_the_unit_goes() {
    let app = app().by_hand(|_, _| Err(Fault::bug("called")));
    for hook in [Hook::Stop, Hook::Remove] {
        let output = app.run(hook, &State::default());
        assert!(output.is_success());
    }
}
