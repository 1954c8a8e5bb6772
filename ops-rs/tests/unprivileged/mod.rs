//! Runs tests of this program once more as a user without rights, as a charm with `charm-user: non-root` is run.
#![allow(
    clippy::disallowed_methods,
    reason = "it starts this program again, which is no hook command"
)]

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    process::Command,
};

/// Nobody has this id: it has no name, no home and no shell.
const USER: u32 = 584_792;

/// Runs the tests that match `filter`, but for `this` one. Who is not root runs them as they are.
pub(crate) fn run_again(filter: &[&str], this: &str) {
    // What we make has our id.
    let directory = tempfile::tempdir().unwrap();
    let is_root = fs::metadata(directory.path()).unwrap().uid() == 0;
    // The program that runs may stand where only its builder may look.
    let program = directory.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let own = directory.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::set_permissions(&own, Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(program);
    command.args(filter).args(["--skip", this]).current_dir(&own);
    // A path of which this user may search every part, as a charm's is.
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("TMPDIR", &own).env("HOME", "/nonexistent");
    if is_root {
        chown(&own, Some(USER), Some(USER)).unwrap();
        command.uid(USER).gid(USER);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("running 0 tests"), "{text}");
    // The tests' own things may stay; files of secrets may not.
    let names = fs::read_dir(&own).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> =
        names.filter(|name| name.to_string_lossy().starts_with("hook-command-")).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
