//! `kill -9` anywhere: when Juju has run the hook again, the world is that of a run without the crash.

use super::{built, deployed, pebble, root, world};
use ops_core::names::UnitName;
use ops_pebble::layer::Service;
use ops_testing::{
    emulator::pebble::Effect,
    engine::{Engine, How, Outcome, Program},
    process::{Binary, Kill},
};
use serde_json::Value;
use std::rc::Rc;

#[test]
fn in_the_first_hook() {
    let (engine, unit, binary) = world();
    killed_anywhere(&engine, &unit, &binary, "install", running);
}

#[test]
fn when_the_container_comes_up() {
    let (mut engine, unit, binary) = world();
    engine.container_down(&unit, "hook-service").unwrap();
    engine.settle().unwrap();
    engine.container_up(&unit, "hook-service").unwrap();
    killed_anywhere(&engine, &unit, &binary, "hook-service-pebble-ready", running);
}

#[test]
fn a_running_service_gets_its_new_configuration_whenever_the_charm_is_killed() {
    let (engine, unit, binary) = reconfigured();
    killed_anywhere(&engine, &unit, &binary, "config-changed", running);
}

#[test]
fn a_service_whose_file_changed_is_restarted_whenever_the_charm_is_killed() {
    let program = built("charm-example", &["--example", "restarts"]);
    let binary = Rc::new(Binary::new(program).charm_file(root().join("metadata.yaml")));
    let (mut engine, unit) = deployed(Rc::clone(&binary) as Rc<dyn Program>);
    engine.settle().unwrap();
    engine.set_config("hook-service", "log_level", "debug").unwrap();
    assert_eq!(runs_with(&engine, &unit), "info");
    killed_anywhere(&engine, &unit, &binary, "config-changed", runs_with);
}

/// What the file holds, if the service runs and was started later than the file was written.
fn runs_with(engine: &Engine, unit: &UnitName) -> String {
    let pebble = pebble(engine, unit);
    let last = |wanted: fn(&Effect) -> bool| pebble.effects().iter().rposition(wanted);
    let pushed = last(|effect| matches!(effect, Effect::Push { .. }));
    let started = last(|effect| matches!(effect, Effect::Start(_)));
    let file = pebble.file_at("/etc/web/level").unwrap();
    match pebble.is_running("web") && pushed < started {
        true => String::from_utf8(file.content).unwrap(),
        false => format!("{:?}", pebble.effects()),
    }
}

fn reconfigured() -> (Engine, UnitName, Rc<Binary>) {
    let (mut engine, unit, binary) = world();
    engine.settle().unwrap();
    engine.set_config("hook-service", "log_level", "debug").unwrap();
    (engine, unit, binary)
}

/// Kills the next hook at each of its steps, each time in a copy of the world, and lets the copy
/// settle.
fn killed_anywhere(
    before: &Engine,
    unit: &UnitName,
    binary: &Binary,
    hook: &str,
    seen: fn(&Engine, &UnitName) -> String,
) {
    let mut whole = before.clone();
    let entry = whole.step().unwrap();
    assert_eq!((&*entry.name, &entry.outcome), (hook, &Outcome::Done), "{}", entry.ended.stderr);
    let steps = binary.steps();
    assert!(steps >= 10, "only {steps} steps");
    whole.settle().unwrap();
    let whole = seen(&whole, unit);
    // After the last step there is only the exit: what was buffered is lost with it.
    for kill in (0..steps).map(Kill::Before).chain([Kill::After(steps - 1)]) {
        let mut engine = before.clone();
        binary.kill_next(kill);
        let entry = engine.step().unwrap();
        assert_eq!(entry.ended.how, How::Signal(9), "{kill:?}");
        engine.settle().unwrap_or_else(|why| panic!("{kill:?}: {why:?}"));
        let now = seen(&engine, unit);
        let lines = now.lines().zip(whole.lines());
        let differing: Vec<_> = lines.filter(|(now, whole)| now != whole).take(8).collect();
        assert!(now == whole, "{kill:?}: {differing:#?}");
    }
}

/// The model and what is planned, without what differs from run to run: times, ids, contents that
/// are random.
fn planned(engine: &Engine, unit: &UnitName) -> String {
    let mut model = serde_json::to_value(engine.model()).unwrap();
    without(&mut model, &["now", "since", "history", "counters", "created", "version"]);
    // Once more, so that secrets are in the order of their names.
    let model: Value = serde_json::from_str(&named(engine, model.to_string())).unwrap();
    let pebble = pebble(engine, unit);
    let services = pebble.services();
    let states: Vec<_> = services.iter().map(|(name, state)| (name, state.current)).collect();
    let service = show(&pebble.plan().services["hook-service"]);
    named(engine, format!("{model:#}\n{:?}\n{states:?}\n{service}", pebble.plan().checks))
}

/// As [`planned`], with the configuration that the service runs with: the plan does not show a replan
/// that was lost.
fn running(engine: &Engine, unit: &UnitName) -> String {
    let started = show(&pebble(engine, unit).services()["hook-service"].config);
    planned(engine, unit) + &named(engine, format!("started: {started}"))
}

fn show(service: &Service) -> String {
    let mut text = format!("{service:?}\n");
    for (name, value) in &service.environment {
        text += &format!("{name}={}\n", value.expose());
    }
    text
}

fn named(engine: &Engine, mut text: String) -> String {
    let model = engine.model();
    for (id, key, value) in model.secret_values() {
        let name = format!("{} {key}", model.secrets[id].label);
        text = text.replace(value, &format!("<{name}>"));
        text = text.replace(id.bare(), &format!("<id of {name}>"));
    }
    text
}

fn without(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !names.contains(&name.as_str()));
            fields.values_mut().for_each(|value| without(value, names));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| without(value, names)),
        _ => {}
    }
}
