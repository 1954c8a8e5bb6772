//! Processes that a charm left behind: those that made a session of their own, and so are in no group that ends
//! with the charm. They are known by the agent's socket in their environment, which no other run has.

use rustix::process::{Pid, Signal, kill_process};
use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

/// How often to look: one may start another one while this looks.
const LOOKS: usize = 8;

/// Kills all processes that have this variable with this value.
pub(super) fn kill(variable: &str, value: &OsStr) {
    let wanted = [variable.as_bytes(), b"=", value.as_bytes()].concat();
    for _ in 0..LOOKS {
        let found = having(&wanted);
        if found.is_empty() {
            return;
        }
        for pid in found {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn having(wanted: &[u8]) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| {
        let number: i32 = entry.file_name().to_str()?.parse().ok()?;
        // A process that has ended, or somebody else's, cannot be read.
        let environment = fs::read(entry.path().join("environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|it| it == wanted).then_some(number)
    });
    pids.filter_map(Pid::from_raw).collect()
}
