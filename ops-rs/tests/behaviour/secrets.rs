//! Secrets of others: seen at once, followed once they are put to use.

use crate::app::{App, DB, Db, FaultKind, Seen, WEB, app, fault, secret_id, service};
use ops::{Fault, Outcome, Plan, Status, Text};
use ops_testing::{
    Output, Relation, Secret, State,
    emulator::juju::{Hook, Script, Trouble},
};

const OLD: &str = "the-old-value-of-it";
const NEW: &str = "the-new-value-of-it";

fn rotated() -> Secret {
    let mut secret = Secret::granted(&secret_id(), &[("token", OLD)]).revised(&[("token", NEW)]);
    secret.tracked = Some(1);
    secret
}

/// Sees the token, and plans this with it.
fn uses(plan: impl Fn(&Text, &mut Plan) + Send + Sync + 'static) -> App {
    app()
        .observe(|model| {
            let content = model.secret(&secret_id());
            let token = content.require("the secret")?.get("token").cloned();
            let token = token.ok_or_else(|| Fault::blocked("no token"))?;
            Ok(Seen::from([("token".to_owned(), Text::from(token))]))
        })
        .plan(move |seen, made| {
            plan(&seen["token"], made);
            Ok(())
        })
}

fn in_container() -> App {
    uses(|token, plan| {
        plan.container(WEB, |web| {
            web.service("web", service(token));
            Ok(())
        });
    })
}

fn state() -> State {
    State::default().container(WEB).secret(&rotated()).relation(&Relation::new(Db, 1)).leader()
}

fn gets(output: &Output) -> Vec<&str> {
    let calls = output.calls.iter().map(String::as_str);
    calls.filter(|call| call.starts_with("secret-get")).collect()
}

fn tracked(output: &Output) -> Option<u64> {
    output.state.secrets[&secret_id()].tracked
}

#[test]
fn the_latest_content_is_seen_and_followed_after_it_is_put_to_use() {
    let output = in_container().run(Hook::ConfigChanged, &state());
    assert!(output.is_success(), "{:?}", output.logs);
    let [plain, peek, refresh] = gets(&output)[..] else { panic!("{:?}", gets(&output)) };
    assert!(!plain.contains("--peek") && !plain.contains("--refresh"), "{plain}");
    assert!(peek.contains("--peek") && refresh.contains("--refresh"));
    assert_eq!(tracked(&output), Some(2));
    let plan = output.state.containers[&WEB].pebble.plan();
    assert_eq!(plan.services["web"].environment["LEVEL"].expose(), NEW);
}

#[test]
fn a_secret_that_nothing_runs_with_yet_is_read_and_followed_with_one_command() {
    let app = app().observe(|model| {
        let content = model.secret_afresh(&secret_id());
        let token = content.require("the secret")?.get("token").cloned();
        assert_eq!(token.map(|token| token.expose() == NEW), Some(true));
        // Whoever asks the usual way gets the same answer.
        assert_eq!(model.secret(&secret_id()), content);
        Ok(Seen::new())
    });
    let output = app.run(Hook::ConfigChanged, &state());
    let [get] = gets(&output)[..] else { panic!("{:?}", gets(&output)) };
    assert!(get.contains("--refresh"), "{get}");
    assert_eq!(tracked(&output), Some(2));
}

#[test]
fn a_secret_that_did_not_change_is_not_refreshed() {
    let output = in_container().run(Hook::ConfigChanged, &state());
    assert_eq!(gets(&in_container().run(Hook::ConfigChanged, &output.state)).len(), 2);
}

#[test]
fn a_secret_is_followed_only_when_its_scope_succeeded() {
    let mut down = state();
    down.containers.get_mut(&WEB).unwrap().reachable = false;
    let output = in_container().run(Hook::ConfigChanged, &down);
    assert_eq!((gets(&output).len(), tracked(&output)), (2, Some(1)));

    let held = uses(|token, plan| {
        plan.container(WEB, |web| {
            web.service("web", service(token));
            Err(fault(FaultKind::Waiting))
        });
    });
    let output = held.run(Hook::ConfigChanged, &state());
    assert_eq!((gets(&output).len(), tracked(&output)), (2, Some(1)));
}

#[test]
fn every_kind_of_scope_follows_what_it_uses() {
    let in_file = uses(|token, plan| {
        plan.container(WEB, |web| {
            web.file("/etc/token", token);
            Ok(())
        });
    });
    let in_databag = uses(|token, plan| {
        let token = token.clone();
        plan.unit_data(DB, || Ok(crate::app::Bag([("token".to_owned(), token)].into())));
    });
    let in_own_secret = uses(|token, plan| {
        plan.secret("copy", |secret| {
            secret.key("token", token);
            Ok(())
        });
    });
    for app in [in_file, in_databag, in_own_secret] {
        let output = app.run(Hook::ConfigChanged, &state());
        assert!(output.is_success(), "{:?}", output.logs);
        assert_eq!(tracked(&output), Some(2));
    }
}

#[test]
fn a_follower_moves_on_from_what_only_the_leader_writes() {
    let in_databag = uses(|token, plan| {
        let token = token.clone();
        plan.application_data(DB, || Ok(crate::app::Bag([("token".to_owned(), token)].into())));
    });
    let in_own_secret = uses(|token, plan| {
        plan.secret("copy", |secret| {
            secret.key("token", token);
            Ok(())
        });
    });
    let mut follower = state();
    follower.leader = false;
    for app in [in_databag, in_own_secret] {
        let output = app.run(Hook::ConfigChanged, &follower);
        assert!(output.is_success(), "{:?}", output.logs);
        assert_eq!(tracked(&output), Some(2));
        assert!(
            output.state.relations.values().all(|relation| relation.local_application.is_empty())
        );
        assert_eq!(output.state.secrets.len(), 1);
    }
}

#[test]
fn a_secret_that_was_not_granted_is_a_fault_and_one_that_is_gone_is_absent() {
    let app = in_container();
    let withheld = Secret::withheld(&secret_id(), &[("token", OLD)]);
    let output = app.run(Hook::ConfigChanged, &State::default().secret(&withheld));
    assert!(output.is_success());
    assert_eq!(output.state.unit_status.message, "secret-get: permission denied");
    let output = app.run(Hook::ConfigChanged, &State::default());
    assert!(
        output.state.unit_status.message.contains("the secret"),
        "{:?}",
        output.state.unit_status
    );
}

#[test]
fn what_is_seen_and_planned_shows_no_secret() {
    // The kit looks at the arguments, the log and the statuses; here a status is made of `Debug`.
    let app = in_container().collect(|seen, report, statuses| {
        statuses.unit(Status::active_with(format!("{seen:?} {report:?}")));
    });
    let output = app.run(Hook::ConfigChanged, &state());
    assert!(output.state.unit_status.message.contains("token@"));
}

#[test]
fn an_owned_secret_that_cannot_be_read_is_not_taken_for_one_that_is_not_there() {
    let app = app().on(|_, live| {
        live.set_secret("token", Default::default())?;
        Ok(Outcome::done())
    });
    let refused = Trouble::Fails { code: 1, stderr: "ERROR permission denied".into() };
    let ctx = app.context().script(Script::default().always("secret-info-get", refused));
    let output = ctx.run(Hook::ConfigChanged, &State::default());
    assert!(output.is_success(), "{:?}", output.logs);
    assert_eq!(output.state.unit_status, Status::blocked("secret-info-get: permission denied"));
    assert!(!app.run(Hook::ConfigChanged, &State::default()).is_success(), "no such label");
}

#[test]
fn content_can_be_part_of_what_is_seen() {
    fn snapshot<T: ops::reconcile::Snapshot>() {}
    snapshot::<ops::model::SecretContent>();
    snapshot::<ops::model::OwnedSecret>();
    snapshot::<ops::Remote<crate::app::Bag>>();
    snapshot::<std::collections::BTreeMap<String, ops::pebble::ServiceInfo>>();
}

#[test]
fn a_revision_that_nobody_follows_is_removed_at_commit() {
    let owned = Secret::owned(&secret_id(), "token", &[("value", OLD)]).revised(&[("value", NEW)]);
    let app = app().on(|event, live| {
        let ops::Event::SecretRemove { secret, revision } = event else {
            return Err(Fault::bug("another event"));
        };
        live.remove_secret(&secret.id, Some(*revision))?;
        Ok(Outcome::done())
    });
    let hook = app.context().on().secret_remove(&owned, 1);
    let output = app.run(hook, &State::default().leader().secret(&owned));
    assert!(output.is_success(), "{:?}", output.logs);
    let left: Vec<_> = output.state.secrets[&secret_id()].revisions.keys().collect();
    assert_eq!(left, [&2]);
}
