//! Actions: typed in, results out, and a failure that leaves nothing behind.

use crate::app::{App, DB, Db, FaultKind, app, bag, fault, logged};
use ops::{ActionResults, Fault, Secret, Status, hook_command::PortRange, names::SecretId};
use ops_testing::{
    Relation, Secret as Stored, State,
    emulator::juju::{Effect, Hook, Script, Trouble},
};
use std::collections::BTreeMap;

fn backup(params: serde_json::Value) -> Hook {
    let serde_json::Value::Object(params) = params else { panic!("parameters are an object") };
    Hook::Action { name: "backup".into(), id: "7".into(), params }
}

#[test]
fn parameters_come_typed_and_results_go_out() {
    let app = app().act(|action, cx| {
        assert_eq!((action.to.as_deref(), action.keep), (Some("s3://there"), 7));
        assert_eq!(cx.id(), "7");
        cx.log("half way")?;
        Ok(ActionResults::from([("size.bytes".into(), "12".into())]))
    });
    let output = app.run(backup(serde_json::json!({"to": "s3://there"})), &State::default());
    let action = output.action.as_ref().unwrap();
    assert_eq!(action.results["size"]["bytes"], "12");
    assert_eq!(action.messages, ["half way"]);
    assert_eq!(action.failed, None);
}

#[test]
fn a_parameter_of_another_type_fails_the_action_and_names_it() {
    let output = app().run(backup(serde_json::json!({"keep": "many"})), &State::default());
    assert!(output.is_success());
    let failed = output.action.unwrap().failed.unwrap();
    assert_eq!(failed, "parameter keep is not an integer");
}

fn id() -> SecretId {
    crate::app::secret_id()
}

/// Writes everywhere, and then fails like this.
fn writes_and_fails(kind: FaultKind) -> App {
    app().act(move |_, cx| {
        cx.set_unit_data(DB, &bag(&[("url", "http://web")]))?;
        cx.open_port(PortRange::tcp(80))?;
        cx.store("note", 1, &"written")?;
        let value = Secret::new("another-long-value".to_owned(), "new");
        cx.set_secret("token", BTreeMap::from([("value".to_owned(), value)]))?;
        cx.remove_secret(&id(), Some(1))?;
        Err(fault(kind))
    })
}

fn state() -> State {
    let secret = Stored::owned(&id(), "token", &[("value", "a-very-long-value")]);
    State::default().leader().relation(&Relation::new(Db, 1)).secret(&secret)
}

#[test]
fn an_action_that_fails_says_why_and_leaves_nothing_behind() {
    for kind in [FaultKind::Waiting, FaultKind::Transient, FaultKind::Blocked, FaultKind::Denied] {
        let before = state();
        let output = writes_and_fails(kind).run(backup(serde_json::json!({})), &before);
        assert!(output.is_success(), "{:?}", output.logs);
        let failed = output.action.as_ref().unwrap().failed.clone();
        assert_eq!(failed, Some(format!("it is {kind:?}")));
        let wrote = output
            .juju_effects()
            .filter(|effect| !matches!(effect, Effect::ActionFailed(_) | Effect::UnitStatus(_)));
        assert_eq!(wrote.count(), 0, "{:?}", output.effects);
        assert_eq!(output.state.secrets, before.secrets);
        assert_eq!(output.state.stored, before.stored);
    }
}

#[test]
fn the_same_action_without_the_failure_writes_all_of_it() {
    let app = app().act(|_, cx| {
        cx.set_unit_data(DB, &bag(&[("url", "http://web")]))?;
        cx.store("note", 1, &"written")?;
        let value = Secret::new("another-long-value".to_owned(), "new");
        cx.set_secret("token", BTreeMap::from([("value".to_owned(), value)]))?;
        let there = cx.model().owned_secret("token");
        assert_eq!(there.present().unwrap().get("value").unwrap().expose(), "another-long-value");
        Ok(ActionResults::new())
    });
    let output = app.run(backup(serde_json::json!({})), &state());
    assert!(output.is_success(), "{:?}", output.logs);
    let secret = &output.state.secrets[&id()];
    assert_eq!(secret.latest().unwrap()["value"], "another-long-value");
    assert_eq!(secret.revisions.len(), 2);
    assert!(output.state.stored.contains_key("charm.note"));
    assert!(!output.state.relations[&Relation::new(Db, 1).id].local_unit.is_empty());
}

#[test]
fn a_status_that_a_failed_action_showed_does_not_stay() {
    let app = app().act(|_, cx| {
        cx.show_status(&Status::maintenance("backing up"))?;
        Err(Fault::blocked("no room"))
    });
    let output = app.run(backup(serde_json::json!({})), &State::default());
    assert_eq!(output.state.unit_status, Status::active());
}

#[test]
fn a_bug_in_an_action_exits_with_1_and_tells_whoever_ran_it() {
    let output = writes_and_fails(FaultKind::Bug).run(backup(serde_json::json!({})), &state());
    assert!(!output.is_success());
    assert_eq!(output.ended.stderr, "it is Bug\n");
    assert_eq!(output.state.stored, BTreeMap::new());
}

#[test]
fn a_panic_in_an_action_exits_with_1_and_tells_whoever_ran_it() {
    let app = app().act(|_, cx| {
        cx.open_port(PortRange::tcp(80))?;
        panic!("no water")
    });
    let output = app.run(backup(serde_json::json!({})), &State::default());
    assert!(!output.is_success());
    assert!(output.ended.stderr.contains("no water (at "), "{}", output.ended.stderr);
    assert!(logged(&output, "ERROR")[0].contains("no water"));
    assert!(output.state.ports.is_empty());
}

#[test]
fn results_that_juju_does_not_take_fail_the_action() {
    let app = app().act(|_, _| Ok(ActionResults::from([("UPPER".into(), "1".into())])));
    let output = app.run(backup(serde_json::json!({})), &State::default());
    assert!(!output.is_success() || output.action.unwrap().failed.is_some());
    let refused = Trouble::Fails { code: 1, stderr: "ERROR permission denied".into() };
    let app = crate::app::app().act(|_, _| Ok(ActionResults::from([("a".into(), "1".into())])));
    let ctx = app.context().script(Script::default().always("action-set", refused));
    let output = ctx.run(backup(serde_json::json!({})), &State::default());
    assert_eq!(output.action.unwrap().failed.unwrap(), "action-set: permission denied");
}
