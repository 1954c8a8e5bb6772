//! What a fault does, by its kind and by where it arose: a test for each cell of the table.

use crate::app::{
    App, DB, Db, FaultKind, Kind, Retries, Seen, WEB, app, bag, fault, logged, service,
};
use ops::{Fault, Outcome, Scope, Status};
use ops_testing::{
    Output, Relation, State,
    emulator::juju::{Effect, Hook, Script, Trouble},
};

const SHOWN: [FaultKind; 5] = [
    FaultKind::Waiting,
    FaultKind::Transient,
    FaultKind::Blocked,
    FaultKind::Denied,
    FaultKind::Exhausted,
];
const FATAL: [FaultKind; 2] = [FaultKind::AgentLost, FaultKind::Bug];

fn status_of(kind: FaultKind) -> Status {
    let text = format!("it is {kind:?}");
    match kind {
        FaultKind::Waiting | FaultKind::Transient => Status::waiting(text),
        _ => Status::blocked(text),
    }
}

/// A world with one of everything.
fn world() -> State {
    State::default().container(WEB).relation(&Relation::new(Db, 1))
}

/// A plan for ports, a container and a databag.
fn with_plan<K: Kind>(app: App<K>) -> App<K> {
    app.plan(|_, plan| {
        fill(plan);
        Ok(())
    })
}

fn fill(plan: &mut ops::Plan) {
    plan.port(80);
    plan.unit_data(DB, || Ok(bag(&[("url", "http://web")])));
    plan.container(WEB, |web| {
        web.service("web", service("info"));
        Ok(())
    });
}

fn has_databag(output: &Output) -> bool {
    output.state.relations.values().all(|relation| relation.local_unit.contains_key("url"))
}

fn is_running(output: &Output) -> bool {
    output.state.containers[&WEB].pebble.is_running("web")
}

fn assert_shown(output: &Output, kind: FaultKind) {
    assert!(output.is_success(), "{kind:?}: {:?}", output.logs);
    assert_eq!(output.state.unit_status, status_of(kind));
}

fn assert_failed(output: &Output) {
    assert_eq!(output.ended.how, ops_testing::engine::How::Exit(1));
    let set = output.juju_effects().any(|effect| matches!(effect, Effect::UnitStatus(_)));
    assert!(!set, "Juju shows the error");
    assert!(!logged(output, "ERROR").is_empty());
    assert!(output.state.ports.is_empty() && !has_databag(output), "Juju's buffer is dropped");
}

fn run<K: Kind>(app: &App<K>, hook: Hook) -> Output {
    app.run(hook, &world())
}

#[test]
fn from_observe() {
    for kind in SHOWN.into_iter().chain(FATAL) {
        let app = with_plan(app()).observe(move |_| Err(fault(kind)));
        let output = run(&app, Hook::ConfigChanged);
        assert_eq!(
            app.trace.take()[1..],
            ["reconcile", "observe", "status"],
            "status is collected and nothing planned"
        );
        assert!(!is_running(&output));
        if FATAL.contains(&kind) {
            assert_failed(&output);
        } else {
            assert_shown(&output, kind);
        }
    }
}

#[test]
fn a_fault_that_is_shown_keeps_what_the_handler_wrote() {
    for kind in SHOWN {
        let app = app()
            .on(|_, live| {
                live.open_port(ops::hook_command::PortRange::tcp(81))?;
                live.store("note", 1, &"written")?;
                Ok(Outcome::done())
            })
            .observe(move |_| Err(fault(kind)));
        let output = run(&app, Hook::ConfigChanged);
        assert_shown(&output, kind);
        assert_eq!((output.state.ports.len(), output.state.stored.len()), (1, 1));
    }
}

#[test]
fn from_plan() {
    for kind in SHOWN.into_iter().chain(FATAL) {
        let app = app().plan(move |_, plan| {
            fill(plan);
            Err(fault(kind))
        });
        let output = run(&app, Hook::ConfigChanged);
        assert!(!is_running(&output) && !has_databag(&output), "an error holds everything");
        if FATAL.contains(&kind) {
            assert_failed(&output);
        } else {
            assert_shown(&output, kind);
        }
    }
}

#[test]
fn from_one_scope() {
    for kind in SHOWN {
        let app = app().plan(move |_, plan| {
            plan.port(80);
            plan.unit_data(DB, || Err(fault(kind)));
            plan.container(WEB, |web| {
                web.service("web", service("info"));
                Ok(())
            });
            Ok(())
        });
        let output = run(&app, Hook::ConfigChanged);
        assert_shown(&output, kind);
        assert!(is_running(&output) && output.state.ports.len() == 1, "the others go on");
        assert!(!has_databag(&output), "the scope is held");
    }
}

#[test]
fn a_bug_in_one_scope_stops_the_others() {
    for kind in FATAL {
        let app = app().plan(move |_, plan| {
            plan.port(80);
            plan.unit_data(DB, || Err(fault(kind)));
            plan.container(WEB, |web| {
                web.service("web", service("info"));
                Ok(())
            });
            Ok(())
        });
        let output = run(&app, Hook::ConfigChanged);
        assert_failed(&output);
        assert!(!is_running(&output));
    }
}

#[test]
fn from_apply() {
    let app = with_plan(app());
    let mut state = world();
    state.containers.get_mut(&WEB).unwrap().reachable = false;
    let output = app.run(Hook::ConfigChanged, &state);
    assert!(output.is_success());
    assert_eq!(output.state.unit_status, Status::waiting("container web is not reachable"));
    assert!(has_databag(&output) && output.state.ports.len() == 1, "the others go on");
}

#[test]
fn from_the_agent_while_applying() {
    let app = with_plan(app());
    let ctx = app.context().script(Script::default().always("opened-ports", Trouble::Lost));
    let output = ctx.attempt(ctx.on().config_changed(), &world());
    assert_failed(&output);
}

#[test]
fn from_the_handler_of_an_ordinary_event() {
    for kind in SHOWN {
        let app = with_plan(app()).on(move |_, _| Err(fault(kind)));
        let output = run(&app, Hook::ConfigChanged);
        assert_shown(&output, kind);
        assert!(is_running(&output) && has_databag(&output), "it reconciles");
    }
    for kind in FATAL {
        let app = with_plan(app()).on(move |_, _| Err(fault(kind)));
        let output = run(&app, Hook::ConfigChanged);
        assert_failed(&output);
        assert!(!is_running(&output));
        assert_eq!(app.trace.take(), ["on config-changed"]);
    }
}

#[test]
fn from_the_handler_of_an_event_that_juju_tells_once() {
    for kind in SHOWN {
        let app = with_plan(app()).on(move |_, _| Err(fault(kind)));
        let departed = app.context().on().relation_departed(&Relation::new(Db, 1));
        let output = run(&app, departed);
        if kind == FaultKind::Transient {
            assert_failed(&output);
        } else {
            assert_shown(&output, kind);
        }
    }
}

#[test]
fn from_finalize() {
    for kind in SHOWN.into_iter().chain(FATAL) {
        let app = app().finalize(move |_| Err(fault(kind)));
        let output = run(&app, Hook::Stop);
        if kind == FaultKind::Transient || FATAL.contains(&kind) {
            assert_failed(&output);
        } else {
            assert_shown(&output, kind);
        }
    }
}

#[test]
fn from_the_commit() {
    let run = |program: &str, stderr: &str| {
        let trouble = Trouble::Fails { code: 1, stderr: stderr.into() };
        let app = with_plan(app());
        let ctx = app.context().script(Script::default().always(program, trouble));
        ctx.attempt(ctx.on().config_changed(), &world())
    };
    let output = run("open-port", "ERROR access denied");
    assert!(output.is_success(), "{:?}", output.logs);
    assert_eq!(output.state.unit_status.message, "open-port: access denied");
    assert!(has_databag(&output), "what else is buffered is sent");
    let output = run("relation-set", "ERROR boom");
    assert!(!output.is_success());
    assert!(output.state.ports.is_empty());
}

#[test]
fn a_relation_that_goes_before_its_databag_is_written_is_nobodys_problem() {
    for stderr in [
        "ERROR invalid value \"db:0\" for option -r: relation not found",
        "ERROR relation 0 not found",
        "ERROR permission denied",
    ] {
        let trouble = Trouble::Fails { code: 1, stderr: stderr.into() };
        let app = with_plan(app());
        let ctx = app.context().script(Script::default().always("relation-set", trouble));
        let output = ctx.run(ctx.on().config_changed(), &world());
        assert!(output.is_success(), "{:?}", output.logs);
        assert_eq!(output.state.unit_status, Status::active(), "{stderr}");
        assert_eq!(output.state.ports.len(), 1, "what else is buffered is sent");
        let said = output.logs.iter().any(|line| line.message.contains("the relation is gone"));
        assert!(said, "{:?}", output.logs);
    }
}

#[test]
fn a_port_that_another_unit_has_blocks_and_names_the_unit() {
    let said =
        "cannot open 80/tcp (unit \"web/0\"): port range conflicts with 80/tcp (unit \"b/0\")";
    let trouble = Trouble::Fails { code: 1, stderr: format!("ERROR {said}\n") };
    let app = with_plan(app());
    let ctx = app.context().script(Script::default().always("open-port", trouble));
    let output = ctx.run(ctx.on().config_changed(), &world());
    assert!(output.is_success(), "{:?}", output.logs);
    assert_eq!(output.state.unit_status, Status::blocked(format!("open-port: {said}")));
    assert!(has_databag(&output), "what else is buffered is sent");
}

#[test]
fn a_transient_fault_fails_the_hook_of_a_charm_that_says_so() {
    let transient = || fault(FaultKind::Transient);
    let observe = App::<Retries>::of_kind().observe(move |_| Err(transient()));
    let handler = App::<Retries>::of_kind().on(move |_, _| Err(transient()));
    let scope = App::<Retries>::of_kind().plan(move |_, plan| {
        plan.unit_data(DB, || Err(transient()));
        Ok(())
    });
    for app in [observe, handler, scope] {
        assert_failed(&run(&app, Hook::ConfigChanged));
    }
    let blocked = App::<Retries>::of_kind().observe(|_| Err(fault(FaultKind::Blocked)));
    assert_shown(&run(&blocked, Hook::ConfigChanged), FaultKind::Blocked);
}

#[test]
fn several_faults_show_the_worst_and_log_all() {
    let app = app().plan(|_, plan| {
        plan.unit_data(DB, || Err(Fault::waiting("for the database")));
        plan.container(WEB, |_| Err(Fault::blocked("no licence")));
        plan.hold(Scope::Ports, Fault::transient("no ports yet"));
        Ok(())
    });
    let output = run(&app, Hook::ConfigChanged);
    assert_eq!(output.state.unit_status, Status::blocked("no licence"));
    assert_eq!(logged(&output, "WARNING"), ["no licence", "no ports yet"]);
}

fn panics(at: &'static str) -> App {
    let stop = move |here: &str| {
        if here == at {
            panic!("no water in {here}");
        }
    };
    app()
        .on(move |_, live| {
            live.open_port(ops::hook_command::PortRange::tcp(81))?;
            live.store("note", 1, &"written")?;
            stop("on");
            Ok(Outcome::done())
        })
        .observe(move |_| {
            stop("observe");
            Ok(Seen::new())
        })
        .plan(move |_, plan| {
            fill(plan);
            stop("plan");
            Ok(())
        })
        .collect(move |_, _, _| stop("status"))
        .finalize(move |_| {
            stop("finalize");
            Ok(())
        })
}

#[test]
fn a_panic_anywhere_fails_the_hook_and_drops_what_was_buffered() {
    for (at, hook) in [
        ("on", Hook::ConfigChanged),
        ("observe", Hook::ConfigChanged),
        ("plan", Hook::ConfigChanged),
        ("status", Hook::ConfigChanged),
        ("finalize", Hook::Stop),
    ] {
        let output = run(&panics(at), hook);
        assert_failed(&output);
        let [line] = logged(&output, "ERROR")[..] else { panic!("{:?}", output.logs) };
        assert!(line.contains(&format!("no water in {at} (at ")), "{line}");
        assert!(line.contains("faults.rs:"), "{line}");
        assert!(output.state.stored.is_empty());
        assert_eq!(output.ended.stderr, "");
    }
}

#[test]
fn the_log_names_the_causes_that_the_status_leaves_out() {
    use ops::FaultExt as _;
    let app = app().observe(|_| {
        "http".parse::<u16>().or_blocked("option port must be a port number")?;
        Ok(Seen::new())
    });
    let output = run(&app, Hook::ConfigChanged);
    assert_eq!(output.state.unit_status, Status::blocked("option port must be a port number"));
    assert_eq!(
        logged(&output, "WARNING"),
        ["option port must be a port number: invalid digit found in string"]
    );
}
