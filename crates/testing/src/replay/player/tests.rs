//! Which order matters, and which does not.

use super::*;
use ops::record::Request;

fn call(words: &str, stdout: &str) -> Line {
    let mut words = words.split(' ');
    let program = words.next().unwrap().to_owned();
    let stdout = Data::from(stdout);
    Line::Call(ops::record::Call {
        program,
        arguments: words.map(|word| Given::Plain(Data::from(word))).collect(),
        input: None,
        outcome: Came::Reply { exit: 0, stdout, stderr: Data::default() },
    })
}

fn recorded(calls: &[(&str, &str)]) -> Player {
    Player::new(calls.iter().map(|(words, stdout)| call(words, stdout)).collect(), true)
}

/// What the command is told now.
fn told(player: &mut Player, words: &str) -> Option<String> {
    let mut words = words.split(' ');
    let program = words.next().unwrap();
    let nothing = |_: &str| None;
    let arguments: Vec<_> = words.map(|text| Argument { text, read: &nothing }).collect();
    match player.play(&Step::Call { program, arguments: &arguments, input: None })? {
        Line::Call(Call { outcome: Came::Reply { stdout, .. }, .. }) => {
            Some(String::from_utf8(stdout.0).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

use ops::record::Call;

fn divergences(player: &mut Player) -> Vec<(Option<String>, Option<String>)> {
    player.finish().1.into_iter().map(|it| (it.expected, it.came)).collect()
}

fn text(words: &str) -> Option<String> {
    Some(words.to_owned())
}

#[test]
fn reads_may_come_in_another_order_and_again() {
    let mut player =
        recorded(&[("config-get", "{}"), ("is-leader", "true"), ("status-set active", "")]);
    for (words, answer) in [
        ("is-leader", "true"),
        ("config-get", "{}"),
        ("is-leader", "true"),
        ("status-set active", ""),
    ] {
        assert_eq!(told(&mut player, words).as_deref(), Some(answer), "{words}");
    }
    assert_eq!(divergences(&mut player), []);
}

#[test]
fn a_read_that_was_made_twice_may_be_made_once_if_the_answer_was_the_same() {
    let calls = [("is-leader", "true"), ("is-leader", "true"), ("status-set active", "")];
    let mut player = recorded(&calls);
    told(&mut player, "is-leader");
    told(&mut player, "status-set active");
    assert_eq!(divergences(&mut player), []);

    let mut player =
        recorded(&[("is-leader", "true"), ("is-leader", "false"), ("status-set active", "")]);
    told(&mut player, "is-leader");
    told(&mut player, "status-set active");
    assert_eq!(divergences(&mut player), [(text("is-leader"), None)]);
}

#[test]
fn a_read_is_not_answered_across_a_write() {
    let mut player = recorded(&[("state-get x", "1"), ("state-set x=2", ""), ("state-get x", "2")]);
    assert_eq!(told(&mut player, "state-get x").as_deref(), Some("1"));
    assert_eq!(told(&mut player, "state-get x").as_deref(), Some("1"));
    told(&mut player, "state-set x=2");
    assert_eq!(told(&mut player, "state-get x").as_deref(), Some("2"));
    assert_eq!(told(&mut player, "state-get x").as_deref(), Some("2"));
    assert_eq!(divergences(&mut player), []);
}

#[test]
fn writes_keep_their_order_and_nothing_is_answered_after_the_first_that_does_not() {
    let mut player =
        recorded(&[("open-port 80", ""), ("status-set active", ""), ("is-leader", "true")]);
    assert_eq!(told(&mut player, "status-set active"), None);
    assert_eq!(told(&mut player, "is-leader"), None);
    let expected = [(text("open-port 80"), text("status-set active"))];
    assert_eq!(divergences(&mut player), expected);
}

#[test]
fn moving_on_to_a_new_revision_is_no_read() {
    let calls = [("secret-get s", "1"), ("secret-get s --refresh", "2"), ("secret-get s", "2")];
    let mut player = recorded(&calls);
    assert_eq!(told(&mut player, "secret-get s --refresh").as_deref(), Some("2"));
    // The one before it was not made.
    assert_eq!(told(&mut player, "secret-get s").as_deref(), Some("2"));
    assert_eq!(divergences(&mut player), [(text("secret-get s"), None)]);
}

#[test]
fn what_is_logged_otherwise_is_told_and_stops_nothing() {
    let mut player = recorded(&[("juju-log old", ""), ("status-set active", "")]);
    assert_eq!(told(&mut player, "juju-log new").as_deref(), Some(""));
    assert_eq!(told(&mut player, "status-set active").as_deref(), Some(""));
    let expected = [(None, text("juju-log new")), (text("juju-log old"), None)];
    assert_eq!(divergences(&mut player), expected);
}

#[test]
fn what_is_not_done_any_more_is_told_at_the_end() {
    let mut player = recorded(&[("is-leader", "true"), ("status-set active", "")]);
    told(&mut player, "is-leader");
    assert_eq!(divergences(&mut player), [(text("status-set active"), None)]);
}

#[test]
fn beyond_the_end_of_a_crash_there_is_nothing_to_differ_from() {
    let mut player = Player::new(vec![call("is-leader", "true")], false);
    told(&mut player, "is-leader");
    assert_eq!(told(&mut player, "status-set active"), None);
    assert_eq!(divergences(&mut player), []);
}

#[test]
fn a_charm_that_ends_before_the_crash_has_not_done_what_was_done_then() {
    let mut player = Player::new(vec![call("open-port 80", ""), call("state-set x=1", "")], false);
    told(&mut player, "open-port 80");
    assert_eq!(divergences(&mut player), [(text("state-set x=1"), None)]);
}

#[test]
fn a_container_of_which_nothing_was_asked_can_be_asked_and_that_is_told() {
    let mut player = recorded(&[("status-set active", "")]);
    assert_eq!(player.dial("sidecar"), Ok(()));
    let request =
        Request { method: "GET".to_owned(), target: Data::from("/v1/plan"), body: Data::default() };
    assert!(player.play(&Step::Pebble { container: "sidecar", request: &request }).is_none());
    assert_eq!(divergences(&mut player).len(), 1);
}

#[test]
fn a_divergence_is_shown_where_it_differs() {
    let long = "x".repeat(1000);
    let (one, other) =
        shortened(&format!("relation-set {long} a"), &format!("relation-set {long} b"));
    assert!(one.starts_with("relation-set") && one.ends_with('a') && one.len() < 600, "{one}");
    assert!(other.ends_with('b'), "{other}");
}
