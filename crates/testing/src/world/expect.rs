//! What a test expects of a world. What is otherwise fails it, with what is there and the timeline.

use super::{World, must, run::LINES};
use crate::emulator::juju::{Status, StatusName};
use std::fmt;

impl World {
    /// An application is active, and so is each of its units, or a unit is; with whatever message.
    #[track_caller]
    pub fn expect_active(&self, name: impl AsRef<str>) {
        let expected = "active, and all its units";
        self.expect(name.as_ref(), expected, |status| status.name == StatusName::Active);
    }

    /// An application and each of its units, or a unit, has exactly this status.
    #[track_caller]
    pub fn expect_status<S: fmt::Debug>(&self, name: impl AsRef<str>, wanted: S)
    where
        Status: PartialEq<S>,
    {
        self.expect(name.as_ref(), &format!("{wanted:?}"), |status| *status == wanted);
    }

    /// An application and each of its units, or a unit, is blocked with this message.
    #[track_caller]
    pub fn expect_blocked(&self, name: impl AsRef<str>, message: impl Into<String>) {
        self.expect_status(name, Status::new(StatusName::Blocked, message));
    }

    /// An application and each of its units, or a unit, is waiting with this message.
    #[track_caller]
    pub fn expect_waiting(&self, name: impl AsRef<str>, message: impl Into<String>) {
        self.expect_status(name, Status::new(StatusName::Waiting, message));
    }

    /// Nothing is due, and no unit is in error.
    #[track_caller]
    pub fn expect_idle(&self) {
        let due = self.due();
        let due = due
            .iter()
            .map(|due| format!("  {} on {}", due.hook.name(self.model(), &due.unit), due.unit));
        let due: Vec<String> = due.collect();
        must(match due.is_empty() {
            true => Ok(()),
            false => Err(format!("there are hooks to run:\n{}\n\n{}", due.join("\n"), self.tail())),
        });
    }

    #[track_caller]
    fn expect(&self, name: &str, expected: &str, is: impl Fn(&Status) -> bool) {
        let found = (name.to_owned(), self.status(name));
        let units =
            self.units(name).into_iter().map(|unit| (unit.name().to_string(), unit.status()));
        let all: Vec<(String, Status)> = std::iter::once(found).chain(units).collect();
        let lines = all.iter().map(|(name, status)| format!("  {name}: {status}\n"));
        must(match all.iter().all(|(_, status)| is(status)) {
            true => Ok(()),
            false => {
                let found = self.model().redact(&lines.collect::<String>());
                Err(format!("{name} should be {expected}:\n{found}\n{}", self.tail()))
            }
        });
    }

    fn tail(&self) -> String {
        self.timeline().last(LINES).to_string()
    }
}
