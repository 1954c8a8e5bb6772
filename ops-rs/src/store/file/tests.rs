//! The state file: whole or not at all, private, locked, and never lost.

#![expect(clippy::disallowed_methods, reason = "these files are for the store to find")]

use super::*;
use crate::{host::SystemClock, store::Store};
use ops_core::{Fault, FaultKind};
use std::{env, os::unix::fs::PermissionsExt as _, process::Command, sync::mpsc, thread};
use tempfile::TempDir;

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("state.json")
}

/// As a new dispatch opens it. It gives up at once when the file is locked.
fn state(path: &Path) -> FileState {
    FileState::new(path, Rc::new(SystemClock::new())).patience(Duration::ZERO)
}

fn store(path: &Path) -> Store {
    Store::new(Box::new(state(path)))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Everything that apply and the author's handlers may find in it.
fn put(path: &Path, key: &str, value: &str) {
    let store = store(path);
    store.set(key, 1, &value).unwrap();
    store.commit().unwrap();
}

#[test]
fn what_is_stored_is_there_in_the_next_dispatch() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    assert_eq!(store(&path).get::<String>("a", 1).unwrap(), None);
    put(&path, "a", "ü\n\"✓");
    put(&path, "b", "second");
    assert_eq!(store(&path).get::<String>("a", 1).unwrap().as_deref(), Some("ü\n\"✓"));
    assert_eq!(store(&path).get::<String>("b", 1).unwrap().as_deref(), Some("second"));
}

#[test]
fn a_removed_document_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    put(&path, "a", "x");
    let store = store(&path);
    store.remove("a").unwrap();
    store.commit().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
}

#[test]
fn nobody_else_can_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    put(&path, "a", "x");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_added_extension("lock")), 0o600);
    // Not even if somebody had opened it up before.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    put(&path, "a", "y");
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn no_temporary_file_is_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    put(&file(&directory), "a", "x");
    assert_eq!(names(&directory), ["state.json", "state.json.lock"]);
}

#[test]
fn a_write_replaces_the_file_and_never_changes_the_old_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    put(&path, "a", "old");
    // Whoever has the old file open, as after a crash in the middle, has it whole.
    let mut before = File::open(&path).unwrap();
    put(&path, "a", "new");
    let mut text = String::new();
    before.read_to_string(&mut text).unwrap();
    assert!(text.contains("old"), "{text}");
    assert!(fs::read_to_string(&path).unwrap().contains("new"));
}

#[test]
fn a_write_that_fails_leaves_the_old_content_and_the_changes() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    put(&path, "a", "old");
    let store = store(&path);
    store.set("a", 1, &"new").unwrap();
    // Renaming a file over a directory fails, for root too.
    let aside = directory.path().join("kept");
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(store.commit().is_err());
    fs::remove_dir(&path).unwrap();
    assert!(fs::read_to_string(&aside).unwrap().contains("old"));
    fs::rename(&aside, &path).unwrap();
    assert!(store.is_changed());
    store.commit().unwrap();
    assert_eq!(names(&directory), ["state.json", "state.json.lock"]);
    drop(store);
    assert_eq!(self::store(&path).get::<String>("a", 1).unwrap().as_deref(), Some("new"));
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_and_the_old_content_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    put(&path, "a", "old");
    let readonly = fs::Permissions::from_mode(0o500);
    fs::set_permissions(directory.path(), readonly).unwrap();
    let root = fs::write(directory.path().join("probe"), "").is_ok();
    let outcome = {
        let store = store(&path);
        store.set("a", 1, &"new").unwrap();
        store.commit()
    };
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    if root {
        // Permissions do not bind root: nothing can be shown.
        return;
    }
    assert_eq!(Fault::from(outcome.unwrap_err()).kind(), FaultKind::Denied);
    assert!(fs::read_to_string(&path).unwrap().contains("old"));
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gone/state.json");
    let error = store(&path).get::<u8>("a", 1).unwrap_err();
    assert!(error.to_string().starts_with("cannot lock"), "{error}");
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_and_no_empty_state() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    // A link to itself cannot be opened by root either.
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let error = store(&path).get::<u8>("a", 1).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
    assert_eq!(names(&directory), ["state.json", "state.json.lock"]);
}

#[test]
fn a_bare_name_is_a_file_of_the_working_directory() {
    // A process has one working directory, and other tests run in this one.
    const INSIDE: &str = "OPS_TEST_STATE_FILE_INSIDE";
    if env::var_os(INSIDE).is_some() {
        return put(Path::new("state.json"), "a", "x");
    }
    let directory = tempfile::tempdir().unwrap();
    let this = "store::file::tests::a_bare_name_is_a_file_of_the_working_directory";
    let ended = Command::new(env::current_exe().unwrap())
        .args(["--exact", this])
        .env(INSIDE, "1")
        .current_dir(&directory)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(names(&directory), ["state.json", "state.json.lock"]);
    assert_eq!(store(&file(&directory)).get::<String>("a", 1).unwrap().as_deref(), Some("x"));
}

#[test]
fn a_file_of_another_kind_is_kept_aside_byte_by_byte() {
    for corrupt in [&b""[..], b"SQLite format 3\0\x10\0", b"[1]", b"{\"a\":1}", b"{\"a\":\"\xff\"}"]
    {
        let directory = tempfile::tempdir().unwrap();
        let path = file(&directory);
        fs::write(&path, corrupt).unwrap();
        let loaded = state(&path).load().unwrap();
        assert!(loaded.documents.is_empty());
        let aside = path.with_added_extension("aside.1");
        assert_eq!(fs::read(&aside).unwrap(), corrupt);
        let report = loaded.set_aside.join("\n");
        assert!(report.contains(&aside.display().to_string()), "{report}");
    }
}

#[test]
fn files_kept_aside_do_not_overwrite_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    for content in ["first", "second"] {
        fs::write(&path, content).unwrap();
        assert_eq!(store(&path).get::<u8>("a", 1).unwrap(), None);
    }
    put(&path, "a", "x");
    assert_eq!(fs::read_to_string(path.with_added_extension("aside.1")).unwrap(), "first");
    assert_eq!(fs::read_to_string(path.with_added_extension("aside.2")).unwrap(), "second");
    assert_eq!(store(&path).get::<String>("a", 1).unwrap().as_deref(), Some("x"));
}

#[test]
fn a_newer_document_is_kept_aside_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    let store_of_newer_charm = store(&path);
    store_of_newer_charm.set("a", 2, &["new", "shape"]).unwrap();
    store_of_newer_charm.commit().unwrap();
    drop(store_of_newer_charm);
    let store = store(&path);
    assert_eq!(store.get::<String>("a", 1).unwrap(), None);
    store.set("a", 1, &"x").unwrap();
    store.commit().unwrap();
    drop(store);
    let after = self::store(&path);
    let kept: Option<Vec<String>> = after.get("a.aside.1", 2).unwrap();
    assert_eq!(kept.unwrap(), ["new", "shape"]);
}

#[test]
fn a_lock_held_by_another_fails_the_dispatch_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    put(&path, "a", "x");
    let other = File::open(path.with_added_extension("lock")).unwrap();
    flock(&other, FlockOperation::NonBlockingLockExclusive).unwrap();
    let error = store(&path).get::<String>("a", 1).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is locked by another process", path.display()));
    // Juju must run the hook again: what it should have remembered is not.
    assert_eq!(Fault::from(error).kind(), FaultKind::AgentLost);
    drop(other);
    assert!(store(&path).get::<String>("a", 1).unwrap().is_some());
}

#[test]
fn the_lock_lasts_from_load_until_the_store_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    let first = store(&path);
    // Not asked for anything yet: nobody is kept out.
    put(&path, "a", "x");
    assert!(first.get::<String>("a", 1).unwrap().is_some());
    assert!(store(&path).get::<String>("a", 1).is_err());
    first.set("b", 1, &1).unwrap();
    first.commit().unwrap();
    assert!(store(&path).get::<String>("a", 1).is_err());
    drop(first);
    assert!(store(&path).get::<String>("a", 1).is_ok());
}

#[test]
fn who_waits_for_the_lock_sees_what_its_holder_wrote() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory);
    let first = store(&path);
    first.set("a", 1, &"mine").unwrap();
    let (started, begin) = mpsc::channel();
    let waiting = thread::spawn({
        let path = path.clone();
        move || {
            let patient = FileState::new(&path, Rc::new(SystemClock::new()));
            started.send(()).unwrap();
            Store::new(Box::new(patient)).get::<String>("a", 1).unwrap()
        }
    });
    begin.recv().unwrap();
    first.commit().unwrap();
    drop(first);
    assert_eq!(waiting.join().unwrap().as_deref(), Some("mine"));
}
