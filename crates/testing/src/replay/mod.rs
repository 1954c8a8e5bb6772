//! Runs a recorded dispatch again: hook commands and Pebble answer what was recorded, and what the charm does
//! otherwise is a divergence.
//!
//! A recording is made by a charm with `OPS_RECORD` in its environment. Secrets in it are tags, and the charm gets
//! the tags for secrets. Time stands where the recording began, and what is random comes out anew. Nothing here
//! knows what a hook command means, only which of them read.

mod file;
mod likeness;
mod player;
mod stream;

pub use file::{Recording, RecordingError};

use crate::{
    emulator::juju::{
        Call, CharmMetadata, Hook, Juju, Model, Places, StandIn, Timestamp, Trouble, environment,
    },
    engine::{ContainerHandle, Ended, How, Program, Stage},
};
use ops::{
    hook_command::{Exit, Reply},
    host::Environment,
    record::{Came, Line},
};
use ops_core::{
    JujuVersion,
    names::{ContainerName, UnitName},
};
use player::{Argument, Player, Step};
use std::{cell::RefCell, fmt, rc::Rc, time::Duration};
use stream::Recorded;

/// What came of a recorded dispatch this time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// How it ended, and what it printed.
    pub ended: Ended,
    /// The hook commands, in order, with tags for secrets.
    pub calls: Vec<String>,
    /// Where it did something else than what is recorded, in order. Empty: nothing differs.
    pub divergences: Vec<Divergence>,
}

impl Replayed {
    /// Whether the charm did what it did then.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.divergences.is_empty()
    }
}

/// Something that a charm did otherwise than recorded. Secrets in it are tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The line in the recording, counted from 1.
    pub line: usize,
    /// What it did then; `None`: nothing more, or nothing of the kind.
    pub expected: Option<String>,
    /// What it did now; `None`: it did not.
    pub came: Option<String>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = (self.expected.as_deref().unwrap_or(""), self.came.as_deref().unwrap_or(""));
        let (expected, came) = player::shortened(texts.0, texts.1);
        let line = self.line;
        match (&self.expected, &self.came) {
            (Some(_), Some(_)) => {
                write!(f, "line {line}\n  expected: {expected}\n  came:     {came}")
            }
            (Some(_), None) => {
                write!(f, "line {line}\n  expected: {expected}\n  came:     nothing")
            }
            (None, _) => write!(f, "line {line}\n  expected: nothing\n  came:     {came}"),
        }
    }
}

impl Recording {
    /// Runs the dispatch again on this charm: linked into this program ([`InProcess`](crate::engine::InProcess)),
    /// or compiled ([`Binary`](crate::process::Binary)).
    #[must_use]
    pub fn replay(&self, program: &dyn Program) -> Replayed {
        let player = Rc::new(RefCell::new(Player::new(self.steps.clone(), self.end.is_some())));
        let ended = program.dispatch(&self.stage(&player));
        let mut player = player.borrow_mut();
        let (calls, mut divergences) = player.finish();
        if let Some(end) = self.end
            && ended.how != How::Exit(i32::from(end.exit))
        {
            let line = player.count() + 2;
            let expected = Some(format!("exit code {}", end.exit));
            divergences.push(Divergence { line, expected, came: Some(ended.how.to_string()) });
        }
        Replayed { ended, calls, divergences }
    }

    fn stage(&self, player: &Rc<RefCell<Player>>) -> Stage {
        let variable = |name: &str| self.begin.environment.get(name).map(String::as_str);
        let unit = variable("JUJU_UNIT_NAME").and_then(|name| UnitName::new(name).ok());
        let unit = unit.unwrap_or(UnitName::from_static("charm/0"));
        let version = variable("JUJU_VERSION").and_then(|text| text.parse().ok());
        let mut model = Model::new("replay", version.unwrap_or(JujuVersion::new(3, 6, 14)));
        // An application that has such a unit can be added, so neither is refused.
        let _ = model.add_application(unit.application().as_str(), CharmMetadata::default());
        let _ = model.insert_unit(&unit);
        model.now = Timestamp(i64::try_from(self.begin.began / 1_000_000).unwrap_or_default());
        let juju = Juju::new(model, unit.clone(), Hook::UpdateStatus);
        juju.set_stand_in(Rc::new(Agent(Rc::clone(player))));
        let environment = self.environment(&juju, &unit);
        let containers = self.steps.iter().filter_map(|line| match line {
            Line::Pebble(exchange) => ContainerName::new(&*exchange.container).ok(),
            _ => None,
        });
        let containers = containers.map(|name| {
            let daemon = Recorded { container: name.clone(), player: Rc::clone(player) };
            (name, ContainerHandle::Other(Rc::new(daemon)))
        });
        Stage {
            unit,
            pod: 0,
            environment: Rc::new(environment),
            juju: Rc::new(juju),
            containers: containers.collect(),
            commands: None,
            deadline: Duration::from_secs(60),
        }
    }

    /// What was recorded, and Juju's places, which are this machine's.
    fn environment(&self, juju: &Juju, unit: &UnitName) -> Environment {
        const PLACES: [&str; 6] = [
            "CHARM_DIR",
            "JUJU_CHARM_DIR",
            "PATH",
            "JUJU_CONTEXT_ID",
            "JUJU_AGENT_SOCKET_ADDRESS",
            "JUJU_AGENT_SOCKET_NETWORK",
        ];
        let context = juju.with_session(|session| session.context_id().to_owned());
        let mut here = juju.with_model(|model| {
            environment(model, unit, &Hook::UpdateStatus, &context, &Places::of(unit))
        });
        here.retain(|name| PLACES.iter().any(|place| name == *place));
        here.extend(
            self.begin.environment.iter().filter(|(name, _)| !PLACES.contains(&name.as_str())),
        );
        here
    }
}

/// Answers hook commands with what was recorded.
#[derive(Debug)]
struct Agent(Rc<RefCell<Player>>);

impl StandIn for Agent {
    fn serve(&self, call: &Call<'_>) -> Result<Reply, Trouble> {
        let read = |path: &str| call.files.read(path).ok();
        let arguments: Vec<Argument<'_>> =
            call.arguments.iter().map(|text| Argument { text, read: &read }).collect();
        let step = Step::Call { program: call.program, arguments: &arguments, input: call.input };
        let Some(Line::Call(recorded)) = self.0.borrow_mut().play(&step) else {
            return Err(Trouble::Lost);
        };
        match recorded.outcome {
            Came::Reply { exit, stdout, stderr } => {
                let exit = if exit < 0 { Exit::Signal(-exit) } else { Exit::Code(exit) };
                Ok(Reply { exit, stdout: stdout.0, stderr: stderr.0 })
            }
            Came::Failed(why) if why == "missing" => Err(Trouble::Missing),
            Came::Failed(_) => Err(Trouble::Lost),
        }
    }
}
