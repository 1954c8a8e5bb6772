//! What is in the workload before a case begins, the same for the emulated Pebble and for a real one: files in the
//! directory `there`, and what the commands of the cases do.

use ops_pebble::{Client, PushOptions};
use ops_testing::emulator::pebble::{ExecAnswer, ExecHandler, Pebble};
use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    time::Duration,
};

const LINKS: &[(&str, &str)] =
    &[("link", "file"), ("dangling", "nowhere"), ("dirlink", "dir"), ("loop", "loop")];

/// The files, for the emulated one.
pub(crate) fn files(pebble: Pebble) -> Pebble {
    let pebble = pebble
        .user("daemon", 1)
        .file("/srv/there/file", "content\n")
        .file("/srv/there/dir/inner", "inner")
        .directory("/srv/there/empty");
    LINKS.iter().fold(pebble, |pebble, (link, target)| {
        pebble.symlink(&format!("/srv/there/{link}"), target)
    })
}

/// The files, for a real one.
pub(crate) fn make_files(root: &Path) {
    let there = root.join("there");
    fs::create_dir_all(there.join("dir")).unwrap();
    fs::create_dir_all(there.join("empty")).unwrap();
    fs::write(there.join("file"), "content\n").unwrap();
    fs::write(there.join("dir/inner"), "inner").unwrap();
    for (link, target) in LINKS {
        symlink(target, there.join(link)).unwrap();
    }
    for (path, mode) in [("file", 0o644), ("dir/inner", 0o644), ("dir", 0o755), ("empty", 0o755)] {
        fs::set_permissions(there.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    // Commands run as others too.
    for path in [root, &there] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

pub(crate) const BOTH: &str = "echo one; echo two >&2; echo three; exit 4";
pub(crate) const LINES: &str = "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done";
pub(crate) const TRAP: &str =
    "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
pub(crate) const SLOW: &str = "sleep 0.3; exit 5";
pub(crate) const BYTES: &str = r"printf '\377\000\200'";
pub(crate) const LONG: &str = "head -c 5000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1";
pub(crate) const CONTEXT: &str = "echo $A $B; pwd";

fn sh(script: &str) -> ExecHandler {
    ExecHandler::new(["sh", "-c", script])
}

/// The commands, for the emulated one.
pub(crate) fn commands(pebble: Pebble) -> Pebble {
    let lines: String = (0..1000).map(|number| format!("line {number}\n")).collect();
    [
        sh(BOTH).stdout("one\nthree\n").stderr("two\n").exit_code(4),
        sh(LINES).stdout(lines),
        sh(TRAP)
            .stdout("ready\n")
            .runs_on()
            .on_signal("SIGTERM", ExecAnswer::new().stdout("bye\n").exit_code(7)),
        sh(SLOW).takes(Duration::from_millis(300)).exit_code(5),
        sh(BYTES).stdout([255, 0, 128]),
        sh(LONG).stderr("x".repeat(5000) + "end\n").exit_code(1),
        sh(CONTEXT).answers(|call| {
            let variable = |name: &str| call.environment.get(name).cloned().unwrap_or_default();
            let directory = &call.working_dir;
            ExecAnswer::new().stdout(format!("{} {}\n{directory}\n", variable("A"), variable("B")))
        }),
        ExecHandler::new(["sleep", "1000"]).runs_on(),
        ExecHandler::new(["pwd"])
            .answers(|call| ExecAnswer::new().stdout(format!("{}\n", call.working_dir))),
        ExecHandler::new(["id", "-u"]).answers(|call| {
            let id = if call.user == "daemon" || call.user == "1" { 1 } else { 0 };
            ExecAnswer::new().stdout(format!("{id}\n"))
        }),
        ExecHandler::new(["wc", "-c"])
            .reads_stdin()
            .answers(|call| ExecAnswer::new().stdout(format!("{}\n", call.stdin.len()))),
        ExecHandler::new(["echo", "hi"]).stdout("hi\n"),
        ExecHandler::new(["stty", "size"]).answers(|call| {
            let (columns, rows) = call.terminal.unwrap();
            ExecAnswer::new().stdout(format!("{rows} {columns}\n"))
        }),
        ExecHandler::new(["/srv/no-program"])
            .cannot_start("fork/exec /srv/no-program: exec format error"),
    ]
    .into_iter()
    .fold(pebble, Pebble::exec_handler)
}

/// A file that looks like a program and is none.
pub(crate) fn make_no_program(client: &Client, root: &str) -> String {
    let path = format!("{root}/no-program");
    client.push(&path, "\u{7f}nothing", &PushOptions::new().permissions(0o755)).unwrap();
    path
}
