//! The same random layers into an emulated and a real Pebble: the same plans come out.

use crate::doors::{in_process, v1_32};
use ops_pebble::{
    Combine,
    layer::{Action, Check, Layer, Level, LogTarget, Override, Service, Startup},
};

use proptest::{collection, option, prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::time::Duration;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,3}", "[ -~\u{e9}\n]{0,8}"]
}

fn override_() -> impl Strategy<Value = Option<Override>> {
    prop_oneof![
        9 => Just(Some(Override::Merge)),
        9 => Just(Some(Override::Replace)),
        1 => Just(None),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![Just(Action::Restart), Just(Action::Ignore), Just(Action::Shutdown)]
}

fn duration() -> impl Strategy<Value = Duration> {
    (1_u64..10_000_000).prop_map(Duration::from_micros)
}

fn services() -> impl Strategy<Value = Vec<String>> {
    collection::vec(prop_oneof![Just("web"), Just("db")].prop_map(str::to_owned), 0..2)
}

fn service() -> impl Strategy<Value = Service> {
    let texts = (word(), word(), prop_oneof![Just("run"), Just("run --fast"), Just("")], word());
    let lists = (services(), collection::btree_map("[A-Z]{1,2}", word(), 0..3));
    let numbers = (option::of(0_u32..3), option::of(1_u32..4), option::of(duration()));
    let actions = (option::of(action()), option::of(action()), option::of(any::<bool>()));
    (texts, lists, numbers, actions, override_()).prop_map(
        |(texts, lists, numbers, actions, override_)| {
            let mut service = Service::new(texts.2);
            (service.summary, service.description, service.working_dir) =
                (texts.0, texts.1, texts.3);
            // Only one direction, so that most plans have no loop.
            service.after = lists.0.into_iter().filter(|name| name == "db").collect();
            service = service.envs(lists.1);
            (service.user_id, service.kill_delay) = (numbers.0, numbers.2);
            service.backoff_factor = numbers.1.map(|factor| f64::from(factor) * 0.75);
            (service.on_success, service.on_failure) = (actions.0, actions.1);
            let startup = |on| if on { Startup::Enabled } else { Startup::Disabled };
            service.startup = actions.2.map(startup);
            service.override_ = override_;
            service
        },
    )
}

fn check() -> impl Strategy<Value = Check> {
    let kind = prop_oneof![
        Just(Check::tcp(1)),
        Just(Check::tcp(2)),
        word().prop_map(|path| Check::http(format!("http://localhost:1/{path}"))),
        Just(Check::exec("true")),
    ];
    (kind, option::of(0_u32..6), option::of(duration()), option::of(duration()), override_())
        .prop_map(|(mut check, threshold, period, timeout, override_)| {
            (check.threshold, check.period, check.timeout) = (threshold, period, timeout);
            check.level = threshold.map(|_| Level::Alive);
            check.startup = Some(Startup::Disabled);
            check.override_ = override_;
            check
        })
}

fn target() -> impl Strategy<Value = LogTarget> {
    (services(), word(), override_()).prop_map(|(services, label, override_)| {
        let mut target = LogTarget::new("loki", "http://localhost:1").label("a", label);
        (target.services, target.override_) = (services, override_);
        target
    })
}

fn layer() -> impl Strategy<Value = Layer> {
    let services = collection::btree_map(prop_oneof![Just("web"), Just("db")], service(), 0..3);
    let checks = collection::btree_map(prop_oneof![Just("up"), Just("ok")], check(), 0..2);
    let targets = collection::btree_map(Just("loki"), target(), 0..2);
    (services, checks, targets).prop_map(|(services, checks, targets)| {
        let layer = Layer::new();
        let layer = services.into_iter().fold(layer, |layer, (name, s)| layer.service(name, s));
        let layer = checks.into_iter().fold(layer, |layer, (name, c)| layer.check(name, c));
        targets.into_iter().fold(layer, |layer, (name, t)| layer.log_target(name, t))
    })
}

#[test]
fn random_layers_make_the_same_plans() {
    let (Some(emulated), Some(real)) = (in_process(), v1_32()) else { return };
    let steps = (layer(), prop_oneof![Just("a"), Just("b"), Just("c")], any::<bool>());
    let mut runner = TestRunner::deterministic();
    let mut accepted = 0;
    for step in 0..300 {
        let (layer, label, combine) = steps.new_tree(&mut runner).unwrap().current();
        let combine = if combine || step > 20 { Combine::Yes } else { Combine::No };
        let ours = emulated.client.add_layer(label, &layer, combine);
        let theirs = real.client.add_layer(label, &layer, combine);
        // Of several reasons, the real one names any.
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{layer:#?}\n{ours:?}\n{theirs:?}");
        let (ours, theirs) = (emulated.client.plan().unwrap(), real.client.plan().unwrap());
        assert_eq!(ours.revealed_like(&layer), theirs.revealed_like(&layer), "{step}: {layer:#?}");
        accepted += usize::from(ours.same_as(&theirs) && !ours.services.is_empty());
    }
    assert!(accepted > 200, "{accepted}");
}
