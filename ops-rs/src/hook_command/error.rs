//! Why a hook command did not do what it was asked, told from what it left behind.
//!
//! What Juju's words mean is another module's knowledge.

use super::{
    Exit, Invocation, TransportError,
    wording::{classify, since},
};
use ops_core::{Error, FaultKind, JujuVersion};
use std::{error::Error as StdError, fmt, io};

/// A hook command that did not do what it was asked.
///
/// Its text is short enough for a status. The causes carry the evidence: command line (without
/// contents of files and input), exit code and everything the command complained of; and a
/// [`FaultKind`], so that `?` makes the right [`Fault`](ops_core::Fault) of it.
#[derive(Debug)]
pub struct CommandError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    command: String,
    exit: Option<Exit>,
    stderr: String,
    kind: CommandErrorKind,
    message: String,
    evidence: Error,
}

/// What kind of failure a [`CommandError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// What the command was asked about does not exist: a relation, a secret, a unit in a relation.
    NotFound,
    /// This unit may not: a secret that was not granted, and also a relation that is gone.
    PermissionDenied,
    /// Only the leader may, and this unit is not.
    NotLeader,
    /// No such command in this agent.
    Unsupported {
        /// The version of Juju that has it, where that is known.
        since: Option<JujuVersion>,
    },
    /// It did not end in time and was killed; what it did is unknown.
    Deadline,
    /// The agent could not be reached, or was lost before it answered; what it did is unknown.
    Lost,
    /// It succeeded and printed something else than what such a command prints.
    Garbage,
    /// Somebody else has what was asked for: another unit a port. The words name it.
    Conflict,
    /// Something is too long or too large, or the machine could not start one more process.
    Exhausted,
    /// The call itself is wrong: arguments that Juju does not accept.
    Usage,
    /// Juju refused, in words that nothing here knows.
    Refused,
}

impl CommandErrorKind {
    fn fault(self) -> FaultKind {
        match self {
            Self::NotFound | Self::Conflict => FaultKind::Blocked,
            Self::PermissionDenied | Self::NotLeader => FaultKind::Denied,
            Self::Deadline | Self::Lost => FaultKind::AgentLost,
            Self::Exhausted => FaultKind::Exhausted,
            Self::Unsupported { .. } | Self::Garbage | Self::Usage | Self::Refused => {
                FaultKind::Bug
            }
        }
    }
}

impl CommandError {
    /// The command and its arguments, without contents of files and input; at most 1 KiB.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.0.command
    }

    /// How it ended; `None` when there is no reply.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        self.0.exit
    }

    /// What it complained of, as it was printed; at most 16 KiB.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.0.stderr
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> CommandErrorKind {
        self.0.kind
    }

    /// Whether what was asked about does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == CommandErrorKind::NotFound
    }

    /// Whether this unit may not do that: not granted, not permitted, or not the leader.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.0.kind, CommandErrorKind::PermissionDenied | CommandErrorKind::NotLeader)
    }

    /// Whether only the leader may do that.
    #[must_use]
    pub fn is_not_leader(&self) -> bool {
        self.0.kind == CommandErrorKind::NotLeader
    }

    /// Whether the relation that was asked about may be gone.
    ///
    /// A relation that the controller has forgotten answers `permission denied` where one would
    /// expect `relation not found`. A follower that reads its own application's databag gets the
    /// same words: whoever asks for that must look at the leadership first.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let about_a_relation =
            self.0.command.starts_with("relation-") || self.0.command.starts_with("network-");
        about_a_relation
            && matches!(
                self.0.kind,
                CommandErrorKind::NotFound | CommandErrorKind::PermissionDenied
            )
    }

    /// Whether this agent has no such command.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self.0.kind, CommandErrorKind::Unsupported { .. })
    }

    /// Whether the outcome is unknown: the agent was asked and did not answer.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.0.kind, CommandErrorKind::Lost | CommandErrorKind::Deadline)
    }

    pub(super) fn new(call: &Invocation, juju: JujuVersion, outcome: Outcome<'_>) -> Self {
        let program = &*call.program;
        let command = head(&call.to_string(), COMMAND_KEPT);
        let mut stderr = String::new();
        let mut exit = None;
        let mut cause: Option<TransportError> = None;
        let (kind, said) = match outcome {
            Outcome::TooOld => unsupported(program, juju),
            Outcome::Misuse(kind, why) => (kind, why),
            Outcome::Garbage(why) => {
                exit = Some(Exit::Code(0));
                (CommandErrorKind::Garbage, why)
            }
            Outcome::Failed(ended, complaint) => {
                exit = Some(ended);
                stderr = head(&String::from_utf8_lossy(complaint), STDERR_KEPT);
                match classify(program, ended, &stderr) {
                    CommandErrorKind::Unsupported { .. } => unsupported(program, juju),
                    kind => (kind, complaint_of(ended, &stderr)),
                }
            }
            Outcome::NoReply(lost) => {
                let said = match lost {
                    TransportError::Missing => unsupported(program, juju),
                    _ => (kind_of_loss(&lost), lost.to_string()),
                };
                cause = Some(lost);
                said
            }
        };
        let evidence = Error::new(kind.fault(), evidence(&command, exit, &stderr));
        Self(Box::new(Inner {
            message: format!("{program}: {said}"),
            evidence: match cause {
                Some(cause) => evidence.because(cause),
                None => evidence,
            },
            command,
            exit,
            stderr,
            kind,
        }))
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for CommandError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0.evidence)
    }
}

/// What there is to classify.
#[derive(Debug)]
pub(super) enum Outcome<'a> {
    /// Not sent: the agent's version does not have the command.
    TooOld,
    /// Not sent: the call is wrong in itself.
    Misuse(CommandErrorKind, String),
    /// Sent, and there is no reply.
    NoReply(TransportError),
    /// It ended badly, and complained.
    Failed(Exit, &'a [u8]),
    /// It ended well, and its output is of no use.
    Garbage(String),
}

const COMMAND_KEPT: usize = 1024;
const STDERR_KEPT: usize = 16 * 1024;
const COMPLAINT_SHOWN: usize = 512;

fn kind_of_loss(lost: &TransportError) -> CommandErrorKind {
    match lost {
        TransportError::Missing => CommandErrorKind::Unsupported { since: None },
        TransportError::Start(why) if is_shortage(why) => CommandErrorKind::Exhausted,
        TransportError::Start(_) => CommandErrorKind::Refused,
        TransportError::Lost(_) => CommandErrorKind::Lost,
        TransportError::Deadline(_) => CommandErrorKind::Deadline,
        TransportError::Flood(_) => CommandErrorKind::Garbage,
    }
}

/// Whether the machine has too little of something. `Uncategorized` hides running out of descriptors
/// from [`io::ErrorKind`], so the system's own numbers decide.
fn is_shortage(why: &io::Error) -> bool {
    use rustix::io::Errno;
    Errno::from_io_error(why).is_some_and(|errno| {
        [
            Errno::AGAIN,
            Errno::DQUOT,
            Errno::MFILE,
            Errno::NFILE,
            Errno::NOMEM,
            Errno::NOSPC,
            Errno::TOOBIG,
        ]
        .contains(&errno)
    })
}

fn unsupported(program: &str, juju: JujuVersion) -> (CommandErrorKind, String) {
    let since = since(program);
    let said = match since {
        Some(since) if juju < since => format!("needs Juju {since} or later, this is {juju}"),
        _ => format!("no such command in Juju {juju}, or not run by Juju"),
    };
    (CommandErrorKind::Unsupported { since }, said)
}

/// The complaint in one line, for a status.
fn complaint_of(exit: Exit, stderr: &str) -> String {
    let said = stderr.split_once("ERROR ").map_or(stderr, |(_, said)| said).trim();
    let line = said.lines().next().unwrap_or_default().trim_end();
    match (line, exit) {
        ("", Exit::Code(code)) => format!("exited with {code} and said nothing"),
        ("", Exit::Signal(signal)) => format!("killed by signal {signal}"),
        (line, _) => head(line, COMPLAINT_SHOWN),
    }
}

fn evidence(command: &str, exit: Option<Exit>, stderr: &str) -> String {
    let ended = match exit {
        Some(Exit::Code(code)) => format!("exit code {code}"),
        Some(Exit::Signal(signal)) => format!("killed by signal {signal}"),
        None => "no reply".to_owned(),
    };
    match stderr.trim_end() {
        "" => format!("`{command}`: {ended}"),
        said => format!("`{command}`: {ended}: {said}"),
    }
}

fn head(text: &str, limit: usize) -> String {
    match text.split_at_checked(text.floor_char_boundary(limit)) {
        Some((head, tail)) if !tail.is_empty() => format!("{head}..."),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fake::Fake, *};
    use crate::hook_command::{Juju, Reply};
    use ops_core::Fault;
    use std::time::Duration;

    const V36: JujuVersion = JujuVersion::new(3, 6, 14);

    fn failed(command: &str, code: i32, stderr: &str) -> CommandError {
        let call = Invocation::new(command.to_owned());
        CommandError::new(&call, V36, Outcome::Failed(Exit::Code(code), stderr.as_bytes()))
    }

    #[test]
    fn each_kind_has_its_fault() {
        for (kind, fault) in [
            (CommandErrorKind::NotFound, FaultKind::Blocked),
            (CommandErrorKind::PermissionDenied, FaultKind::Denied),
            (CommandErrorKind::NotLeader, FaultKind::Denied),
            (CommandErrorKind::Unsupported { since: None }, FaultKind::Bug),
            (CommandErrorKind::Deadline, FaultKind::AgentLost),
            (CommandErrorKind::Lost, FaultKind::AgentLost),
            (CommandErrorKind::Garbage, FaultKind::Bug),
            (CommandErrorKind::Conflict, FaultKind::Blocked),
            (CommandErrorKind::Exhausted, FaultKind::Exhausted),
            (CommandErrorKind::Usage, FaultKind::Bug),
            (CommandErrorKind::Refused, FaultKind::Bug),
        ] {
            let call = Invocation::new("secret-get");
            let error = CommandError::new(&call, V36, Outcome::Misuse(kind, "why".to_owned()));
            assert_eq!(Fault::from(error).kind(), fault, "{kind:?}");
        }
    }

    #[test]
    fn its_text_is_fit_for_a_status_and_its_causes_carry_the_evidence() {
        let call = Invocation::new("secret-get").args(["--format=json", "secret:abc"]);
        let stderr = b"ERROR permission denied\nand more\n";
        let error = CommandError::new(&call, V36, Outcome::Failed(Exit::Code(1), stderr));
        assert_eq!(error.to_string(), "secret-get: permission denied");
        assert_eq!(error.exit(), Some(Exit::Code(1)));
        assert_eq!(error.stderr(), "ERROR permission denied\nand more\n");
        assert!(error.is_denied() && !error.is_gone());
        let chain: Vec<_> = Fault::from(error).chain().collect();
        assert_eq!(
            chain,
            [
                "secret-get: permission denied",
                "`secret-get --format=json secret:abc`: exit code 1: ERROR permission denied\nand more",
            ]
        );
    }

    #[test]
    fn a_complaint_may_be_missing_or_not_be_text_or_be_endless() {
        assert_eq!(failed("a", 1, "").to_string(), "a: exited with 1 and said nothing");
        let call = Invocation::new("a");
        let error = CommandError::new(&call, V36, Outcome::Failed(Exit::Code(1), b"\xff\xfe"));
        assert_eq!(error.to_string(), "a: \u{fffd}\u{fffd}");
        let endless = failed("a", 1, &"🦀".repeat(100_000));
        assert!(endless.to_string().len() < 600);
        assert!(endless.stderr().len() <= STDERR_KEPT + 3);
        let call = Invocation::new("a").arg("x".repeat(100_000));
        let error = CommandError::new(&call, V36, Outcome::TooOld);
        assert!(error.command().len() < 1100);
    }

    #[test]
    fn a_command_that_ended_by_signal_leaves_its_outcome_unknown() {
        let call = Invocation::new("state-set");
        let error = CommandError::new(&call, V36, Outcome::Failed(Exit::Signal(9), b""));
        assert!(error.is_lost());
        assert_eq!(error.to_string(), "state-set: killed by signal 9");
    }

    #[test]
    fn what_a_transport_reports_is_classified() {
        let start = |errno: i32| TransportError::Start(io::Error::from_raw_os_error(errno));
        for (lost, expected) in [
            (TransportError::Missing, CommandErrorKind::Unsupported { since: None }),
            (start(11), CommandErrorKind::Exhausted), // EAGAIN: no more processes
            (start(24), CommandErrorKind::Exhausted), // EMFILE: no more descriptors
            (start(13), CommandErrorKind::Refused),   // EACCES
            (TransportError::Lost(io::Error::other("x")), CommandErrorKind::Lost),
            (TransportError::Deadline(Duration::from_secs(300)), CommandErrorKind::Deadline),
            (TransportError::Flood(1), CommandErrorKind::Garbage),
        ] {
            let text = lost.to_string();
            let error = CommandError::new(&Invocation::new("a"), V36, Outcome::NoReply(lost));
            assert_eq!(error.kind(), expected, "{text}");
            let mut source = StdError::source(&error);
            let mut last = String::new();
            while let Some(cause) = source {
                last = cause.to_string();
                source = cause.source();
            }
            assert!(!last.is_empty());
        }
    }

    #[test]
    fn only_relation_commands_speak_of_a_relation_that_is_gone() {
        assert!(failed("relation-get", 1, "ERROR permission denied").is_gone());
        assert!(failed("network-get", 1, "ERROR relation 2 not found").is_gone());
        assert!(!failed("secret-get", 1, "ERROR permission denied").is_gone());
        assert!(!failed("relation-set", 1, "ERROR cannot write relation settings").is_gone());
    }

    #[test]
    fn a_command_that_the_agent_is_too_old_for_is_not_sent() {
        let fake = Fake::new([]);
        let old = Juju::new(fake.clone(), JujuVersion::new(2, 9, 51));
        let error = old.run(&Invocation::new("secret-get")).unwrap_err();
        assert_eq!(error.to_string(), "secret-get: needs Juju 3.0.3 or later, this is 2.9.51");
        assert!(error.is_unsupported());
        assert!(fake.calls.borrow().is_empty());
    }

    #[test]
    fn a_missing_command_names_the_version_that_has_it() {
        let missing = || [Err(TransportError::Missing)];
        let run = |version, command: &'static str| {
            Juju::new(Fake::with(missing()), version).run(&Invocation::new(command)).unwrap_err()
        };
        let error = run(V36, "config-get");
        assert_eq!(
            error.to_string(),
            "config-get: no such command in Juju 3.6.14, or not run by Juju"
        );
        let error = run(JujuVersion::new(3, 6, 2), "relation-model-get");
        let since = Some(JujuVersion::new(3, 6, 2));
        assert_eq!(error.kind(), CommandErrorKind::Unsupported { since });
    }

    #[test]
    fn arguments_that_cannot_go_out_are_not_sent() {
        let fake = Fake::new([]);
        let long = "x".repeat(super::super::ARGUMENTS_LIMIT);
        let many = std::iter::repeat_n("x".repeat(1000), 130);
        for (call, kind) in [
            (Invocation::new("a").arg(long), CommandErrorKind::Exhausted),
            (Invocation::new("a").args(many), CommandErrorKind::Exhausted),
            (Invocation::new("a").arg("b\0c"), CommandErrorKind::Usage),
        ] {
            assert_eq!(fake.juju().run(&call).unwrap_err().kind(), kind);
        }
        assert!(fake.calls.borrow().is_empty());
    }

    #[test]
    fn output_that_makes_no_sense_is_never_shown() {
        for stdout in
            ["", "hunter2", "[\"hunter2\"", "\"hunter2\"", "{\"a\": [\"hunter2\"]}", "\u{7f}"]
        {
            let fake = Fake::new([Reply::ok(stdout)]);
            let error = fake.juju().json::<Vec<u32>>(&Invocation::new("a")).unwrap_err();
            assert_eq!(error.kind(), CommandErrorKind::Garbage);
            let mut shown = format!("{error:?}");
            let fault = Fault::from(error);
            shown.extend(fault.chain());
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
