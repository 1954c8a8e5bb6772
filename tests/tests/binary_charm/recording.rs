//! `OPS_RECORD`: a dispatch of the compiled charm becomes a file without secrets, which runs again on the compiled
//! charm and on the linked one.

use super::{APPLICATION, bent_charm, charm, root, world};
use hook_service::HookService;
use ops_core::names::UnitName;
use ops_testing::{
    Context,
    engine::{Engine, How, InProcess, Outcome},
    process::{Binary, Kill},
    replay::{Recording, RecordingError, Replayed},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    rc::Rc,
};
use tempfile::TempDir;

/// What must not be in any recording, as text or in base64 at any place of a word.
const CANARIES: [&str; 2] = ["canary-of-the-key-7f3a", "canary of the \"secret\"\nwith 2 lines"];

/// The recorded life of a unit: configured, running, with a secret that was changed.
fn recorded() -> (TempDir, Engine, UnitName) {
    let directory = tempfile::tempdir().unwrap();
    let (mut engine, unit) = recording_in(directory.path());
    let secrets: Vec<_> = engine.model().secrets.keys().cloned().collect();
    let [key, secret] = CANARIES;
    let content = [("consumer-key", key), ("consumer-secret", secret)];
    engine.update_secret(&secrets[0], content.into_iter().collect()).unwrap();
    engine.settle().unwrap();
    engine.set_config(APPLICATION, "log_level", "debug").unwrap();
    engine.settle().unwrap();
    engine.update_status(&unit).unwrap();
    engine.settle().unwrap();
    (directory, engine, unit)
}

fn recording_in(directory: &Path) -> (Engine, UnitName) {
    records(Rc::new(compiled()), directory)
}

fn records(binary: Rc<Binary>, directory: &Path) -> (Engine, UnitName) {
    let directory = directory.to_owned();
    bent_charm(binary, move |stage| {
        Rc::make_mut(&mut stage.environment).set("OPS_RECORD", &directory);
    })
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    files
}

fn compiled() -> Binary {
    Binary::new(charm()).charm_file(root().join("metadata.yaml"))
}

fn shown(replayed: &Replayed) -> String {
    replayed.divergences.iter().map(|it| format!("{it}\n")).collect()
}

/// The recording of the hook with this in its name that has most in it.
fn largest(directory: &Path, hook: &str) -> PathBuf {
    let named = files(directory).into_iter().filter(|path| path.to_string_lossy().contains(hook));
    named.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
}

/// Writes the recording anew, with lines changed.
fn changed(path: &Path, change: impl Fn(&str) -> Option<String>) -> PathBuf {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<String> = text.lines().filter_map(change).collect();
    let changed = path.with_file_name("changed.recording");
    fs::write(&changed, lines.join("\n") + "\n").unwrap();
    changed
}

#[test]
fn every_dispatch_runs_again_the_same_on_the_compiled_charm_and_on_the_linked_one() {
    let (directory, engine, _) = recorded();
    let files = files(directory.path());
    assert_eq!(files.len(), engine.timeline().len());
    assert!(engine.timeline().iter().all(|entry| entry.outcome == Outcome::Done));
    let binary = compiled();
    let context = Context::new(|| HookService);
    for file in files {
        let replayed = Recording::read(&file).unwrap().replay(&binary);
        assert!(replayed.is_same(), "compiled, {}:\n{}", file.display(), shown(&replayed));
        let replayed = context.replay(&file).unwrap();
        assert!(replayed.is_same(), "linked, {}:\n{}", file.display(), shown(&replayed));
        assert_eq!(replayed.ended.how, How::Exit(0));
        assert!(!replayed.calls.is_empty());
    }
}

#[test]
fn no_secret_is_in_any_recording_and_nobody_else_may_read_one() {
    let (directory, ..) = recorded();
    let mut tags = 0;
    for file in files(directory.path()) {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(file.extension().unwrap(), "recording");
        let text = fs::read_to_string(&file).unwrap();
        tags += text.matches("<redacted ").count();
        for canary in CANARIES.into_iter().chain(["the-key", "the-secret"]) {
            for wanted in spellings(canary) {
                assert!(!text.contains(&wanted), "{wanted:?} in {}", file.display());
            }
        }
        let begin = text.lines().next().unwrap();
        for variable in ["JUJU_CONTEXT_ID", "PROXY", "\"PATH\"", "JUJU_AGENT_SOCKET"] {
            assert!(!begin.contains(variable), "{variable} in {}", file.display());
        }
    }
    assert!(tags > 10, "only {tags} tags: were there any secrets?");
}

/// The value as it is, in JSON, and in base64 behind 0 to 2 other bytes.
fn spellings(canary: &str) -> Vec<String> {
    let once = serde_json::to_string(canary).unwrap();
    let twice = serde_json::to_string(&once).unwrap();
    let mut all = vec![canary.to_owned()];
    all.extend([once, twice].iter().map(|text| text.trim_matches(['"', '\\']).to_owned()));
    all.extend(canary.lines().filter(|line| line.len() > 8).map(str::to_owned));
    for skipped in 0..3 {
        let coded = ops::record::base64::encode(&canary.as_bytes()[skipped..]);
        all.push(coded.chars().take((canary.len() - skipped) * 8 / 6).collect());
    }
    all
}

#[test]
fn another_answer_is_a_divergence_at_its_line() {
    let (directory, ..) = recorded();
    let file = largest(directory.path(), "config-changed");
    let file = changed(&file, |line| {
        Some(line.replace("\\\"log_level\\\":\\\"debug\\\"", "\\\"log_level\\\":\\\"info\\\""))
    });
    let replayed = Context::new(|| HookService).replay(&file).unwrap();
    assert!(!replayed.is_same());
    let text = shown(&replayed);
    // Nothing is to be changed in the plan with the old level, so nothing is restarted.
    assert!(text.contains("expected: hook-service: POST"), "{text}");
}

#[test]
fn a_step_that_is_gone_is_shown_as_one_that_was_not_expected() {
    let (directory, ..) = recorded();
    let file = largest(directory.path(), "config-changed");
    let without =
        changed(&file, |line| (!line.contains("\"config-get\"")).then(|| line.to_owned()));
    let replayed = Recording::read(without).unwrap().replay(&compiled());
    assert!(shown(&replayed).contains("came:     config-get"), "{}", shown(&replayed));
}

#[test]
fn another_exit_code_is_a_divergence() {
    let (directory, ..) = recorded();
    let file = largest(directory.path(), "update-status");
    let file = changed(&file, |line| {
        Some(line.replace("{\"end\":{\"exit\":0}}", "{\"end\":{\"exit\":3}}"))
    });
    let replayed = Context::new(|| HookService).replay(&file).unwrap();
    let text = shown(&replayed);
    assert!(text.contains("exit code 3") && text.contains("exit code 0"), "{text}");
}

#[test]
fn a_crash_leaves_what_was_recorded_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let binary = Rc::new(compiled());
    binary.kill_next(Kill::Before(8));
    let (mut engine, _) = records(binary, directory.path());
    assert_eq!(engine.step().unwrap().ended.how, How::Signal(9));
    let files = files(directory.path());
    assert_eq!(files[0].extension().unwrap(), "partial", "{files:?}");
    let recording = Recording::read(&files[0]).unwrap();
    assert_eq!(recording.exit_code(), None);
    let replayed = recording.replay(&compiled());
    // Up to there the charm did the same; then there are no more answers.
    assert!(replayed.calls.len() >= 8, "{:?}", replayed.calls);
    assert!(replayed.is_same(), "{}", shown(&replayed));

    let named = files[0].with_extension("recording");
    fs::rename(&files[0], &named).unwrap();
    let error = Recording::read(&named).unwrap_err();
    assert!(matches!(error, RecordingError::Truncated { .. }), "{error}");
}

#[test]
fn a_recording_that_does_not_work_out_is_one_warning_and_changes_nothing() {
    let (mut undisturbed, unit, _) = world();
    undisturbed.settle().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for place in [Path::new("/nowhere/at/all"), Path::new("relative"), file.path()] {
        let (mut engine, _) = recording_in(place);
        engine.settle().unwrap();
        assert_eq!(super::status(&engine, &unit), super::status(&undisturbed, &unit));
        for (now, then) in engine.timeline().iter().zip(undisturbed.timeline()) {
            assert_eq!((&now.name, &now.outcome), (&then.name, &then.outcome));
            let warnings = now.ended.stderr.matches("cannot record this dispatch").count();
            assert_eq!(warnings, 1, "{}: {}", place.display(), now.ended.stderr);
        }
    }
}

#[test]
fn a_dispatch_that_fails_is_recorded_and_fails_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let (mut engine, unit) = recording_in(&path);
    let trouble = ops_testing::emulator::juju::Trouble::Fails {
        code: 1,
        stderr: "ERROR connection is shut down\n".to_owned(),
    };
    let script = ops_testing::emulator::juju::Script::default().always("config-get", trouble);
    engine.script_next(&unit, script);
    assert_eq!(engine.step().unwrap().ended.how, How::Exit(1));
    let file = &files(&path)[0];
    let recording = Recording::read(file).unwrap();
    assert_eq!(recording.exit_code(), Some(1));
    let replayed = recording.replay(&InProcess::new(|| HookService));
    assert!(replayed.is_same(), "{}", shown(&replayed));
    assert_eq!(replayed.ended.how, How::Exit(1));
}
