//! Hook commands as real processes: every way in which one can misbehave.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::panic)]

mod unprivileged;

use ops::{
    hook_command::{Exec, Exit, Invocation, Reply, Transport, TransportError},
    host::Environment,
};
use ops_core::Secret;
use std::{
    fs::{self, Permissions},
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
    rc::Rc,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const SCRIPTS: &[(&str, &str)] = &[
    ("arguments", "for a; do echo \"$a\"; done"),
    ("complaining", "echo partial; echo 'ERROR no such thing' >&2; exit 7"),
    ("deaf", "exec <&-; echo done"),
    ("echo-input", "exec cat"),
    ("environment", "env"),
    ("flooding", "exec cat /dev/zero"),
    ("grumbling", "head -c 3000000 /dev/zero | tr '\\0' e >&2; echo done"),
    ("hanging", "echo $$ > \"$1\"; exec sleep 1000"),
    ("hanging-closed", "exec >&- 2>&- <&-; exec sleep 1000"),
    ("killed", "kill -KILL $$"),
    ("large", "head -c 5000000 /dev/zero | tr '\\0' x"),
    ("leaving-behind", "echo answer; sleep 1000 & echo $! > \"$1\"; exit 3"),
    ("quiet", ":"),
    (
        "show-file",
        "f=${1#*=}; echo \"$f\"; stat -c '%a %U' \"$f\"; stat -c %a \"${f%/*}\"; cat \"$f\"",
    ),
];

/// All scripts are written before any process is started: a script that another process has
/// inherited open for writing cannot be run.
fn exec() -> Exec {
    static DIRECTORY: OnceLock<TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        for (name, body) in SCRIPTS {
            let path = directory.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        let path = directory.path().join("not-executable");
        fs::write(&path, "#!/bin/sh\n").unwrap();
        directory
    });
    let path = format!("{}:/usr/bin:/bin", directory.path().display());
    let environment = [("PATH", path.as_str()), ("JUJU_CONTEXT_ID", "web/0-start-1")];
    let environment: Environment = environment.into_iter().collect();
    Exec::with_environment(Rc::new(environment))
}

fn within(call: Invocation, deadline: Duration) -> Invocation {
    Invocation { deadline: Some(deadline), ..call }
}

fn lines(reply: &Reply) -> Vec<&str> {
    str::from_utf8(&reply.stdout).unwrap().lines().collect()
}

/// The process id that a script wrote into this file.
fn written_pid(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.trim().to_owned()
}

/// Whether the process is there, and not only its body.
fn is_alive(pid: &str) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit_once(") ").unwrap().1.starts_with('Z'),
        Err(_) => false,
    }
}

fn eventually(what: impl Fn() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if what() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

#[test]
fn arguments_arrive_as_they_are() {
    let call = Invocation::new("arguments").args(["--format=json", "", "a b", "$HOME", "-", "🦀"]);
    let reply = exec().invoke(&call).unwrap();
    assert_eq!(reply.exit, Exit::Code(0));
    assert_eq!(lines(&reply), ["--format=json", "", "a b", "$HOME", "-", "🦀"]);
}

#[test]
fn exit_code_output_and_complaint_are_told_apart() {
    let reply = exec().invoke(&Invocation::new("complaining")).unwrap();
    assert_eq!(reply.exit, Exit::Code(7));
    assert_eq!(reply.stdout, b"partial\n");
    assert_eq!(reply.stderr, b"ERROR no such thing\n");
}

#[test]
fn nothing_printed_is_a_reply() {
    assert_eq!(exec().invoke(&Invocation::new("quiet")).unwrap(), Reply::ok(""));
}

#[test]
fn a_missing_command_is_missing() {
    let error = exec().invoke(&Invocation::new("relation-model-get")).unwrap_err();
    assert!(matches!(error, TransportError::Missing), "{error:?}");
    let error = Exec::new().invoke(&Invocation::new("no-such-hook-command")).unwrap_err();
    assert!(matches!(error, TransportError::Missing), "{error:?}");
}

#[test]
fn a_command_that_cannot_start_says_why() {
    let error = exec().invoke(&Invocation::new("not-executable")).unwrap_err();
    let TransportError::Start(why) = error else { panic!("{error:?}") };
    assert_eq!(why.kind(), ErrorKind::PermissionDenied);
}

#[test]
fn the_signal_that_killed_it_is_reported() {
    let reply = exec().invoke(&Invocation::new("killed")).unwrap();
    assert_eq!(reply.exit, Exit::Signal(9));
}

#[test]
fn a_hanging_command_is_killed_and_reaped_at_its_deadline() {
    let scratch = tempfile::tempdir().unwrap();
    let pid = scratch.path().join("pid");
    let call = Invocation::new("hanging").arg(pid.to_str().unwrap().to_owned());
    let error = exec().invoke(&within(call, Duration::from_secs(3))).unwrap_err();
    assert!(matches!(error, TransportError::Deadline(_)), "{error:?}");
    // Reaped: not even a body is left.
    assert!(!Path::new("/proc").join(written_pid(&pid)).exists());
}

#[test]
fn a_hanging_command_that_closed_its_pipes_is_killed_too() {
    let call = within(Invocation::new("hanging-closed"), Duration::from_millis(200));
    let error = exec().invoke(&call).unwrap_err();
    assert!(matches!(error, TransportError::Deadline(_)), "{error:?}");
}

#[test]
fn a_process_left_behind_with_the_pipes_open_does_not_hold_the_call() {
    let scratch = tempfile::tempdir().unwrap();
    let pid = scratch.path().join("pid");
    let call = Invocation::new("leaving-behind").arg(pid.to_str().unwrap().to_owned());
    let reply = exec().invoke(&call).unwrap();
    assert_eq!((reply.exit, &*reply.stdout), (Exit::Code(3), &b"answer\n"[..]));
    let pid = written_pid(&pid);
    assert!(is_alive(&pid), "it was left alone");
    assert!(process::Command::new("kill").arg(&pid).status().unwrap().success());
}

#[test]
fn without_a_deadline_it_may_take_its_time() {
    let call = Invocation { deadline: None, ..Invocation::new("arguments").arg("x") };
    assert_eq!(exec().invoke(&call).unwrap().stdout, b"x\n");
    let call = within(Invocation::new("arguments").arg("x"), Duration::MAX);
    assert_eq!(exec().invoke(&call).unwrap().stdout, b"x\n");
}

#[test]
fn a_large_output_is_complete() {
    let reply = exec().invoke(&Invocation::new("large")).unwrap();
    assert_eq!(reply.stdout.len(), 5_000_000);
}

#[test]
fn a_flood_ends_the_command() {
    let error = exec().invoke(&Invocation::new("flooding")).unwrap_err();
    assert!(matches!(error, TransportError::Flood(_)), "{error:?}");
}

#[test]
fn of_endless_complaints_the_beginning_is_kept() {
    let reply = exec().invoke(&Invocation::new("grumbling")).unwrap();
    assert_eq!(reply.stdout, b"done\n");
    assert_eq!(reply.stderr.len(), 1 << 20);
}

#[test]
fn input_of_any_size_is_read_while_output_is_written() {
    for size in [0, 1, 65_536, 3_000_000] {
        let input: Vec<u8> = (0..size).map(|n: u32| u8::try_from(n % 251).unwrap()).collect();
        let reply = exec().invoke(&Invocation::new("echo-input").input(input.clone())).unwrap();
        assert!(reply.stdout == input, "{size} bytes");
    }
}

#[test]
fn a_command_without_input_reads_nothing() {
    assert_eq!(exec().invoke(&Invocation::new("echo-input")).unwrap(), Reply::ok(""));
}

#[test]
fn a_command_may_leave_its_input_unread() {
    let reply = exec().invoke(&Invocation::new("deaf").input(vec![b'x'; 3_000_000])).unwrap();
    assert_eq!(reply, Reply::ok("done\n"));
}

#[test]
fn a_file_argument_is_readable_by_its_owner_alone_and_gone_afterwards() {
    let secret = Secret::new("hunter2".to_owned(), "test");
    let reply = exec().invoke(&Invocation::new("show-file").file("token#file=", secret)).unwrap();
    let lines = lines(&reply);
    let path = PathBuf::from(lines[0]);
    assert!(path.is_absolute());
    assert!(lines[1].starts_with("600 "), "{}", lines[1]);
    assert_eq!(lines[2..], ["700", "hunter2"]);
    assert!(!path.exists());
    assert!(!path.parent().unwrap().exists());
}

#[test]
fn a_file_argument_is_gone_also_when_the_command_was_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let pid = scratch.path().join("pid");
    let secret = Secret::new("hunter2".to_owned(), "test");
    let call = Invocation::new("hanging")
        .arg(pid.to_str().unwrap().to_owned())
        .file("token#file=", secret);
    exec().invoke(&within(call, Duration::from_secs(3))).unwrap_err();
    let left: Vec<_> = fs::read_dir(std::env::temp_dir())
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("1")).ok())
        .filter(|content| content == "hunter2")
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn the_environment_is_passed_on_unchanged() {
    let reply = exec().invoke(&Invocation::new("environment")).unwrap();
    let mut given = lines(&reply);
    // The shell adds these of its own.
    given.retain(|line| !["PWD=", "_=", "SHLVL="].iter().any(|own| line.starts_with(own)));
    given.sort_unstable();
    assert_eq!(given.len(), 2, "{given:?}");
    assert_eq!(given[0], "JUJU_CONTEXT_ID=web/0-start-1");

    let own: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with("CARGO")).collect();
    let reply = Exec::new().invoke(&Invocation::new("env")).unwrap();
    let given = String::from_utf8_lossy(&reply.stdout).into_owned();
    assert!(own.iter().all(|(name, value)| given.contains(&format!("{name}={value}"))));
}

#[test]
fn no_descriptor_leaks_into_a_command() {
    let marker = tempfile::NamedTempFile::new().unwrap();
    let _held: Vec<_> = (0..150).map(|_| marker.reopen().unwrap()).collect();
    let call = Invocation::new("ls").args(["-l", "/proc/self/fd"]);
    let reply = exec().invoke(&call).unwrap();
    let listing = String::from_utf8_lossy(&reply.stdout);
    assert!(listing.contains("pipe:"), "{listing}");
    assert!(!listing.contains(marker.path().to_str().unwrap()), "{listing}");
}

#[test]
fn no_descriptor_and_no_process_is_left_after_many_calls() {
    let exec = exec();
    let hang = within(Invocation::new("hanging-closed"), Duration::from_millis(20));
    let round = || {
        exec.invoke(&Invocation::new("arguments").input("x")).unwrap();
        exec.invoke(&Invocation::new("no-such-hook-command")).unwrap_err();
        exec.invoke(&hang).unwrap_err();
    };
    round();
    // Tests beside this one have descriptors of their own, so the highest new one is what tells.
    let started = open_descriptors();
    for _ in 0..40 {
        round();
    }
    assert!(eventually(|| open_descriptors() < started + 40), "{started} became many more");
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn the_largest_argument_that_is_let_through_can_be_started() {
    let text = "x".repeat(ops::hook_command::ARGUMENTS_LIMIT);
    let reply = exec().invoke(&Invocation::new("arguments").arg(text.clone())).unwrap();
    assert_eq!(reply.stdout.len(), text.len() + 1);
}

#[test]
fn all_of_this_works_for_a_user_who_is_not_root() {
    unprivileged::run_again(&[], "all_of_this_works_for_a_user_who_is_not_root");
}
