//! The narrow waist: one hook command as a value, and the seam that carries it.
//!
//! Nothing here knows what a command means. A secret cannot get into an argument: it travels as a
//! file ([`Argument::File`]) or as standard input, and neither is printed.

use ops_core::Secret;
use std::{borrow::Cow, fmt, io, time::Duration};

/// One run of a hook command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The command's name, such as `relation-get`, found on `PATH`.
    pub program: Cow<'static, str>,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// What it reads; `None` connects nothing.
    pub input: Option<Input>,
    /// How long it may take; `None` is for ever, which only a download of unknown size may have.
    pub deadline: Option<Duration>,
}

impl Invocation {
    /// A command without arguments, with the usual deadline of five minutes.
    pub fn new(program: impl Into<Cow<'static, str>>) -> Self {
        Self {
            program: program.into(),
            // Few commands have more.
            arguments: Vec::with_capacity(6),
            input: None,
            deadline: Some(Duration::from_secs(300)),
        }
    }

    /// Adds a plain argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<Cow<'static, str>>) -> Self {
        self.arguments.push(Argument::Plain(argument.into()));
        self
    }

    /// Adds several plain arguments.
    #[must_use]
    pub fn args<A: Into<Cow<'static, str>>>(
        mut self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.arguments.extend(arguments.into_iter().map(|a| Argument::Plain(a.into())));
        self
    }

    /// Adds `prefix` and the path of a file with this content, readable by its owner alone.
    #[must_use]
    pub fn file(mut self, prefix: impl Into<String>, content: Secret) -> Self {
        self.arguments.push(Argument::File { prefix: prefix.into(), content });
        self
    }

    /// Gives it something to read.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(Input(bytes.into()));
        self
    }
}

/// The command and its arguments as a person would type them, without contents of files and input.
impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// One argument of a hook command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// Text that anybody on the machine may see.
    Plain(Cow<'static, str>),
    /// `prefix` and the path of a file that the transport makes for the time of the call.
    File {
        /// What stands before the path, such as `token#file=`.
        prefix: String,
        /// What is in the file.
        content: Secret,
    },
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::File { prefix, .. } => write!(f, "{prefix}<file>"),
        }
    }
}

/// What a hook command reads. It may hold secrets, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(Vec<u8>);

impl Input {
    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input({} bytes)", self.0.len())
    }
}

/// How a hook command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// Killed by this signal.
    Signal(i32),
}

/// What a hook command left behind.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// How it ended.
    pub exit: Exit,
    /// What it printed. It may hold secrets, so `Debug` does not show it.
    pub stdout: Vec<u8>,
    /// What it complained of.
    pub stderr: Vec<u8>,
}

impl Reply {
    /// Exit code 0 and this output.
    pub fn ok(stdout: impl Into<Vec<u8>>) -> Self {
        Self { exit: Exit::Code(0), stdout: stdout.into(), stderr: Vec::new() }
    }

    /// This exit code and complaint.
    pub fn failed(code: i32, stderr: impl Into<Vec<u8>>) -> Self {
        Self { exit: Exit::Code(code), stdout: Vec::new(), stderr: stderr.into() }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("exit", &self.exit)
            .field("stdout", &format_args!("{} bytes", self.stdout.len()))
            .field("stderr", &String::from_utf8_lossy(&self.stderr))
            .finish()
    }
}

/// Carries invocations to Juju: by running the command, or to an emulator.
pub trait Transport: fmt::Debug {
    /// Runs one hook command to its end.
    ///
    /// # Errors
    /// There is no reply. A command that ran and failed is a [`Reply`].
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError>;
}

/// Why there is no reply to an invocation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No command of this name on `PATH`: an older Juju, or not run by Juju at all.
    #[error("there is no such command on PATH")]
    Missing,
    /// The command could not be started; nothing has happened.
    #[error("cannot start it")]
    Start(#[source] io::Error),
    /// It was started, and talking to it failed: what it did is unknown.
    #[error("lost it after it was started")]
    Lost(#[source] io::Error),
    /// It did not end in time and was killed: what it did is unknown.
    #[error("it did not end within {} s", .0.as_secs_f32())]
    Deadline(Duration),
    /// It printed more than can be a reply.
    #[error("it printed more than {0} bytes")]
    Flood(usize),
}
