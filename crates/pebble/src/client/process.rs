//! A command while it runs: its input, its outputs, signals, its end. One thread does it all; nothing runs
//! behind your back, so nothing moves unless you call a method.

use super::{
    Client, Exec, ExecOutput, attempt, change_of, envelope,
    exec_streams::{Control, Streams},
    succeeded,
};
use crate::{
    error::{Error, Failure},
    http::{Body, Connection, Deadline, percent_encoded},
    wire::words,
};
use serde::Deserialize;
use std::{
    fmt,
    io::{self, BufRead, Read, Write},
    time::Duration,
};

words! {
    /// A signal, by its name.
    Signal {
        /// Read your configuration again; or, the terminal is gone.
        Hangup = "SIGHUP",
        /// Stop: from a keyboard.
        Interrupt = "SIGINT",
        /// Stop, and leave a core dump.
        Quit = "SIGQUIT",
        /// Die.
        Kill = "SIGKILL",
        /// Whatever the program makes of it.
        User1 = "SIGUSR1",
        /// Whatever the program makes of it.
        User2 = "SIGUSR2",
        /// Stop.
        Terminate = "SIGTERM",
        /// Go on.
        Continue = "SIGCONT",
        /// Hold on, until told to go on.
        Stop = "SIGSTOP",
        /// The terminal has another size.
        WindowChange = "SIGWINCH",
    }
}

/// How much longer than the daemon's own timeout to wait: for its news of it to come through.
const GRACE: Duration = Duration::from_secs(2);

/// A command that was started in the workload.
///
/// The daemon kills it when this is dropped, or when this process dies, unless it was
/// [detached](Self::detach). Its outputs are held in memory while you read only one of them or feed its input,
/// up to the client's [`body_limit`](Client::body_limit).
///
/// A migration, with its output in the log as it comes:
///
/// ```no_run
/// use ops_pebble::{Chunk, Client, Exec};
/// use std::time::Duration;
///
/// let pebble = Client::unix("/charm/containers/web/pebble.socket");
/// let migrate = Exec::new(["web", "migrate"]).timeout(Duration::from_secs(600));
/// let mut process = pebble.spawn(&migrate)?;
/// while let Some(chunk) = process.next_chunk()? {
///     match chunk {
///         Chunk::Stdout(bytes) => print!("{}", String::from_utf8_lossy(&bytes)),
///         Chunk::Stderr(bytes) => eprint!("{}", String::from_utf8_lossy(&bytes)),
///     }
/// }
/// process.wait()?.succeeded()?;
/// # Ok::<(), ops_pebble::Error>(())
/// ```
pub struct Process {
    client: Client,
    attempt: String,
    program: String,
    change: String,
    deadline: Deadline,
    control: Control,
    streams: Streams,
}

/// Some of what a command printed. Chunks end anywhere, in the middle of a character too.
#[derive(Clone, PartialEq, Eq)]
pub enum Chunk {
    /// It came from its standard output, or from both if they are combined.
    Stdout(Vec<u8>),
    /// It came from its standard error.
    Stderr(Vec<u8>),
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes) = match self {
            Self::Stdout(bytes) => ("Stdout", bytes),
            Self::Stderr(bytes) => ("Stderr", bytes),
        };
        f.debug_tuple(name).field(&String::from_utf8_lossy(bytes)).finish()
    }
}

/// The result of `POST /v1/exec`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Started {
    task_id: String,
}

impl Client {
    /// Runs a command and waits for it.
    ///
    /// The daemon kills it when this process dies. When it takes too long, only the command itself is
    /// killed; processes that it started live on.
    ///
    /// # Errors
    /// The command could not be started ([`ErrorKind::Api`](crate::ErrorKind::Api),
    /// [`ErrorKind::Change`](crate::ErrorKind::Change)), took too long (a change error from the daemon, or
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout)), or printed more than
    /// [`body_limit`](Self::body_limit). An exit code other than 0 is not an error here: see
    /// [`ExecOutput::succeeded`].
    pub fn exec(&self, exec: &Exec) -> Result<ExecOutput, Error> {
        self.spawn(exec)?.wait()
    }

    /// Starts a command, to read what it prints as it comes, to feed its input, or to send it signals.
    ///
    /// # Errors
    /// As for [`exec`](Self::exec), as far as they concern its start.
    pub fn spawn(&self, exec: &Exec) -> Result<Process, Error> {
        let attempt = format!("exec of {}", exec.program());
        let timeout = exec.timeout.unwrap_or(self.exec_timeout);
        let envelope = self.post("/v1/exec", &exec.body(timeout))?;
        let started = serde_json::from_str::<Started>(envelope.result());
        let change = change_of(&attempt, envelope)?;
        let Ok(Started { task_id: task }) = started else {
            return Err(Error::of(attempt, Failure::Protocol("it names no task")));
        };

        let deadline = Deadline::after(timeout + GRACE);
        let ask = |id: &str| self.ask_for_socket(&task, id, deadline);
        // The daemon starts the command once stdio and stderr are connected, and kills it when the control connection
        // breaks: stdio comes last. Before it, one answer is awaited while the other is on its way.
        let connected = (|| {
            let control = ask("control")?;
            let stderr = if exec.combine_stderr { None } else { Some(ask("stderr")?) };
            let control = self.connected(control)?;
            let stderr = stderr.map(|stderr| self.connected(stderr)).transpose()?;
            let stdio = self.connected(ask("stdio")?)?;
            Ok((control, stdio, stderr))
        })();
        let (control, stdio, stderr) = match connected {
            Ok(sockets) => sockets,
            Err(error) => {
                // The change knows better than a socket why the command did not start.
                let change = self.wait_until(&change, self.request_timeout + GRACE, &attempt)?;
                succeeded(&attempt, change)?;
                return Err(error);
            }
        };
        let streams = Streams::new(stdio, stderr, exec.stdin.clone(), !exec.keeps_stdin_open);
        let streams = streams.map_err(|failure| Error::of(&attempt, failure))?;
        let (client, program) = (self.clone(), exec.program().to_owned());
        let control = Control::new(control);
        Ok(Process { client, attempt, program, change, deadline, control, streams })
    }

    /// Asks for one of a task's sockets.
    fn ask_for_socket(&self, task: &str, id: &str, deadline: Deadline) -> Result<Asked, Error> {
        // The key proves nothing on a local socket, and the daemon only wants one of 16 bytes.
        const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: anVqdS1vcHMtcGViYmxlIQ==\r\n";
        let path = format!("/v1/tasks/{}/websocket/{id}", percent_encoded(task));
        let attempt = attempt("GET", &path);
        let failed = |failure| Error::of(&attempt, failure);
        let limit = deadline.remaining().map_err(failed)?.min(self.request_timeout);
        let mut connection =
            Connection::open(&*self.dial, Deadline::after(limit)).map_err(failed)?;
        connection.send("GET", &path, UPGRADE, Body::Empty).map_err(failed)?;
        Ok(Asked { connection, attempt })
    }

    /// The socket that was asked for.
    fn connected(&self, asked: Asked) -> Result<Connection, Error> {
        let Asked { mut connection, attempt } = asked;
        let failed = |failure| Error::of(&attempt, failure);
        let head = connection.head().map_err(failed)?;
        if head.status == 101 {
            return Ok(connection);
        }
        let body = connection.body(&head, self.body_limit).map_err(failed)?;
        envelope(&attempt, head.status, &body)?;
        Err(failed(Failure::Protocol("it does not upgrade the connection")))
    }
}

/// A connection that is to become a socket.
struct Asked {
    connection: Connection,
    attempt: String,
}

impl Process {
    /// The id of the change that runs it.
    #[must_use]
    pub fn change_id(&self) -> &str {
        &self.change
    }

    /// Its input, for [`Exec::keep_stdin_open`]. A write returns when the daemon has taken all of it; what the
    /// command prints meanwhile is held. `BrokenPipe`: the input has ended.
    pub fn stdin(&mut self) -> impl Write {
        Stdin(self)
    }

    /// Ends its input: a command that reads it to the end goes on.
    ///
    /// # Errors
    /// The daemon went away, or the time is over.
    pub fn close_stdin(&mut self) -> Result<(), Error> {
        self.streams.close_input();
        let (limit, deadline) = (self.client.body_limit, self.deadline);
        self.streams.flush(limit, deadline).map_err(|failure| self.failed(failure))
    }

    /// What it prints, to be read until it ends; with its errors if they are combined. Its errors are held
    /// meanwhile.
    pub fn stdout(&mut self) -> impl BufRead {
        OutputReader { process: self, from: Source::Stdout }
    }

    /// What it prints as errors, to be read until it ends. What it prints otherwise is held meanwhile.
    pub fn stderr(&mut self) -> impl BufRead {
        OutputReader { process: self, from: Source::Stderr }
    }

    /// Waits until it prints something, whichever way. `None` when it will print no more: then
    /// [wait](Self::wait) for its exit code.
    ///
    /// # Errors
    /// The daemon went away, or the time is over.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if let Some(chunk) = self.streams.take_chunk() {
                return Ok(Some(chunk));
            }
            if self.streams.ended() {
                return Ok(None);
            }
            let deadline = self.deadline;
            self.streams.turn(deadline).map_err(|failure| self.failed(failure))?;
        }
    }

    /// Gives it all of `stdin` as its input and writes what it prints to `stdout` and `stderr` until it prints no more,
    /// with little in memory. A read of `stdin` may block: nothing else moves meanwhile.
    ///
    /// # Errors
    /// The daemon went away, the time is over, or one of the three failed
    /// ([`ErrorKind::Source`](crate::ErrorKind::Source), [`ErrorKind::Sink`](crate::ErrorKind::Sink)).
    pub fn copy(
        &mut self,
        stdin: &mut dyn Read,
        stdout: &mut dyn Write,
        stderr: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut piece = vec![0; 32 * 1024];
        loop {
            if self.streams.wants_input() {
                match stdin.read(&mut piece) {
                    Ok(0) => self.streams.close_input(),
                    Ok(count) => self.streams.give(piece.get(..count).unwrap_or_default()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(self.failed(Failure::Source(error))),
                }
            }
            while let Some(chunk) = self.streams.take_chunk() {
                let written = match chunk {
                    Chunk::Stdout(bytes) => stdout.write_all(&bytes),
                    Chunk::Stderr(bytes) => stderr.write_all(&bytes),
                };
                written.map_err(|error| self.failed(Failure::Sink(error)))?;
            }
            if self.streams.ended() {
                return Ok(());
            }
            let deadline = self.deadline;
            self.streams.turn(deadline).map_err(|failure| self.failed(failure))?;
        }
    }

    /// Sends a signal to the command, not to what it started. One that has ended gets none, and one that Pebble
    /// does not know is ignored by it: neither is an error.
    ///
    /// # Errors
    /// The daemon went away, or the time is over.
    pub fn send_signal(&mut self, signal: &Signal) -> Result<(), Error> {
        let command = serde_json::json!({ "command": "signal", "signal": { "name": signal } });
        self.tell(&command)
    }

    /// Tells its terminal that it has another size.
    ///
    /// # Errors
    /// The daemon went away, or the time is over.
    pub fn resize(&mut self, columns: u16, rows: u16) -> Result<(), Error> {
        let size = serde_json::json!({ "width": columns, "height": rows });
        self.tell(&serde_json::json!({ "command": "resize", "resize": size }))
    }

    fn tell(&mut self, command: &serde_json::Value) -> Result<(), Error> {
        let told = self.control.tell(&command.to_string(), self.deadline);
        told.map_err(|failure| self.failed(failure))
    }

    /// Ends its input, reads what it still prints and waits for its exit code. The output is what nobody has read
    /// yet.
    ///
    /// # Errors
    /// As for [`Client::exec`].
    pub fn wait(mut self) -> Result<ExecOutput, Error> {
        self.streams.close_input();
        let collected = self.streams.collect(self.client.body_limit, self.deadline);
        let (stdout, stderr) = collected.map_err(|failure| self.failed(failure))?;
        let left = self.deadline.remaining().map_err(|failure| self.failed(failure))?;
        let change = self.client.wait_until(&self.change, left, &self.attempt)?;
        let change = succeeded(&self.attempt, change)?;
        let exit_code = change
            .exit_code()
            .ok_or_else(|| self.failed(Failure::Protocol("it has no exit code")))?;
        Ok(ExecOutput { program: self.program, exit_code, stdout, stderr })
    }

    /// Lets it run on by itself, without input and with its output lost. Its change tells how it ends.
    ///
    /// # Errors
    /// The daemon went away, or the time is over.
    pub fn detach(mut self) -> Result<String, Error> {
        self.close_stdin()?;
        let let_go = self.control.let_go(self.deadline);
        let_go.map_err(|failure| self.failed(failure))?;
        Ok(self.change)
    }

    fn failed(&self, failure: Failure) -> Error {
        Error::of(&self.attempt, failure)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("program", &self.program)
            .field("change", &self.change)
            .finish_non_exhaustive()
    }
}

struct Stdin<'a>(&'a mut Process);

impl Write for Stdin<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.0.streams.takes_input() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let piece = bytes.get(..bytes.len().min(32 * 1024)).unwrap_or_default();
        self.0.streams.give(piece);
        self.flush().map(|()| piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let (limit, deadline) = (self.0.client.body_limit, self.0.deadline);
        let flushed = self.0.streams.flush(limit, deadline);
        flushed.map_err(|failure| self.0.failed(failure).into())
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Stdout,
    Stderr,
}

struct OutputReader<'a> {
    process: &'a mut Process,
    from: Source,
}

impl Read for OutputReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut piece = self.fill_buf()?;
        let count = piece.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for OutputReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Process { client, streams, deadline, attempt, .. } = &mut *self.process;
        let piece = streams.piece(self.from, client.body_limit, *deadline);
        piece.map_err(|failure| Error::of(&*attempt, failure).into())
    }

    fn consume(&mut self, count: usize) {
        self.process.streams.consume(self.from, count);
    }
}
