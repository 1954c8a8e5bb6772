//! Only what differs is written, and what others wrote stays.

use crate::app::{App, Cluster, DB, Db, PEERS, Seen, WEB, app, bag, commands, service};
use ops::{
    Fault, Outcome, Probe, Secret, Status,
    hook_command::PortRange,
    pebble::layer::{Layer, Service, Startup},
};
use ops_testing::{
    Output, Relation, State,
    emulator::{
        juju::{Hook, OpenPort},
        pebble::{Behaviour, Effect, Pebble},
    },
};

fn runs(level: &'static str) -> App {
    app().plan(move |_, plan| {
        plan.container(WEB, |web| {
            web.service("web", service(level));
            web.file("/etc/web/plain", "plain");
            web.file("/etc/web/secret", Secret::new("a-long-secret".to_owned(), "tag"));
            web.file_with_mode("/bin/run", "#!/bin/sh", 0o755);
            Ok(())
        });
        Ok(())
    })
}

fn run(app: &App, state: &State) -> Output {
    let output = app.run(Hook::ConfigChanged, state);
    assert!(output.is_success(), "{:?}", output.logs);
    output
}

fn up() -> State {
    run(&runs("info"), &State::default().container(WEB)).state
}

#[test]
fn a_container_is_brought_up_with_files_a_layer_and_a_start() {
    let output = run(&runs("info"), &State::default().container(WEB));
    let effects = &output.pebble_effects(&WEB);
    let push = |path: &str| Effect::Push { path: path.to_owned() };
    let expected = [
        push("/bin/run"),
        push("/etc/web/plain"),
        push("/etc/web/secret"),
        Effect::AddLayer { label: "web".into() },
        Effect::Start(vec!["web".into()]),
    ];
    assert_eq!(*effects, expected);
    let pebble = &output.state.containers[&WEB].pebble;
    let mode = |path: &str| pebble.file_at(path).unwrap().mode;
    assert_eq!(mode("/etc/web/plain"), 0o644);
    assert_eq!(mode("/etc/web/secret"), 0o600, "secret content is its owner's alone");
    assert_eq!(mode("/bin/run"), 0o755);
}

#[test]
fn a_container_that_is_as_planned_is_left_alone() {
    let output = run(&runs("info"), &up());
    assert_eq!(output.pebble_effects(&WEB), []);
}

#[test]
fn a_running_service_that_changed_is_restarted_with_its_new_configuration() {
    let output = run(&runs("debug"), &up());
    let web = || vec!["web".to_owned()];
    let expected =
        [Effect::Stop(web()), Effect::AddLayer { label: "web".into() }, Effect::Start(web())];
    assert_eq!(output.pebble_effects(&WEB), expected);
    let pebble = &output.state.containers[&WEB].pebble;
    assert!(pebble.is_running("web"));
    assert_eq!(pebble.services()["web"].config.environment["LEVEL"].expose(), "debug");
}

#[test]
fn a_service_that_stopped_is_started() {
    let mut state = up();
    state.containers.get_mut(&WEB).unwrap().pebble.crash("web", 1);
    let output = run(&runs("info"), &state);
    assert!(output.state.containers[&WEB].pebble.is_running("web"));
}

#[test]
fn a_file_that_somebody_changed_is_pushed_again() {
    let mut state = up();
    let pebble = &mut state.containers.get_mut(&WEB).unwrap().pebble;
    *pebble = std::mem::take(pebble).file("/etc/web/plain", "meddled");
    let output = run(&runs("info"), &state);
    assert_eq!(output.pebble_effects(&WEB), [Effect::Push { path: "/etc/web/plain".into() }]);
}

#[test]
fn a_service_of_another_charm_survives_in_the_plan() {
    let other = Layer::new().service("sidecar", Service::new("sidecar").startup(Startup::Enabled));
    let mut state = State::default().container(WEB);
    let pebble = &mut state.containers.get_mut(&WEB).unwrap().pebble;
    let daemon = ops_testing::emulator::pebble::Daemon::new(std::mem::take(pebble));
    let client = ops::pebble::Client::new(std::rc::Rc::new(daemon.clone()));
    client.add_layer("other", &other, ops::pebble::Combine::Yes).unwrap();
    client.start(&["sidecar"]).unwrap();
    *pebble = daemon.state();
    let output = run(&runs("info"), &state);
    let pebble = &output.state.containers[&WEB].pebble;
    assert!(pebble.is_running("sidecar") && pebble.is_running("web"));
    let output = run(&runs("debug"), &output.state);
    assert!(output.state.containers[&WEB].pebble.plan().services.contains_key("sidecar"));
    assert!(output.state.containers[&WEB].pebble.is_running("sidecar"));
}

#[test]
fn an_idle_service_is_planned_and_not_started() {
    let app = app().plan(|_, plan| {
        plan.container(WEB, |web| {
            web.idle_service("web", service("info"));
            Ok(())
        });
        Ok(())
    });
    let output = run(&app, &State::default().container(WEB));
    assert_eq!(output.pebble_effects(&WEB), [Effect::AddLayer { label: "web".into() }]);
}

#[test]
fn a_workload_that_does_not_start_is_for_a_person_to_look_at() {
    let mut state = State::default().container(WEB);
    let pebble = Pebble::new().behaviour("web", Behaviour::exits_quickly(1));
    state.containers.get_mut(&WEB).unwrap().pebble = pebble;
    let output = run(&runs("info"), &state);
    assert_eq!(
        output.state.unit_status,
        Status::blocked("container web could not start its services")
    );
}

#[test]
fn a_databag_gets_the_keys_that_differ_and_others_keep_theirs() {
    let app = app().plan(|_, plan| {
        plan.application_data(PEERS, || Ok(bag(&[("a", "1"), ("b", "2"), ("gone", "")])));
        plan.unit_data(DB, || Ok(bag(&[("url", "http://web")])));
        Ok(())
    });
    let peers = Relation::peer(Cluster, 0)
        .local_key("a", "1")
        .local_key("gone", "old")
        .local_key("foreign", "kept");
    let state = State::default().leader().relation(&peers).relation(&Relation::new(Db, 1));
    let output = run(&app, &state);
    let bag = &output.state.relations[&peers.id].local_application;
    let keys: Vec<_> = bag.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(keys, ["a=1", "b=2", "foreign=kept"]);
    let again = run(&app, &output.state);
    assert!(!again.commands().contains(&"relation-set"));
    assert_eq!(again.effects, []);
}

#[test]
fn every_relation_of_an_endpoint_gets_its_own_keys() {
    let app = app().plan(|_, plan| {
        plan.application_data(DB, || Ok(bag(&[("to", "all")])));
        plan.application_data_of(DB, Relation::new(Db, 2).id, || Ok(bag(&[("to", "second")])));
        Ok(())
    });
    let (one, two) = (Relation::new(Db, 1), Relation::new(Db, 2));
    let output = run(&app, &State::default().leader().relation(&one).relation(&two));
    assert_eq!(output.state.relations[&one.id].local_application["to"], "all");
    assert_eq!(output.state.relations[&two.id].local_application["to"], "second");
}

#[test]
fn ports_that_are_open_are_not_opened_again_and_others_stay() {
    let app = app().plan(|_, plan| {
        plan.port(80).port(443);
        Ok(())
    });
    let mut state = State::default();
    state.ports.extend([OpenPort::tcp(80), OpenPort::tcp(22)]);
    let output = run(&app, &state);
    assert_eq!(output.commands().iter().filter(|name| **name == "open-port").count(), 1);
    assert_eq!(output.state.ports.len(), 3);
    assert!(!run(&app, &output.state).commands().contains(&"open-port"));
}

#[test]
fn the_workload_version_is_remembered_by_plans() {
    let version = |version: &'static str| {
        app().plan(move |_, plan| {
            plan.workload_version(version);
            Ok(())
        })
    };
    let first = run(&version("1.2"), &State::default());
    assert_eq!(first.state.workload_version, "1.2");
    let again = run(&version("1.2"), &first.state);
    assert_eq!(commands(&again), ["state-get", "status-get"]);
    assert_eq!(run(&version("1.3"), &first.state).state.workload_version, "1.3");
}

#[test]
fn a_random_key_is_made_once_and_a_known_one_follows_the_plan() {
    let with = |name: &'static str| {
        app().plan(move |_, plan| {
            plan.secret("token", |secret| {
                secret.random_hex("random", 16).key("name", name);
                Ok(())
            });
            Ok(())
        })
    };
    let secret = |output: &Output| {
        let [secret] = output.state.secrets.values().collect::<Vec<_>>()[..] else {
            panic!("one secret")
        };
        secret.clone()
    };
    let first = run(&with("the-first-name"), &State::default().leader());
    let made = secret(&first);
    let random = made.latest().unwrap()["random"].clone();
    assert_eq!((random.len(), made.revisions.len()), (32, 1));

    let same = run(&with("the-first-name"), &first.state);
    assert_eq!(secret(&same), made);
    assert!(!same.commands().contains(&"secret-set"));

    let changed = secret(&run(&with("the-second-name"), &first.state));
    assert_eq!(changed.revisions.len(), 2);
    assert_eq!(changed.latest().unwrap()["random"], random);
    assert_eq!(changed.latest().unwrap()["name"], "the-second-name");
}

#[test]
fn a_secret_that_was_just_made_can_be_named_in_the_same_dispatch() {
    let app = app()
        .observe(|model| {
            let id = model.owned_secret_id("token");
            Ok(id.present().map(|id| crate::app::seen("id", id.as_str())).unwrap_or_default())
        })
        .plan(|seen, plan| {
            plan.secret("token", |secret| {
                secret.random_hex("value", 16);
                Ok(())
            });
            plan.application_data(PEERS, || {
                let id = seen.get("id").ok_or_else(|| Fault::waiting("for the secret"))?;
                Ok(crate::app::Bag([("id".to_owned(), id.clone())].into()))
            });
            Ok(())
        });
    let peers = Relation::peer(Cluster, 0);
    let output = run(&app, &State::default().leader().relation(&peers));
    let id = output.state.secrets.keys().next().unwrap();
    assert_eq!(output.state.relations[&peers.id].local_application["id"], id.as_str());
    assert_eq!(output.state.unit_status, Status::active());
}

/// By hand this, by the plan `http://web`; the databag has this so far.
fn both(by_hand: &'static str, so_far: &str) -> Output {
    let app = app()
        .on(move |_, live| {
            live.set_unit_data(DB, &bag(&[("url", by_hand)]))?;
            Ok(Outcome::done())
        })
        .plan(|_, plan| {
            plan.unit_data(DB, || Ok(bag(&[("url", "http://web")])));
            Ok(())
        });
    let mut db = Relation::new(Db, 1);
    if !so_far.is_empty() {
        db.local_unit.insert("url".into(), so_far.into());
    }
    app.run(Hook::ConfigChanged, &State::default().relation(&db))
}

#[test]
fn a_key_that_the_hand_and_the_plan_want_differently_is_a_bug_that_names_both() {
    // Also when one of them wants what is there already.
    for so_far in ["", "http://mine", "http://web"] {
        let output = both("http://mine", so_far);
        assert!(!output.is_success(), "{so_far}");
        let line = crate::app::logged(&output, "ERROR")[0];
        assert!(
            line.contains("db:1 unit databag key url is written by the plan and by hand"),
            "{line}"
        );
    }
}

#[test]
fn a_key_that_the_hand_and_the_plan_want_alike_is_written_once() {
    let output = both("http://web", "");
    assert!(output.is_success(), "{:?}", output.logs);
    assert_eq!(output.commands().iter().filter(|name| **name == "relation-set").count(), 1);
    assert!(!both("http://web", "http://web").commands().contains(&"relation-set"));
}

#[test]
fn a_key_that_is_back_where_it_was_is_not_sent() {
    let app = app().on(|_, live| {
        for url in ["http://new", "http://old"] {
            live.set_unit_data(DB, &bag(&[("url", url)]))?;
        }
        live.open_port(PortRange::tcp(80))?;
        live.close_port(PortRange::tcp(80))?;
        Ok(Outcome::done())
    });
    let mut db = Relation::new(Db, 1);
    db.local_unit.insert("url".into(), "http://old".into());
    let output = run(&app, &State::default().relation(&db));
    assert_eq!(output.effects.len(), 1, "the status: {:?}", output.effects);
}

#[test]
fn what_a_charm_stores_is_there_in_the_next_dispatch_and_written_when_it_differs() {
    let app = app().on(|_, live| {
        let times = match live.model().stored::<u32>("times", 1) {
            Probe::Present(times) => times + 1,
            _ => 1,
        };
        live.store("times", 1, &times.min(2))?;
        Ok(Outcome::done())
    });
    let one = run(&app, &State::default());
    let two = run(&app, &one.state);
    assert_ne!(one.state.stored, two.state.stored);
    let three = run(&app, &two.state);
    assert!(!three.commands().contains(&"state-set"));
}

#[test]
fn a_port_that_a_handler_opens_unasked_needs_no_question_of_the_plan() {
    let app = app()
        .plan(|_, plan| {
            plan.port(80);
            Ok(())
        })
        .on(|_, live| {
            live.open_port_unasked(PortRange::tcp(80));
            Ok(Outcome::done())
        });
    let output = app.run(Hook::ConfigChanged, &State::default());
    assert_eq!(output.state.ports, [OpenPort::tcp(80)].into());
    assert!(!output.commands().contains(&"opened-ports"), "{:?}", output.calls);
}

#[test]
fn in_install_juju_is_not_asked_for_relations_that_it_has_not_announced() {
    let app = app().observe(|model| model.relations(DB).map(|_| Seen::new()));
    let state = State::default().relation(&Relation::new(Db, 1));
    let output = app.run(Hook::Install, &state);
    assert!(!output.commands().contains(&"relation-ids"), "{:?}", output.calls);
    let output = app.run(Hook::ConfigChanged, &state);
    assert!(output.commands().contains(&"relation-ids"), "{:?}", output.calls);
}
