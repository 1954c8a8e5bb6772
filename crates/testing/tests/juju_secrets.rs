//! Secret commands: the rows of Juju's contract, one by one.
#![allow(clippy::unwrap_used)]

mod juju_support;

use juju_support::{DATABASE, World, application, content, model, unit};
use ops::hook_command::{Exit, Invocation, Transport as _};
use ops_core::{Secret, names::SecretId};
use ops_testing::emulator::juju::{Effect, Hook, Juju, LeakPlace, Owner};

const UNKNOWN: &str = "secret:dddddddddddddddddddd";

fn failures(world: &mut World, rows: &[(&str, i32, &str)]) {
    for (line, code, message) in rows {
        assert_eq!(world.fail(line), (*code, (*message).to_owned()), "{line}");
    }
}

/// A committed secret of `web`, made by its leader.
fn owned(flags: &str) -> (World, String) {
    let mut world = World::leader();
    let id = world.print(&format!("secret-add{flags} token=first")).trim().to_owned();
    world.next("web/0", Hook::UpdateStatus).unwrap();
    (world, id)
}

/// The flush fails with this text.
fn flush_fails(world: &mut World, text: &str) {
    let error = world.session.commit(&mut world.model).unwrap_err();
    assert_eq!(error.to_string(), text);
}

#[test]
fn ids_are_the_same_for_the_same_seed_and_differ_otherwise() {
    let id = |seed| {
        let mut world = World::leader();
        world.model.counters.seed = seed;
        (world.print("secret-add token=a"), world.print("secret-add token=b"))
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2));
    assert_ne!(id(1).0, id(1).1);
    let bare = id(1).0.trim().strip_prefix("secret:").unwrap().to_owned();
    assert_eq!(bare.len(), 20);
    assert!(bare.chars().all(|c| matches!(c, '0'..='9' | 'a'..='v')));
}

#[test]
fn content_is_read_from_arguments_base64_and_files() {
    let mut model = model();
    model.set_leader(&unit("web/0")).unwrap();
    let juju = Juju::new(model, unit("web/0"), Hook::ConfigChanged);
    let call = Invocation::new("secret-add")
        .arg("plain=a=b")
        .arg("padded=AA==")
        .arg("coded#base64=aGVsbG8=")
        .file("filed#file=", Secret::new("two\nlines".to_owned(), "test"));
    let reply = juju.invoke(&call).unwrap();
    assert_eq!(reply.exit, Exit::Code(0));
    juju.commit().unwrap();
    let (model, record) = juju.finish();
    let secret = model.secrets.values().next().unwrap();
    assert_eq!(
        *secret.latest_content().unwrap(),
        content(&[
            ("plain", "a=b"),
            ("padded", "AA=="),
            ("coded", "hello"),
            ("filed", "two\nlines")
        ])
    );
    assert_eq!(record.calls[0].arguments().nth(3).unwrap(), "filed#file=<file0>");
    assert!(!format!("{secret:?}").contains("hello"));
}

#[test]
fn a_content_file_is_json_or_yaml() {
    for text in ["{\"token\": \"a\", \"other#base64\": \"aGVsbG8=\"}", "token: a\nother: hello\n"] {
        let juju = Juju::new(model(), unit("web/0"), Hook::ConfigChanged);
        let file = Secret::new(text.to_owned(), "test");
        juju.invoke(&Invocation::new("secret-add").file("--file=", file)).unwrap();
        juju.commit().unwrap();
        juju.with_model(|model| {
            let secret = model.secrets.values().next().unwrap();
            let expected = content(&[("token", "a"), ("other", "hello")]);
            assert_eq!(*secret.latest_content().unwrap(), expected);
        });
    }
}

#[test]
fn secret_add_refuses_in_jujus_words() {
    let mut world = World::leader();
    world.model.quotas.secret_value = 40;
    world.model.quotas.secret = 60;
    failures(
        &mut world,
        &[
            ("secret-add", 2, "missing secret value or filename"),
            ("secret-add ab=x", 2, "key \"ab\" not valid"),
            ("secret-add Abc=x", 2, "key \"Abc\" not valid"),
            ("secret-add a--b=x", 2, "key \"a--b\" not valid"),
            ("secret-add token==", 2, "key value \"token==\" not valid"),
            ("secret-add token", 2, "key value \"token\" not valid"),
            ("secret-add token=x --owner me", 2, "secret owner \"me\" not valid"),
            ("secret-add token=x --rotate often", 2, "rotate policy \"often\" not valid"),
            ("secret-add token=x --expire soon", 2, "expire time or duration \"soon\" not valid"),
            ("secret-add token=x --expire -1h", 2, "negative expire duration \"-1h\" not valid"),
            (
                "secret-add token#file=/nowhere",
                2,
                "reading content for secret key \"token\": open /nowhere: no such file or directory",
            ),
            (
                "secret-add token=123456789012345678901234567890123",
                2,
                "base64 encoded secret content for key \"token\" too large: 44 bytes",
            ),
            (
                "secret-add one=12345678901234567890123456 two=12345678901234567890123456",
                2,
                "base64 encoded secret content too large: 72 bytes",
            ),
        ],
    );
    let mut world = World::follower();
    failures(&mut world, &[("secret-add token=x", 1, "this unit is not the leader")]);
    assert!(world.print("secret-add token=x --owner unit").starts_with("secret:"));
}

#[test]
fn labels_are_unique_to_their_owner() {
    let mut world = World::leader();
    world.print("secret-add token=x --label a");
    world.print("secret-add token=x --label a2 --owner unit");
    failures(
        &mut world,
        &[("secret-add token=x --label a", 1, "secret with label \"a\" already exists")],
    );
    world.next("web/0", Hook::UpdateStatus).unwrap();
    world.print("secret-add token=x --label a");
    flush_fails(&mut world, "creating secrets: secret with label \"a\" already exists");
}

#[test]
fn a_pending_secret_is_seen_by_its_own_hook_only() {
    let mut world = World::leader();
    let id = world.print("secret-add token=first --label mine --description why --rotate daily");
    let id = id.trim();
    assert!(world.model.secrets.is_empty());
    for line in [format!("secret-get {id}"), "secret-get --label mine".to_owned()] {
        assert_eq!(world.print(&line), "token: first\n");
    }
    let bare = id.strip_prefix("secret:").unwrap();
    assert_eq!(world.print("secret-ids"), format!("{bare}\n"));
    assert_eq!(
        world.print(&format!("secret-info-get {id} --format=json")),
        format!(
            "{{\"{bare}\":{{\"revision\":1,\"label\":\"mine\",\"owner\":\"application\",\"description\":\"why\",\"rotation\":\"daily\"}}}}\n"
        )
    );
    world.print(&format!("secret-set {id} token=second"));
    assert_eq!(world.print(&format!("secret-get {id} token")), "second\n");
    world.session.drop_writes();
    assert_eq!(world.print("secret-ids --format=json"), "null\n");
    assert_eq!(
        world.fail(&format!("secret-get {id}")),
        (1, format!("secret \"{bare}\" not found"))
    );
}

#[test]
fn a_pending_update_is_seen_with_peek_or_refresh_only() {
    let (mut world, id) = owned("");
    assert_eq!(world.print(&format!("secret-get {id}")), "token: first\n");
    world.print(&format!("secret-set {id} token=second"));
    assert_eq!(world.print(&format!("secret-get {id}")), "token: first\n");
    assert_eq!(world.print(&format!("secret-get {id} --peek")), "token: second\n");
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.print(&format!("secret-get {id}")), "token: first\n");
    world.print(&format!("secret-set {id} token=third"));
    assert_eq!(world.print(&format!("secret-get {id} --refresh")), "token: third\n");
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.print(&format!("secret-get {id}")), "token: third\n");
}

#[test]
fn the_same_content_makes_no_revision() {
    let (mut world, id) = owned("");
    let secret_id = SecretId::parse(&id).unwrap();
    world.print(&format!("secret-set {id} token=first"));
    assert!(!world.session.has_writes());
    world.print(&format!("secret-set {id} --description why"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.model.secrets[&secret_id].latest(), 1);
    world.print(&format!("secret-set {id} token=second"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.model.secrets[&secret_id].latest(), 2);
}

#[test]
fn old_agents_keep_the_last_update_of_a_hook_only() {
    for (version, description) in [((3, 6, 14), "why"), ((3, 5, 0), "")] {
        let mut world = World::of_version(version);
        let id = world.print("secret-add token=first").trim().to_owned();
        world.next("web/0", Hook::UpdateStatus).unwrap();
        world.print(&format!("secret-set {id} --description why"));
        world.print(&format!("secret-set {id} token=second"));
        world.next("web/0", Hook::UpdateStatus).unwrap();
        assert_eq!(world.model.secrets.values().next().unwrap().description, description);
    }
}

#[test]
fn secret_set_of_what_is_not_ours_fails_at_the_flush() {
    let mut world = World::leader();
    let foreign = world.model.add_secret("user", content(&[("token", "value")])).unwrap();
    failures(&mut world, &[("secret-set", 2, "missing secret URI")]);
    world.print(&format!("secret-set {UNKNOWN} token=x"));
    flush_fails(&mut world, "updating secrets: secret \"dddddddddddddddddddd\" not found");
    world.print(&format!("secret-set {foreign} token=x"));
    flush_fails(&mut world, "updating secrets: permission denied");
}

#[test]
fn followers_read_what_the_application_owns_but_do_not_manage_it() {
    let (mut world, id) = owned(" --label mine");
    world.next("web/1", Hook::UpdateStatus).unwrap();
    assert_eq!(world.print(&format!("secret-get {id}")), "token: first\n");
    assert_eq!(world.print("secret-get --label mine"), "token: first\n");
    assert_eq!(world.print("secret-ids"), "");
    let bare = id.strip_prefix("secret:").unwrap();
    failures(
        &mut world,
        &[
            (&format!("secret-set {id} token=x"), 1, "this unit is not the leader"),
            (&format!("secret-remove {id}"), 1, "this unit is not the leader"),
            (&format!("secret-grant {id} -r 1"), 1, "this unit is not the leader"),
            (&format!("secret-revoke {id} -r 1"), 1, "this unit is not the leader"),
            (&format!("secret-info-get {id}"), 1, &format!("secret \"{bare}\" not found")),
        ],
    );
}

#[test]
fn secret_get_refuses_in_jujus_words() {
    let (mut world, id) = owned("");
    world.next("db/0", Hook::UpdateStatus).unwrap();
    failures(
        &mut world,
        &[
            ("secret-get", 2, "require either a secret URI or label"),
            ("secret-get x --peek --refresh", 2, "secret URI \"x\" not valid"),
            ("secret-get http:x", 2, "secret URI scheme \"http\" not valid"),
            (
                &format!("secret-get {UNKNOWN} --peek --refresh"),
                2,
                "specify one of --peek or --refresh but not both",
            ),
            (&format!("secret-get {UNKNOWN}"), 1, "secret \"dddddddddddddddddddd\" not found"),
            (&format!("secret-get {id}"), 1, "permission denied"),
            ("secret-get --label nothing", 1, "consumer label \"nothing\" not found"),
            (
                &format!("secret-get {id} --format=smart"),
                2,
                "invalid value \"smart\" for option --format: unknown format \"smart\"",
            ),
        ],
    );
}

#[test]
fn a_reader_follows_the_revision_of_its_first_read() {
    let mut world = World::new(model(), "web/0", Hook::ConfigChanged);
    let id = world.model.add_secret("user", content(&[("token", "one")])).unwrap();
    world.model.grant_secret(&id, application("web"), None).unwrap();
    assert_eq!(world.print(&format!("secret-get {id} --format=json")), "{\"token\":\"one\"}\n");
    // Tracking is not undone when the hook fails.
    world.session.drop_writes();
    world.model.update_secret(&id, content(&[("token", "two")])).unwrap();
    for (line, value) in [
        (format!("secret-get {id} token"), "one\n"),
        (format!("secret-get {id} token --peek"), "two\n"),
        (format!("secret-get {id} token"), "one\n"),
        (format!("secret-get {id} token --refresh"), "two\n"),
        (format!("secret-get {id} token"), "two\n"),
        (format!("secret-get {id} token#base64"), "dHdv\n"),
        (format!("secret-get secret://{}/{} token", world.model.uuid, id.bare()), "two\n"),
        (format!("secret-get {} token", id.bare()), "two\n"),
    ] {
        assert_eq!(world.print(&line), value, "{line}");
    }
    assert_eq!(
        world.fail(&format!("secret-get {id} nothing")),
        (1, "secret key value \"nothing\" not found".to_owned())
    );
    assert_eq!(world.model.secrets[&id].unused_revisions().collect::<Vec<_>>(), [1]);
    let tracked: Vec<_> = world.session.record().effects.clone();
    assert_eq!(
        tracked,
        [Effect::SecretTracked(id.clone(), 1), Effect::SecretTracked(id.clone(), 2)]
    );
}

#[test]
fn a_peek_alone_does_not_make_a_reader() {
    let mut world = World::leader();
    let id = world.model.add_secret("user", content(&[("token", "one")])).unwrap();
    world.model.grant_secret(&id, application("web"), None).unwrap();
    world.print(&format!("secret-get {id} --peek"));
    assert!(world.model.secrets[&id].consumers.is_empty());
}

#[test]
fn a_reader_may_give_a_secret_its_own_label() {
    let mut world = World::leader();
    let id = world.model.add_secret("user", content(&[("token", "one")])).unwrap();
    world.model.grant_secret(&id, application("web"), None).unwrap();
    world.print(&format!("secret-get {id} --label theirs"));
    assert_eq!(world.print("secret-get --label theirs"), "token: one\n");
    world.next("web/1", Hook::UpdateStatus).unwrap();
    assert_eq!(world.fail("secret-get --label theirs").0, 1);
}

#[test]
fn owners_before_3_3_may_not_refresh_and_always_read_the_latest() {
    let mut world = World::of_version((3, 1, 0));
    let id = world.print("secret-add token=one --label mine").trim().to_owned();
    world.next("web/0", Hook::UpdateStatus).unwrap();
    world.print(&format!("secret-get {id}"));
    world.print(&format!("secret-set {id} token=two"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.print(&format!("secret-get {id} token")), "two\n");
    failures(
        &mut world,
        &[
            (&format!("secret-get {id} --refresh"), 1, "secret owner cannot use --refresh"),
            (
                &format!("secret-get {id} --label mine"),
                1,
                "either URI or label should be used for getting an owned secret but not both",
            ),
        ],
    );
}

#[test]
fn secret_info_get_knows_everything_but_the_content() {
    let (mut world, id) = owned(" --label mine --rotate hourly --expire 2030-01-01T00:00:00");
    world.print(&format!("secret-grant {id} -r 1"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    let bare = id.strip_prefix("secret:").unwrap();
    assert_eq!(
        world.print("secret-info-get --label mine"),
        format!(
            "{bare}:\n  revision: 1\n  label: mine\n  owner: application\n  rotation: hourly\n  expiry: \"2030-01-01T00:00:00Z\"\n  rotates: \"2024-01-02T04:04:05Z\"\n  access:\n  - target: application-db\n    scope: relation-web.database#db.database\n    role: view\n"
        )
    );
    failures(
        &mut world,
        &[
            (
                &format!("secret-info-get {id} --label mine"),
                2,
                "specify either a secret URI or label but not both",
            ),
            ("secret-info-get --label other", 1, "secret \"other\" not found"),
        ],
    );
}

#[test]
fn a_grant_lets_the_other_side_read_until_it_is_revoked_or_the_relation_goes() {
    let (mut world, id) = owned("");
    let get = format!("secret-get {id}");
    let step = |world: &mut World, line: &str| {
        world.next("web/0", Hook::UpdateStatus).unwrap();
        world.print(&line.replace("ID", &id));
        world.next("db/0", Hook::UpdateStatus).unwrap();
        world.run(&get).0
    };
    assert_eq!(step(&mut world, "is-leader"), 1);
    assert_eq!(step(&mut world, "secret-grant ID -r 1"), 0);
    assert_eq!(step(&mut world, "secret-revoke ID -r 1"), 1);
    assert_eq!(step(&mut world, "secret-grant ID --relation database:1 --unit db/0"), 0);
    assert_eq!(step(&mut world, "secret-revoke ID --unit db/0"), 1);
    assert_eq!(step(&mut world, "secret-grant ID -r 1"), 0);
    assert_eq!(step(&mut world, "secret-revoke ID --app db"), 1);
    assert_eq!(step(&mut world, "secret-grant ID -r 1"), 0);
    world.model.remove_relation(DATABASE);
    assert_eq!(world.fail(&get), (1, "permission denied".to_owned()));
}

#[test]
fn secret_grant_and_revoke_refuse_in_jujus_words() {
    let (mut world, id) = owned("");
    let foreign = world.model.add_secret("user", content(&[("token", "x")])).unwrap();
    failures(
        &mut world,
        &[
            ("secret-grant", 2, "missing secret URI"),
            (&format!("secret-grant {id}"), 2, "no relation id specified"),
            (&format!("secret-grant {id} -r 1 --unit db"), 2, "unit \"db\" not valid"),
            (
                &format!("secret-grant {id} -r 1 --unit web/0"),
                2,
                "cannot specify unit \"web/0\" in relation to application \"db\"",
            ),
            (
                &format!("secret-grant {foreign} -r 1"),
                1,
                &format!("secret \"{}\" not found", foreign.bare()),
            ),
            (&format!("secret-revoke {id}"), 2, "missing relation or application or unit"),
            (
                &format!("secret-revoke {id} --app db --unit db/0"),
                2,
                "specify only one of application or unit",
            ),
            (
                &format!("secret-revoke {id} --app db -r 1"),
                2,
                "do not specify both relation and app",
            ),
        ],
    );
    world.print(&format!("secret-grant {id} -r 1 --unit db/0"));
    failures(
        &mut world,
        &[(
            &format!("secret-grant {id} -r 1"),
            1,
            "any unit level grants need to be revoked before granting access to the corresponding application",
        )],
    );
}

#[test]
fn a_repeated_grant_changes_nothing() {
    let (mut world, id) = owned("");
    world.print(&format!("secret-grant {id} -r 1"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    world.print(&format!("secret-grant {id} -r 1"));
    world.print(&format!("secret-grant {id} -r 1 --unit db/0"));
    assert!(!world.session.has_writes());
}

#[test]
fn secret_remove_takes_one_revision_or_all() {
    let (mut world, id) = owned("");
    let secret_id = SecretId::parse(&id).unwrap();
    world.print(&format!("secret-set {id} token=second"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    world.print(&format!("secret-remove {id} --revision 1"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    let revisions: Vec<u64> = world.model.secrets[&secret_id].revisions.keys().copied().collect();
    assert_eq!(revisions, [2]);
    world.print(&format!("secret-remove {id}"));
    assert_eq!(world.print("secret-ids"), "");
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert!(world.model.secrets.is_empty());
    let pending = world.print("secret-add token=x").trim().to_owned();
    world.print(&format!("secret-remove {pending}"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert!(world.model.secrets.is_empty());
}

#[test]
fn a_unit_owns_what_it_made_for_itself() {
    let mut world = World::follower();
    let id = world.print("secret-add --owner unit token=x").trim().to_owned();
    world.next("web/1", Hook::UpdateStatus).unwrap();
    let secret_id = SecretId::parse(&id).unwrap();
    assert_eq!(world.model.secrets[&secret_id].owner, Owner::Unit(unit("web/1")));
    world.print(&format!("secret-set {id} token=y"));
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.fail(&format!("secret-get {id}")).1, "permission denied");
}

#[test]
fn contents_in_arguments_logs_and_statuses_are_found() {
    let mut world = World::leader();
    let sentinel = "sentinel-5a1c";
    world.call(&["secret-add", &format!("token={sentinel}"), "short=abc"], None);
    world.session.drop_writes();
    world.call(&["juju-log", "--", &format!("the token is {sentinel}!")], None);
    world.call(&["status-set", "blocked", sentinel], None);
    world.call(&["relation-set", "-r", "1", "k=c2VudGluZWwtNWExYw=="], None);
    let places: Vec<LeakPlace> =
        world.model.leaks(world.session.record()).into_iter().map(|leak| leak.place).collect();
    let argument = |program: &str| LeakPlace::Argument(program.to_owned());
    assert_eq!(
        places,
        [
            argument("secret-add"),
            argument("juju-log"),
            argument("status-set"),
            argument("relation-set"),
            LeakPlace::Log,
            LeakPlace::Status("web/0".to_owned()),
        ]
    );
    assert!(!format!("{:?}", world.session.record().effects).contains("abc"));
}

#[test]
fn a_secret_that_travels_as_a_file_does_not_leak() {
    let juju = Juju::new(model(), unit("web/0"), Hook::ConfigChanged);
    let secret = Secret::new("sentinel-5a1c".to_owned(), "test");
    juju.invoke(&Invocation::new("secret-add").file("token#file=", secret)).unwrap();
    juju.commit().unwrap();
    let (model, record) = juju.finish();
    assert_eq!(model.secret_values().count(), 1);
    assert!(model.leaks(&record).is_empty());
    assert!(!format!("{record:?}").contains("sentinel"));
}

#[test]
fn a_change_of_this_hook_is_seen_by_the_label_that_the_secret_has_already() {
    for flags in ["", " --owner unit"] {
        let (mut world, id) = owned(&format!(" --label mine{flags}"));
        world.print(&format!("secret-set {id} token=second"));
        assert_eq!(world.print("secret-get --label mine"), "token: first\n");
        assert_eq!(world.print("secret-get --label mine --peek"), "token: second\n");
        assert_eq!(world.print("secret-get --label mine --refresh"), "token: second\n");
        world.next("web/0", Hook::UpdateStatus).unwrap();
        assert_eq!(world.print("secret-get --label mine"), "token: second\n");
    }
}
