//! Failures on request: which call goes wrong, and how.

use ops::hook_command::{Exit, Reply};
use serde::Serialize;
use std::collections::VecDeque;

/// How a hook command goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Trouble {
    /// It exits with this code and complaint, and has done nothing.
    Fails {
        /// The exit code.
        code: i32,
        /// What it prints on standard error, as it stands.
        stderr: String,
    },
    /// It is killed by this signal, and has done nothing.
    Killed(i32),
    /// It exits with 0 and prints this, and has done nothing.
    Prints(Vec<u8>),
    /// It does not end, and has done nothing.
    Hangs,
    /// There is no such command.
    Missing,
    /// It does what it should, and the answer is lost.
    Lost,
}

impl Trouble {
    /// The reply, if there is one.
    pub(super) fn reply(&self) -> Option<Reply> {
        match self {
            Self::Fails { code, stderr } => Some(Reply::failed(*code, stderr.as_bytes())),
            Self::Killed(signal) => {
                Some(Reply { exit: Exit::Signal(*signal), stdout: Vec::new(), stderr: Vec::new() })
            }
            Self::Prints(bytes) => Some(Reply::ok(bytes.clone())),
            Self::Hangs | Self::Missing | Self::Lost => None,
        }
    }
}

/// Which calls go wrong. An empty script lets everything pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Script {
    rules: VecDeque<Rule>,
    /// After so many effects the process that calls is dead.
    pub(super) kill_after: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Rule {
    program: String,
    skip: usize,
    once: bool,
    trouble: Trouble,
}

impl Script {
    /// Every call of this command goes wrong.
    #[must_use]
    pub fn always(mut self, program: impl Into<String>, trouble: Trouble) -> Self {
        self.rules.push_back(Rule { program: program.into(), skip: 0, once: false, trouble });
        self
    }

    /// The call of this command after `skip` good ones goes wrong, and no other.
    #[must_use]
    pub fn once(mut self, program: impl Into<String>, skip: usize, trouble: Trouble) -> Self {
        self.rules.push_back(Rule { program: program.into(), skip, once: true, trouble });
        self
    }

    /// The charm's process is killed when it has had so many effects, in Juju and in its emulated containers
    /// together: the answer to the last of them, and to all that it asks for after it, is lost.
    #[must_use]
    pub fn kill_after(mut self, effects: usize) -> Self {
        self.kill_after = Some(effects);
        self
    }

    /// What goes wrong, in order: which command, after how many good calls, whether only once, and how.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&str, usize, bool, &Trouble)> {
        let rules = self.rules.iter();
        rules.map(|rule| (rule.program.as_str(), rule.skip, rule.once, &rule.trouble))
    }

    /// See [`kill_after`](Self::kill_after).
    pub(crate) fn killed_after(&self) -> Option<usize> {
        self.kill_after
    }

    /// Whether no call of this command ever finds it.
    pub(super) fn takes_away(&self, program: &str) -> bool {
        let first = self.rules.iter().find(|rule| rule.program == program);
        first.is_some_and(|rule| rule.trouble == Trouble::Missing && !rule.once && rule.skip == 0)
    }

    pub(super) fn next(&mut self, program: &str) -> Option<Trouble> {
        let at = self.rules.iter_mut().position(|rule| {
            if rule.program != program {
                return false;
            }
            let due = rule.skip == 0;
            rule.skip = rule.skip.saturating_sub(1);
            due
        })?;
        let rule = self.rules.get(at)?;
        let trouble = rule.trouble.clone();
        if rule.once {
            self.rules.remove(at);
        }
        Some(trouble)
    }
}
