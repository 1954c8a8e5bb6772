//! One run of a charm as a process, whatever kind of charm: started, served, ended.

use super::{
    child::{End, Group},
    kill::{Kill, Steps},
    places::Ground,
    server::{Outcome, Server},
    strays,
};
use crate::engine::{Ended, How, Stage};
use std::{cell::Cell, error::Error, io, path::Path, process::Command};

/// The runs of one charm: which is to crash, and how many steps the last one took.
#[derive(Debug, Default)]
pub(super) struct Runs {
    kill: Cell<Option<Kill>>,
    steps: Cell<usize>,
    ends_all: Cell<bool>,
}

/// What no other run has in its environment.
const AGENT: &str = "JUJU_AGENT_SOCKET_ADDRESS";

/// Runs commands that take the place of the charm.
pub(super) const BASH: &str = "/bin/bash";

impl Runs {
    pub(super) fn kill_next(&self, kill: Kill) {
        self.kill.set(Some(kill));
    }

    pub(super) fn steps(&self) -> usize {
        self.steps.get()
    }

    /// Whatever the charm started ends with it from now on, also what made a session of its own.
    pub(super) fn end_all(&self) {
        self.ends_all.set(true);
    }

    /// Runs the command in the charm's directory to its end: the charm's, or [`BASH`] where the stage
    /// has commands for it.
    pub(super) fn run(
        &self,
        stage: &Stage,
        ground: &Ground,
        charm: &Path,
        mut command: Command,
    ) -> io::Result<Ended> {
        if let Some(commands) = &stage.commands {
            command.arg("-c").arg(commands);
        }
        command.env_clear().envs(ground.environment.iter()).current_dir(charm);
        let mut group = Group::start(&mut command)?;
        let steps = Steps::new(self.kill.take());
        let mut server = Server::new(&stage.juju, &ground.agent, &ground.doors, steps);
        let outcome = server.serve(&mut group, stage.deadline);
        if self.ends_all.get()
            && let Some(socket) = ground.environment.get(AGENT)
        {
            strays::kill(AGENT, socket);
        }
        let outcome = outcome?;
        self.steps.set(server.steps());
        let (stdout, stderr) = group.into_outputs();
        let how = match outcome {
            Outcome::Ended(End::Code(code)) => How::Exit(code),
            Outcome::Ended(End::Signal(signal)) => How::Signal(signal),
            Outcome::Deadline => How::Deadline,
        };
        Ok(Ended { how, stdout, stderr })
    }
}

/// The charm could not be started, for this reason and what is behind it.
pub(super) fn cannot_start(error: &dyn Error) -> Ended {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    Ended { how: How::CannotStart(text), stdout: String::new(), stderr: String::new() }
}
