//! Who answers commands. It must not know sockets.

use crate::emulator::pebble::bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error as _};
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// Answers commands that begin with these words.
///
/// ```
/// use ops_testing::emulator::pebble::{ExecAnswer, ExecHandler};
///
/// let version = ExecHandler::new(["hook-service", "version"]).stdout("App Version: 1.10.0\n");
/// let upper = ExecHandler::new(["upper"]).reads_stdin().answers(|call| {
///     ExecAnswer::new().stdout(call.stdin.to_ascii_uppercase())
/// });
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[must_use]
pub struct ExecHandler {
    pub(super) prefix: Vec<String>,
    answer: Answer,
    signals: BTreeMap<String, ExecAnswer>,
    pub(super) reads_stdin: bool,
    pub(super) echoes_stdin: bool,
    pub(super) runs_on: bool,
    pub(super) takes: Duration,
    pub(super) start_failure: Option<String>,
}

/// What a command does once it does anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[must_use]
pub struct ExecAnswer {
    pub(super) exit_code: i64,
    #[serde(with = "bytes")]
    pub(super) stdout: Vec<u8>,
    #[serde(with = "bytes")]
    pub(super) stderr: Vec<u8>,
}

impl ExecAnswer {
    /// Nothing printed, exit code 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The exit code.
    pub fn exit_code(mut self, code: i64) -> Self {
        self.exit_code = code;
        self
    }

    /// What it prints.
    pub fn stdout(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdout = text.into();
        self
    }

    /// What it prints as errors.
    pub fn stderr(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stderr = text.into();
        self
    }
}

#[derive(Clone)]
enum Answer {
    Same(ExecAnswer),
    Computed(Arc<dyn Fn(&ExecCall) -> ExecAnswer + Send + Sync>),
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Same(one), Self::Same(other)) => one == other,
            (Self::Computed(one), Self::Computed(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Same(answer) => answer.serialize(serializer),
            Self::Computed(_) => Err(S::Error::custom("a computed answer cannot be kept")),
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ExecAnswer::deserialize(deserializer).map(Self::Same)
    }
}

impl ExecHandler {
    /// A handler of commands that begin with these words; an empty list fits every command. It prints
    /// nothing and exits with code 0.
    pub fn new<S: Into<String>>(prefix: impl IntoIterator<Item = S>) -> Self {
        Self {
            prefix: prefix.into_iter().map(Into::into).collect(),
            answer: Answer::Same(ExecAnswer::new()),
            signals: BTreeMap::new(),
            reads_stdin: false,
            echoes_stdin: false,
            runs_on: false,
            takes: Duration::ZERO,
            start_failure: None,
        }
    }

    /// The same with a word in the place of an answer that is computed: it can be written.
    pub(crate) fn described(self) -> Self {
        match self.answer {
            Answer::Same(_) => self,
            Answer::Computed(_) => {
                Self { answer: Answer::Same(ExecAnswer::new()), ..self }.stdout("(computed)")
            }
        }
    }

    /// The words that the commands begin with.
    pub(crate) fn prefix(&self) -> &[String] {
        &self.prefix
    }

    /// The exit code.
    pub fn exit_code(self, code: i64) -> Self {
        self.with(|answer| answer.exit_code(code))
    }

    /// What it prints.
    pub fn stdout(self, text: impl Into<Vec<u8>>) -> Self {
        self.with(|answer| answer.stdout(text))
    }

    /// What it prints as errors.
    pub fn stderr(self, text: impl Into<Vec<u8>>) -> Self {
        self.with(|answer| answer.stderr(text))
    }

    fn with(mut self, change: impl FnOnce(ExecAnswer) -> ExecAnswer) -> Self {
        let answer = match self.answer {
            Answer::Same(answer) => answer,
            Answer::Computed(_) => ExecAnswer::new(),
        };
        self.answer = Answer::Same(change(answer));
        self
    }

    /// Works out what it prints and its exit code, in the place of what was said before. It sees the input
    /// if it [reads](Self::reads_stdin) it.
    pub fn answers(
        mut self,
        answer: impl Fn(&ExecCall) -> ExecAnswer + Send + Sync + 'static,
    ) -> Self {
        self.answer = Answer::Computed(Arc::new(answer));
        self
    }

    /// It reads its input to the end before it does anything.
    pub fn reads_stdin(mut self) -> Self {
        self.reads_stdin = true;
        self
    }

    /// It prints its input as it comes, as `cat` does.
    pub fn echoes_stdin(mut self) -> Self {
        self.echoes_stdin = true;
        self.reads_stdin()
    }

    /// It prints, and then goes on until a signal or its time limit ends it.
    pub fn runs_on(mut self) -> Self {
        self.runs_on = true;
        self
    }

    /// It prints, goes on for this long, and exits.
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// It is there and cannot be started, with these words of the operating system: `fork/exec /srv/tool: exec
    /// format error`.
    pub fn cannot_start(mut self, why: impl Into<String>) -> Self {
        self.start_failure = Some(why.into());
        self
    }

    /// What this signal (`SIGTERM`) makes it print, and the code with which it then exits. By default signals
    /// do what they do to a program that does not care.
    pub fn on_signal(mut self, signal: &str, answer: ExecAnswer) -> Self {
        self.signals.insert(signal.to_owned(), answer);
        self
    }

    pub(super) fn answer(&self, call: &ExecCall) -> ExecAnswer {
        match &self.answer {
            Answer::Same(answer) => answer.clone(),
            Answer::Computed(answer) => answer(call),
        }
    }

    /// How a signal ends it; `None` when it goes on.
    pub(super) fn signalled(&self, signal: &str) -> Option<ExecAnswer> {
        const FATAL: &[(&str, i64)] = &[
            ("SIGHUP", 1),
            ("SIGINT", 2),
            ("SIGQUIT", 3),
            ("SIGABRT", 6),
            ("SIGKILL", 9),
            ("SIGUSR1", 10),
            ("SIGUSR2", 12),
            ("SIGPIPE", 13),
            ("SIGALRM", 14),
            ("SIGTERM", 15),
        ];
        let scripted = self.signals.get(signal).filter(|_| signal != "SIGKILL").cloned();
        let number = FATAL.iter().find(|(name, _)| *name == signal).map(|(_, number)| number);
        scripted.or_else(|| number.map(|number| ExecAnswer::new().exit_code(128 + number)))
    }
}

impl fmt::Debug for ExecHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecHandler").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// A command that ran. Its input and the values of its environment are not printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecCall {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The environment that the client gave, over that of the service whose context it takes.
    pub environment: BTreeMap<String, String>,
    /// The working directory that the client or the service gave, or empty.
    pub working_dir: String,
    /// The user that the client or the service gave, by name or by number, or empty.
    pub user: String,
    /// The group that the client or the service gave, by name or by number, or empty.
    pub group: String,
    /// The service whose context it takes, or empty.
    pub service_context: String,
    /// The time limit that the client gave, as it spelt it, or empty.
    pub timeout: String,
    /// Columns and rows of its terminal, if it has one.
    pub terminal: Option<(u16, u16)>,
    /// What was sent as input until it ended.
    pub stdin: Vec<u8>,
    /// The signals it was sent.
    pub signals: Vec<String>,
}
