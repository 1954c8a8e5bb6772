//! One command at a time changes a model; the others wait a little, and say for whom.

use super::place::Place;
use crate::{failure::Failure, progress::note};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
    thread,
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_millis(20);

/// Held as long as this lives. The system ends it with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it holds the lock")] File);

impl Lock {
    /// Takes the lock of a model for a verb. Whoever holds it is waited for, as long as the place says.
    pub(super) fn take(place: &Place, verb: &str) -> Result<Self, Failure> {
        let (path, patience) = (place.lock(), place.patience());
        let cannot = || format!("cannot lock the model with {}", path.display());
        let started = Instant::now();
        let mut told = false;
        loop {
            let mut file = open(&path).map_err(Failure::because(cannot()))?;
            match file.try_lock() {
                // Whoever destroyed the model has removed the file that this was.
                Ok(()) if !is_at(&file, &path) => continue,
                Ok(()) => {
                    write(&mut file, verb).map_err(Failure::because(cannot()))?;
                    return Ok(Self(file));
                }
                Err(TryLockError::Error(why)) => return Err(Failure::because(cannot())(why)),
                Err(TryLockError::WouldBlock) => {}
            }
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another command".to_owned(),
                holder => holder.to_owned(),
            };
            if started.elapsed() >= patience {
                let model = place.path().display();
                let seconds = patience.as_secs();
                return Err(Failure::new(format!(
                    "{holder} still changes the model in {model} after {seconds} seconds; try \
                     again when it has ended"
                )));
            }
            if !told {
                note(format_args!("Waiting for {holder}, which changes the model ..."));
                told = true;
            }
            thread::sleep(PAUSE);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
        _ => false,
    }
}

fn write(file: &mut File, verb: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "`cargo charm sandbox {verb}` (process {})", std::process::id())
}
