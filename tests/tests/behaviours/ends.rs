//! How a compiled charm may end, what a test of it says then, and that nothing of it is left.

use crate::{charm, metadata_file};
use conformance::meta::{self, endpoints::Db, options::DO};
use ops::prelude::*;
use ops_core::names::{ContainerName, SecretId};
use ops_testing::{
    BinaryError, Container, Context, Output, Reason, Relation, Secret, State, engine::How,
};
use serde_json::json;
use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const METADATA: &str =
    "name: conformance\nrequires: {db: {interface: pair}}\ncontainers: {web: {}}\n";

const WEB: ContainerName = ContainerName::from_static("web");

/// A charm that is this shell script.
struct Script {
    directory: TempDir,
}

impl Script {
    fn new(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("charm");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(directory.path().join("metadata.yaml"), METADATA).unwrap();
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn context(&self) -> Context {
        let charm = Context::binary(self.path("charm"));
        charm.metadata_files([self.path("metadata.yaml")]).unwrap()
    }
}

fn attempt(script: &str, state: &State) -> Output {
    let script = Script::new(script);
    let ctx = script.context().deadline(Duration::from_secs(60));
    ctx.attempt(ctx.on().start(), state)
}

/// What a test that expects success says.
fn complaint(ctx: &Context, state: &State) -> String {
    let run = || drop(ctx.run(ctx.on().start(), state));
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// Whether a process of this number is there and is not a zombie that init has yet to reap.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

/// Killing is done at once; dying takes a moment.
fn dies(pid: &str) {
    let begun = Instant::now();
    while lives(pid) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{pid} still lives");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_charm_that_exits_fails_its_test_with_the_code_and_what_it_printed() {
    let script = Script::new("echo no water >&2; exit 3");
    let said = complaint(&script.context(), &State::default());
    assert!(said.contains("exit code 3") && said.contains("no water"), "{said}");
}

#[test]
fn a_charm_that_is_killed_fails_its_test_with_the_signal() {
    let out = attempt("kill -SEGV $$", &State::default());
    let failure = out.failure.unwrap().to_string();
    assert!(failure.contains("killed by signal 11"), "{failure}");
}

#[test]
fn a_compiled_charm_that_panics_fails_its_test_with_message_and_place() {
    let ctx = Context::binary(charm()).metadata_files([metadata_file()]).unwrap();
    let state = State::default().config(DO, json!([["panic", "no water"]]).to_string());
    let said = complaint(&ctx, &state);
    assert!(said.contains("the charm panicked: no water (at "), "{said}");
}

#[test]
fn a_charm_that_hangs_fails_its_test_at_the_deadline_and_is_killed_with_all_it_started() {
    let script = Script::new("sleep 1000 & echo $$ $!; wait");
    let ctx = script.context().deadline(Duration::from_millis(300));
    let out = ctx.attempt(ctx.on().start(), &State::default());
    assert_eq!(out.ended.how, How::Deadline);
    for pid in out.ended.stdout.split_whitespace() {
        dies(pid);
    }
    let said = complaint(&ctx, &State::default());
    assert!(said.contains("did not end in time"), "{said}");
}

/// What a charm waits for, without end or too long.
#[derive(Debug, Clone, Copy)]
enum Waits {
    Juju,
    Container,
    Log,
    /// It only takes long, and then asks so many questions.
    Itself(usize),
    Nobody,
    /// It does not wait, it exits.
    Exit,
}

impl Charm for Waits {
    type Meta = meta::Meta;

    fn action(&self, _: meta::Action, _: &mut ActionContext<'_>) -> Result<ActionResults, Fault> {
        Ok(ActionResults::new())
    }

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|live, _| {
            loop {
                match self {
                    Self::Log => log::warn!("still waiting"),
                    Self::Nobody => thread::sleep(Duration::from_millis(5)),
                    Self::Exit => std::process::exit(0),
                    Self::Itself(questions) => {
                        thread::sleep(Duration::from_millis(30));
                        for _ in 0..*questions {
                            ops::hook_command::is_leader(live.hook_commands())?;
                        }
                        // It is sent when the charm has ended.
                        log::info!("that took long");
                        return Ok(());
                    }
                    Self::Juju => drop(ops::hook_command::is_leader(live.hook_commands())),
                    Self::Container => drop(live.model().container(&WEB).list("/")),
                }
            }
        })
    }
}

#[test]
fn a_charm_in_this_process_that_takes_too_long_fails_its_test_at_the_deadline() {
    let forever = [Waits::Juju, Waits::Container, Waits::Log];
    // Whichever question is the one that meets the limit: of the charm, or of what follows it.
    for waits in forever.into_iter().chain((0..20).map(Waits::Itself)) {
        let ctx = Context::new(move || waits).deadline(Duration::from_millis(20));
        let state = State::default().with_container(WEB, Container::default());
        let out = ctx.attempt(ctx.on().start(), &state);
        assert_eq!(out.ended.how, How::Deadline, "{waits:?}");
        assert!(out.effects.is_empty(), "{waits:?}");
        let said = complaint(&ctx, &state);
        assert!(said.contains("did not end in time"), "{said}");
    }
}

/// Not a test by itself: the test below runs it in a process that it ends.
#[test]
#[ignore = "run by the test below"]
fn never_over() {
    let waits = match std::env::var("NEVER_OVER").as_deref() {
        Ok("exits") => Waits::Exit,
        _ => Waits::Nobody,
    };
    // One that may take long, and is over: the watch of the next one must not wait for it.
    let ctx = Context::new(|| Waits::Itself(0));
    let _ = ctx.run(ctx.on().start(), &State::default());
    let ctx = Context::new(move || waits).deadline(Duration::from_millis(20));
    let _ = ctx.attempt(ctx.on().start(), &State::default());
}

#[test]
fn a_charm_in_this_process_that_exits_or_hangs_ends_the_program_with_a_word_about_its_test() {
    for (waits, says) in [
        ("exits", "a charm exited, in the process of its test: ends::never_over."),
        (
            "hangs",
            "long after the deadline of its run, in the process of its test: ends::never_over.",
        ),
    ] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "ends::never_over"])
            .env("NEVER_OVER", waits)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.signal(), Some(6), "{waits}: {said}");
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn what_a_charm_left_in_a_session_of_its_own_ends_with_the_run() {
    let script = Script::new("setsid sleep 1000 >/dev/null 2>&1 & sleep 0.2; echo $!; exit 0");
    let out = script.context().run(script.context().on().start(), &State::default());
    dies(out.ended.stdout.trim());
    let script = Script::new("setsid sh -c 'echo $$; sleep 1000 & sleep 1000' & wait");
    let ctx = script.context().deadline(Duration::from_secs(1));
    let out = ctx.attempt(ctx.on().start(), &State::default());
    assert_eq!(out.ended.how, How::Deadline);
    dies(out.ended.stdout.trim());
}

#[test]
fn a_charm_that_floods_its_output_is_read_to_its_end_and_a_part_is_kept() {
    let script = "head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2; is-leader >/dev/null";
    let out = attempt(script, &State::default());
    assert_eq!(out.ended.how, How::Exit(0));
    assert_eq!((out.ended.stdout.len(), out.ended.stderr.len()), (1 << 20, 1 << 20));
    assert_eq!(out.calls, ["is-leader"]);
}

#[test]
fn a_charm_that_floods_its_output_without_end_fails_its_test_at_the_deadline() {
    let script = Script::new("yes");
    let ctx = script.context().deadline(Duration::from_millis(500));
    let out = ctx.attempt(ctx.on().start(), &State::default());
    assert_eq!(out.ended.how, How::Deadline);
    assert!(out.ended.stdout.len() <= 1 << 20);
}

#[test]
fn a_charm_that_writes_what_only_the_leader_may_fails_its_test_with_jujus_words() {
    let script = Script::new("set -e; relation-set -r db:1 --app url=http://here");
    let state = State::default().relation(&Relation::new(Db, 1));
    let ctx = script.context();
    let said = complaint(&ctx, &state);
    assert!(said.contains("cannot write relation settings") || said.contains("denied"), "{said}");
    let out = ctx.attempt(ctx.on().start(), &state);
    assert_eq!(out.state.relations, state.relations);
}

#[test]
fn a_charm_that_changes_a_secret_of_others_fails_its_test_when_juju_refuses() {
    let id = SecretId::parse("secret:d0erdgfmp25c762i8np0").unwrap();
    let state = State::default().secret(&Secret::granted(&id, &[("key", "one")]));
    let out = attempt("secret-set d0erdgfmp25c762i8np0 key=two", &state);
    let failure = out.failure.unwrap();
    assert!(matches!(failure.reason, Reason::Refused(_)), "{failure}");
    assert_eq!(out.state.secrets, state.secrets);
}

#[test]
fn a_charm_finds_its_metadata_as_charmcraft_packs_it() {
    let script = Script::new("ls; cat config.yaml >/dev/null || exit 1");
    let ctx = Context::binary(script.path("charm")).metadata_files([metadata_file()]).unwrap();
    let out = ctx.run(ctx.on().start(), &State::default());
    assert_eq!(out.ended.stdout, "actions.yaml\nconfig.yaml\ndispatch\nmetadata.yaml\n");
}

#[test]
fn the_files_of_a_charm_stay_between_runs_and_go_with_its_context() {
    let script = Script::new("cat kept 2>/dev/null; echo again >kept; echo $JUJU_CHARM_DIR $PATH");
    let ctx = script.context();
    let first = ctx.run(ctx.on().install(), &State::default()).ended.stdout;
    let second = ctx.run(ctx.on().start(), &State::default()).ended.stdout;
    assert!(second.starts_with("again\n"), "{second}");
    let (charm, tools) = first.trim().split_once(' ').unwrap();
    assert!(Path::new(charm).exists());
    let tools = tools.split(':').next().unwrap();
    assert!(!Path::new(tools).exists(), "the hook commands are gone with the run: {tools}");
    drop(ctx);
    assert!(!Path::new(charm).exists());
}

#[test]
fn a_charm_that_is_not_there_or_no_program_is_refused() {
    let script = Script::new("");
    let refused = |program: PathBuf| {
        Context::binary(program).metadata_files([script.path("metadata.yaml")]).unwrap_err()
    };
    assert!(matches!(refused(script.path("none")), BinaryError::Read(..)));
    assert!(matches!(refused(script.path("metadata.yaml")), BinaryError::NotExecutable(_)));
    assert!(matches!(refused(script.directory.path().to_owned()), BinaryError::NotExecutable(_)));
}

#[test]
fn a_charm_without_metadata_is_refused_with_what_to_do() {
    let script = Script::new("");
    let charm = || Context::binary(script.path("charm"));
    let none = charm().metadata_files([] as [&Path; 0]).unwrap_err();
    assert!(none.to_string().contains("name its charmcraft.yaml"), "{none}");
    fs::write(script.path("config.yaml"), "options: {a: {type: string}}").unwrap();
    let only_options = charm().metadata_files([script.path("config.yaml")]).unwrap_err();
    assert!(matches!(only_options, BinaryError::NoMetadata(_)), "{only_options}");
    let missing = charm().metadata_files([script.path("other.yaml")]).unwrap_err();
    assert!(missing.to_string().ends_with("other.yaml"), "{missing}");
}

#[test]
fn metadata_with_a_mistake_is_refused_with_its_line() {
    let script = Script::new("");
    fs::write(script.path("metadata.yaml"), "name: web\nrequires: 7\n").unwrap();
    let charm = Context::binary(script.path("charm"));
    let error = charm.metadata_files([script.path("metadata.yaml")]).unwrap_err();
    assert!(error.to_string().starts_with("metadata.yaml:2: "), "{error}");
}
