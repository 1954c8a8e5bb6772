//! What differs between daemons that support the same thing. A case may ask whether one holds here; what
//! is not listed must be the same everywhere.

use ops_pebble::PebbleVersion;

/// Something that daemons before `until` do differently.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The first of the tested versions that does it as today's does.
    pub(crate) until: PebbleVersion,
    /// What they do, and why that is no fault of ours.
    pub(crate) reason: &'static str,
}

impl Difference {
    /// Whether an emulated Pebble that poses as an old one does it as that one does. What it does not copy are
    /// faults: of terminals, of sockets and of directories.
    pub(crate) fn is_emulated(&self) -> bool {
        const NOT: [&Difference; 4] =
            [&EXACT_MODES, &TERMINAL_END, &NEVER_CONNECTED, &SHUTDOWN_WAITS];
        !NOT.iter().any(|not| not.reason == self.reason)
    }
}

macro_rules! differences {
    ($($name:ident: before $major:literal $minor:literal $patch:literal, $reason:literal;)*) => {
        $(
            #[doc = $reason]
            pub(crate) const $name: Difference = Difference {
                until: PebbleVersion::new($major, $minor, $patch),
                reason: $reason,
            };
        )*
        const ALL: &[(&str, Difference)] = &[$((stringify!($name), $name),)*];
    };
}

differences! {
    PARSE_PREFIX: before 1 10 2,
        "other refusals of a layer than today begin with `cannot parse layer YAML`";
    TIMEOUT_OVER_PERIOD: before 1 10 2,
        "a check whose timeout is not below its period is refused; later ones cut it to the period";
    NO_SERVICES_WORDING: before 1 19 2,
        "an action that needs names and has none says `no services to ACTION provided`";
    QUICK_EXIT: before 1 19 2,
        "the start that fails says `cannot start service: exited quickly with code N`, without what \
         follows, and nothing follows: the service is inactive and is not started again";
    EXACT_MODES: before 1 19 2,
        "a directory is made with the mode less the umask, in its place and not under another name first; one in the way of a file is `file exists`";
    STARS_IN_NAMES: before 1 32 1,
        "a file whose name has a star in it can be written";
    OWNER_WITHOUT_GROUP: before 1 19 2,
        "an owner by number needs a group beside it";
    TERMINAL_END: before 1 19 2,
        "the end of an interactive input closes the terminal, instead of Ctrl-D: what the command still prints is \
         lost, and its end may never be told";
    SOCKET_WORDING: before 1 32 1,
        "a second connection to a socket of a command is refused in other words";
    EXEC_SUMMARY: before 1 10 2,
        "the summary of a command is `exec command` and not `Execute command`";
    NEVER_CONNECTED: before 1 32 1,
        "a socket of a command that was given up is never answered: who asks for it waits for a command that \
         will not come";
    COMBINED_ALONE: before 1 10 2,
        "a layer that merges cannot be combined with itself: what comes of the two is checked as if it were a whole plan";
    KEY_WORDING: before 1 19 2,
        "a malformed key of a notice must be in the format `domain.com/key`";
    SHUTDOWN_WAITS: before 1 10 2,
        "a shutdown may wait for a running command, for ever";
}

#[test]
fn every_difference_is_explained_in_the_docs() {
    let page = include_str!("../../../../docs/design/pebble-versions.md");
    for (name, difference) in ALL {
        let line = format!("| `{name}` | {} |", difference.until);
        assert!(
            page.contains(&line),
            "docs/design/pebble-versions.md lacks {line} {}",
            difference.reason
        );
    }
}
