//! `destroy`: stops what runs and removes the model with everything that is kept of it.

use super::{lock::Lock, place::Place};
use crate::{failure::Failure, progress::note};
use clap::Args;
use std::{fs, io};

/// Remove the model, and stop what still runs for it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Remove it although it cannot be read, or another command changes it
    #[arg(long)]
    force: bool,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let directory = place.path();
    let shown = directory.display();
    if !place.model().exists() && !place.lock().exists() {
        // Nothing else in a directory that somebody named is ours.
        return Err(Failure::new(format!("there is no model in {shown}")));
    }
    let lock = if arguments.force {
        None
    } else {
        let lock = Lock::take(place, "destroy")?;
        place.read()?;
        Some(lock)
    };
    super::containers::stop_all(place)?;
    let cannot = || format!("cannot remove {shown}");
    for path in [place.charms(), place.units(), place.daemons()] {
        remove(fs::remove_dir_all(path)).map_err(Failure::because(cannot()))?;
    }
    for path in [place.model(), place.lock()] {
        remove(fs::remove_file(path)).map_err(Failure::because(cannot()))?;
    }
    place.remove_drafts().map_err(Failure::because(cannot()))?;
    // Something else may be in a directory that somebody named.
    let _ = fs::remove_dir(directory);
    drop(lock);
    note(format_args!("Removed the model in {shown}."));
    Ok(())
}

fn remove(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}
