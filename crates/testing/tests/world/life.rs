//! Two charms live together: they are related, configured, scaled, upgraded and removed.

use crate::charms::{Address, NEED, Notes, Store, notes, related, store};
use ops::prelude::*;
use ops_testing::{
    engine::Outcome,
    world::{Application, Build, World},
};

fn env(world: &World, unit: &str, name: &str) -> String {
    let plan = world.container(unit, notes::containers::NOTES).plan().clone();
    plan.services["notes"].environment[name].expose().to_owned()
}

#[test]
fn what_one_charm_writes_the_other_runs_with() {
    let world = related();
    world.expect_active("store");
    world.expect_active("notes");
    assert_eq!(env(&world, "notes/0", "STORE"), "http://store:80");
    let bag = world.databag(("notes:store", "store:notes"), "store");
    assert_eq!(bag, [("url".to_owned(), "http://store:80".to_owned())].into());
}

#[test]
fn a_new_option_of_one_reaches_the_service_of_the_other() {
    let mut world = related();
    world.set_config("store", "port", 81);
    world.settle();
    assert_eq!(env(&world, "notes/0", "STORE"), "http://store:81");
    world.reset_config("store", "port");
    world.settle();
    assert_eq!(env(&world, "notes/0", "STORE"), "http://store:80");
}

#[test]
fn options_are_set_by_their_types() {
    let mut world = related();
    world.deploy(Application::of(|| Store).named("other").config(store::options::PORT, 99));
    world.set_config("store", store::options::PORT, 98);
    world.set_config("notes", notes::options::BANNER, "typed");
    world.settle();
    assert_eq!(env(&world, "notes/0", "STORE"), "http://store:98");
    assert_eq!(env(&world, "notes/0", "BANNER"), "typed");
    assert_eq!(world.unit("other/0").state().config["port"], 99_i64.into());
}

#[test]
fn the_same_charm_is_there_twice_under_two_names() {
    let mut world = related();
    world.deploy(Application::of(|| Notes).named("diary").config("banner", "dear"));
    world.deploy(Application::of(|| Store).named("archive"));
    world.integrate(("diary", notes::endpoints::Store), ("archive", store::endpoints::Notes));
    world.settle();
    assert_eq!(env(&world, "diary/0", "STORE"), "http://archive:80");
    assert_eq!(env(&world, "diary/0", "BANNER"), "dear");
    assert_eq!(env(&world, "notes/0", "BANNER"), "hello");
}

#[test]
fn a_scripted_side_says_what_the_test_says_in_the_interfaces_words() {
    let mut world = World::new();
    world.deploy(Application::of(|| Notes));
    world.deploy(Application::scripted("attic").provides("notes", "notes_store"));
    let relation = world.integrate("notes:store", "attic:notes");
    world.settle();
    world.expect_waiting("notes", "waiting for store");
    let address = Address { url: "http://attic".to_owned() };
    world.remote_application(&relation, "attic", NEED, &address);
    world.settle();
    world.expect_status("notes", Status::active());
    assert_eq!(env(&world, "notes/0", "STORE"), "http://attic");
    world.remove_relation(&relation);
    world.settle();
    world.expect_waiting("notes", "waiting for store");
}

#[test]
fn a_unit_sees_the_world_as_a_state() {
    let mut world = related();
    world.add_unit("notes");
    world.settle();
    let (leader, follower) = (world.unit("notes/0").state(), world.unit("notes/1").state());
    assert!(leader.leader && !follower.leader);
    let relation = leader.relations.values().next().unwrap();
    assert_eq!(relation.application, "store");
    assert_eq!(relation.remote_application["url"], "http://store:80");
    assert_eq!(relation.remote_units.keys().collect::<Vec<_>>(), [&0]);
    assert!(leader.containers[&notes::containers::NOTES].pebble.is_running("notes"));
    assert_eq!(leader.unit_status, Status::active());
}

#[test]
fn scaling_down_the_leader_makes_another_unit_lead() {
    let mut world = related();
    world.add_unit("notes");
    world.add_unit("notes");
    world.settle();
    world.remove_unit("notes/0");
    world.settle();
    assert!(world.unit("notes/1").is_leader());
    assert_eq!(world.unit("notes/1").hooks().last(), Some(&"leader-elected"));
    assert_eq!(world.units("notes").len(), 2);
    let hooks = world.timeline().hooks_of("notes/0");
    assert_eq!(
        hooks[hooks.len() - 4..],
        ["store-relation-departed", "store-relation-broken", "stop", "remove"]
    );
    world.expect_active("notes");
}

#[test]
fn a_leader_that_lost_its_lease_is_followed_by_the_elected_one() {
    let mut world = related();
    world.add_unit("store");
    world.settle();
    world.lose_leader("store");
    world.set_config("store", "port", 82);
    world.settle();
    assert_eq!(env(&world, "notes/0", "STORE"), "http://store:80", "nobody may write it");
    world.elect("store/1");
    world.settle();
    assert_eq!(env(&world, "notes/0", "STORE"), "http://store:82");
}

#[test]
fn an_action_runs_at_once_with_its_defaults() {
    let mut world = World::new();
    world.deploy(Application::of(|| Notes));
    world.settle();
    let outcome = world.action("notes/0", "add-note", [("title", "milk")]);
    assert_eq!((outcome.failed, &outcome.results["title"]), (None, &"milk".into()));
    let file = world.container("notes/0", "notes").file_at("/note").unwrap();
    assert_eq!(file.content[..], b"milk"[..]);
}

#[test]
fn another_build_takes_over_and_the_first_one_comes_back() {
    struct Shouting;
    impl Charm for Shouting {
        type Meta = notes::Meta;
        fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
            cx.by_hand(|_, status| {
                status.unit(Status::blocked("MAINTENANCE"));
                Ok(())
            })
        }
        fn action(
            &self,
            _: notes::Action,
            _: &mut ActionContext<'_>,
        ) -> Result<ActionResults, Fault> {
            Ok(ActionResults::new())
        }
    }
    let mut world = World::new();
    world.deploy(Application::of(|| Store));
    world.deploy(Application::of(|| Notes).units(2).build("loud", Build::of(|| Shouting)));
    world.integrate("notes:store", "store:notes");
    world.settle();
    world.upgrade("notes", "loud");
    world.settle();
    world.expect_blocked("notes", "MAINTENANCE");
    world.upgrade("notes", Build::FIRST);
    world.settle();
    world.expect_active("notes");
    assert_eq!(env(&world, "notes/1", "STORE"), "http://store:80");
}

#[test]
fn an_application_goes_with_its_relations_and_what_it_had() {
    let mut world = related();
    world.remove_application("store");
    world.settle();
    assert!(
        world.model().relations.is_empty() && !world.model().applications.contains_key("store")
    );
    world.expect_waiting("notes", "waiting for store");
    world.deploy(Application::scripted("store").provides("notes", "notes_store"));
    let relation = world.integrate("notes:store", "store:notes");
    world.remote_data(&relation, "store", [("url", "http://new")]);
    world.settle();
    world.expect_active("notes");
}

#[test]
fn a_settled_world_has_nothing_to_run() {
    let mut world = related();
    let (model, runs) = (world.model().clone(), world.timeline().runs().len());
    assert_eq!(world.settle().hooks, 0);
    assert_eq!(world.run_next().map(|entry| entry.name.clone()), None);
    world.expect_idle();
    assert_eq!((world.model(), world.timeline().runs().len()), (&model, runs));
}

#[test]
fn a_copy_of_a_world_goes_its_own_way() {
    let world = related();
    let mut other = world.clone();
    other.set_config("notes", "banner", "other");
    other.settle();
    assert_eq!(env(&other, "notes/0", "BANNER"), "other");
    assert_eq!(env(&world, "notes/0", "BANNER"), "hello");
}

#[test]
fn hooks_run_in_the_order_that_a_test_wants() {
    let mut world = related();
    world.set_config("notes", "banner", "later");
    world.update_status("notes/0");
    world.set_config("store", "port", 83);
    let names = |world: &World| -> Vec<String> {
        let due = world.due();
        let names = due.iter().map(|due| due.hook.name(world.model(), &due.unit).into_owned());
        names.collect()
    };
    assert_eq!(names(&world), ["config-changed", "config-changed"]);
    world.run_hook("store/0", "config-changed");
    assert_eq!(names(&world), ["config-changed", "store-relation-changed"]);
    assert_eq!(world.run_hook("notes/0", "store-relation-changed").outcome, Outcome::Done);
    world.settle();
    let hooks = world.unit("notes/0").hooks();
    assert_eq!(
        hooks[hooks.len() - 3..],
        ["store-relation-changed", "config-changed", "update-status"]
    );
}

#[test]
fn update_status_comes_every_five_minutes_if_asked_for() {
    let mut world = related();
    world.settings_mut().update_status_interval = Some(300);
    let count = |world: &World| {
        world.unit("notes/0").hooks().iter().filter(|hook| **hook == "update-status").count()
    };
    for (seconds, expected) in [(299, 1), (1, 1), (300, 2), (7200, 3)] {
        world.advance(seconds);
        world.settle();
        let now = world.model().now.0;
        assert!(count(&world) <= expected, "{seconds} {now}");
    }
    assert_eq!(count(&world), 3);
    world.settings_mut().update_status_interval = None;
    world.advance(7200);
    world.settle();
    assert_eq!(count(&world), 3);
}

#[test]
#[should_panic(expected = "world.integrate(\"notes:store\", \"store:notes\");")]
fn an_expectation_that_fails_shows_what_happened() {
    related().expect_blocked("notes", "no");
}

#[test]
fn the_timeline_tells_steps_and_hooks_in_their_order() {
    let mut world = related();
    world.set_config("store", "port", 84);
    world.settle();
    let timeline = world.timeline().last(3).to_string();
    let lines: Vec<&str> = timeline.lines().collect();
    assert!(lines[0].starts_with("... ") && lines[0].ends_with(" before"), "{timeline}");
    assert_eq!(lines[1], "world.set_config(\"store\", \"port\", 84);");
    assert!(lines[2].ends_with("store/0 config-changed -> active"), "{timeline}");
    assert!(lines[3].ends_with("notes/0 store-relation-changed -> active"), "{timeline}");
}
