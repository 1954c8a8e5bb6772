//! Juju's words and what they mean.
//!
//! Juju has exit codes for "failed" and "wrong usage" and says the rest in words. All words that
//! anything depends on stand in one table, [`WORDINGS`]; so do the commands that came late.

use super::{CommandErrorKind, Exit};
use ops_core::JujuVersion;

/// The first version of Juju that has a command, for commands that came late.
const SINCE: &[(&str, JujuVersion)] =
    &[("secret-", JujuVersion::new(3, 0, 3)), ("relation-model-get", JujuVersion::new(3, 6, 2))];

/// The first version of Juju that has this command; `None`: all that are supported.
pub(super) fn since(program: &str) -> Option<JujuVersion> {
    SINCE.iter().find(|(prefix, _)| program.starts_with(prefix)).map(|(_, version)| *version)
}

/// What Juju's words mean: the first row wins whose prefix starts the command's name and whose parts
/// all stand in its lower-cased complaint, in this order.
const WORDINGS: &[(&str, &[&str], CommandErrorKind)] = &[
    // The agent, not the subject. First: its words contain "permission denied" and "no such file".
    ("", &["dial unix"], CommandErrorKind::Lost),
    ("", &["connection is shut down"], CommandErrorKind::Lost),
    ("", &["connection refused"], CommandErrorKind::Lost),
    ("", &["connection reset"], CommandErrorKind::Lost),
    ("", &["broken pipe"], CommandErrorKind::Lost),
    ("", &["unexpected eof"], CommandErrorKind::Lost),
    ("", &["bad request: expected context id"], CommandErrorKind::Lost),
    ("", &["bad request: wrong context id"], CommandErrorKind::Lost),
    ("is-leader", &["leadership status unknown"], CommandErrorKind::Lost),
    ("", &["unknown command:"], CommandErrorKind::Unsupported { since: None }),
    // Juju 3: `relation not found`; Juju 4 also: `relation 2 not found`.
    ("relation-", &["relation", "not found"], CommandErrorKind::NotFound),
    ("network-", &["relation", "not found"], CommandErrorKind::NotFound),
    ("secret-", &["not found"], CommandErrorKind::NotFound),
    ("", &["not the leader"], CommandErrorKind::NotLeader),
    ("relation-set", &["cannot write relation settings"], CommandErrorKind::NotLeader),
    ("", &["permission denied"], CommandErrorKind::PermissionDenied),
    ("", &["access denied"], CommandErrorKind::PermissionDenied),
    ("", &["unauthorized access"], CommandErrorKind::PermissionDenied),
    // `port range conflicts with 70-90/tcp (unit "b/0")`: who has the port is in the words.
    ("open-port", &["conflicts with"], CommandErrorKind::Conflict),
    ("secret-", &["too large"], CommandErrorKind::Exhausted),
    ("state-", &["max allowed", "exceeded"], CommandErrorKind::Exhausted),
];

/// What kind of failure a command that ended badly is.
pub(super) fn classify(program: &str, exit: Exit, stderr: &str) -> CommandErrorKind {
    if let Exit::Signal(_) = exit {
        return CommandErrorKind::Lost;
    }
    let stderr = stderr.to_lowercase();
    let row = WORDINGS.iter().find(|(prefix, parts, _)| {
        program.starts_with(prefix) && contains_in_order(&stderr, parts)
    });
    match (row, exit) {
        (Some((.., kind)), _) => *kind,
        (None, Exit::Code(2)) => CommandErrorKind::Usage,
        (None, _) => CommandErrorKind::Refused,
    }
}

fn contains_in_order(text: &str, parts: &[&str]) -> bool {
    let mut rest = Some(text);
    for part in parts {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, after)| after);
    }
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(command: &str, code: i32, stderr: &str) -> CommandErrorKind {
        classify(command, Exit::Code(code), stderr)
    }

    /// One complaint for each row of [`WORDINGS`], in its order.
    const COMPLAINTS: &[(&str, i32, &str)] = &[
        ("config-get", 1, "ERROR dial unix /a.socket: connect: permission denied\n"),
        ("relation-get", 1, "ERROR connection is shut down\n"),
        ("relation-get", 1, "ERROR dial tcp 10.0.0.1:17070: connect: connection refused\n"),
        ("state-set", 1, "ERROR read unix @->/a.socket: connection reset by peer\n"),
        ("juju-log", 1, "ERROR write unix @->/a.socket: write: broken pipe\n"),
        ("juju-log", 1, "ERROR unexpected EOF\n"),
        ("is-leader", 1, "ERROR bad request: expected context id \"a\", got \"b\"\n"),
        ("is-leader", 1, "ERROR bad request: wrong context ID; got \"b\"\n"),
        ("is-leader", 1, "ERROR leadership status unknown: lease operation timed out\n"),
        ("relation-model-get", 1, "ERROR bad request: unknown command: relation-model-get\n"),
        ("relation-list", 2, "ERROR invalid value \"db:7\" for option -r: relation not found\n"),
        ("network-get", 1, "ERROR relation 2 not found\n"),
        ("secret-get", 1, "ERROR secret \"d3s0ddnmp25c762o2a8g\" not found\n"),
        ("secret-add", 1, "ERROR this unit is not the leader\n"),
        ("relation-set", 1, "ERROR cannot write relation settings\n"),
        ("secret-get", 1, "ERROR permission denied\n"),
        ("storage-get", 1, "ERROR access denied\n"),
        ("relation-get", 1, "ERROR refused (unauthorized access)\n"),
        (
            "open-port",
            1,
            "ERROR cannot open 80/tcp (unit \"a/0\"): port range conflicts with 70-90/tcp (unit \"b/0\")\n",
        ),
        ("secret-set", 2, "ERROR base64 encoded secret content too large: 1000001 bytes\n"),
        ("state-set", 1, "ERROR max allowed value length (65536) exceeded\n"),
    ];

    #[test]
    fn every_wording_has_a_complaint_that_no_earlier_one_takes() {
        assert_eq!(COMPLAINTS.len(), WORDINGS.len());
        for (row, (command, code, stderr)) in COMPLAINTS.iter().enumerate() {
            let lower = stderr.to_lowercase();
            let taken = WORDINGS.iter().position(|(prefix, parts, _)| {
                command.starts_with(prefix) && contains_in_order(&lower, parts)
            });
            assert_eq!(taken, Some(row), "{command}: {stderr}");
            assert_eq!(kind(command, *code, stderr), WORDINGS[row].2);
        }
    }

    #[test]
    fn more_words_of_juju_3_and_4_mean_the_same() {
        use CommandErrorKind::{NotFound, NotLeader, PermissionDenied};
        for (command, stderr, expected) in [
            ("network-get", "ERROR relation not found", NotFound),
            ("relation-get", "ERROR relation 7 not found", NotFound),
            (
                "relation-get",
                "ERROR cannot read relation settings: unit \"zk/2\": settings not found",
                NotFound,
            ),
            (
                "secret-grant",
                "ERROR invalid value \"7\" for option -r: relation not found",
                NotFound,
            ),
            ("relation-get", "ERROR permission denied (unauthorized access)", PermissionDenied),
            (
                "status-get",
                "ERROR finding application status: this unit is not the leader",
                NotLeader,
            ),
        ] {
            assert_eq!(kind(command, 1, stderr), expected, "{stderr}");
        }
    }

    #[test]
    fn words_nobody_knows_are_refused_or_wrong_usage_by_exit_code() {
        assert_eq!(kind("open-port", 1, "ERROR ports are out"), CommandErrorKind::Refused);
        assert_eq!(kind("open-port", 2, "ERROR invalid port \"x\""), CommandErrorKind::Usage);
        assert_eq!(kind("config-get", 1, "ERROR thing not found"), CommandErrorKind::Refused);
    }
}
