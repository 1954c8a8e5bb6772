//! What is going on, on standard error, for the person who waits.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
};

/// Says what begins now.
pub(crate) fn progress(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{what} ...");
}

/// Says something that stays.
pub(crate) fn note(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{what}");
}

/// One line that is written over again and again on a terminal, and is not there elsewhere.
#[derive(Debug)]
pub(crate) struct Ticker {
    terminal: bool,
    shown: bool,
}

impl Ticker {
    pub(crate) fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), shown: false }
    }

    pub(crate) fn show(&mut self, what: impl fmt::Display) {
        if self.terminal {
            let text: String = what.to_string().chars().take(79).collect();
            let _ = write!(io::stderr(), "\r\u{1b}[K{text}");
            self.shown = true;
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
