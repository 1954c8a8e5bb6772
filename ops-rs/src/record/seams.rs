//! The seams of a host, each with somebody who listens and changes nothing.

use super::{
    exchange::Transcript,
    format::{Call, Came, Data, Draw, Exchange, Given, Line, Reading},
    tape::{Place, Tape},
};
use crate::{
    hook_command::{Argument, Exit, Invocation, Reply, Transport, TransportError},
    host::{Clock, Containers, Host, Randomness},
};
use ops_core::names::ContainerName;
use ops_pebble::{Dial, Stream};
use serde_json::Value;
use std::{
    fmt::{self, Write as _},
    io::{self, Read, Write},
    os::fd::BorrowedFd,
    rc::Rc,
    time::{Duration, SystemTime},
};

/// The one hook command whose output is secrets (Juju: `secret-get`). Every other is carried unread.
const TELLS_SECRETS: &str = "secret-get";

/// The same host, overheard.
pub(super) fn overheard(host: Host, tape: &Rc<Tape>) -> Host {
    Host {
        juju: Rc::new(Commands { inner: host.juju, tape: Rc::clone(tape) }),
        containers: Rc::new(Boxes { inner: host.containers, tape: Rc::clone(tape) }),
        clock: Rc::new(Hands { inner: host.clock, tape: Rc::clone(tape) }),
        randomness: Rc::new(Dice { inner: host.randomness, tape: Rc::clone(tape) }),
        ..host
    }
}

#[derive(Debug)]
struct Commands {
    inner: Rc<dyn Transport>,
    tape: Rc<Tape>,
}

impl Transport for Commands {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        for argument in &call.arguments {
            if let Argument::File { content, .. } = argument {
                self.tape.learn(content.expose().as_bytes());
            }
        }
        let reply = self.inner.invoke(call);
        if let Ok(reply) = &reply
            && call.program == TELLS_SECRETS
            && reply.exit == Exit::Code(0)
        {
            match serde_json::from_slice(&reply.stdout) {
                Ok(told) => learn_all(&self.tape, &told),
                Err(_) => drop(self.tape.learn(&reply.stdout)),
            }
        }
        self.tape.add(Line::Call(written(call, &reply)));
        reply
    }
}

fn learn_all(tape: &Tape, told: &Value) {
    match told {
        Value::Null => {}
        Value::String(text) => drop(tape.learn(text.as_bytes())),
        Value::Array(values) => values.iter().for_each(|value| learn_all(tape, value)),
        Value::Object(fields) => fields.values().for_each(|value| learn_all(tape, value)),
        Value::Bool(_) | Value::Number(_) => drop(tape.learn(told.to_string().as_bytes())),
    }
}

fn written(call: &Invocation, reply: &Result<Reply, TransportError>) -> Call {
    let given = |argument: &Argument| match argument {
        Argument::Plain(text) => Given::Plain(Data::from(&**text)),
        Argument::File { prefix, content } => {
            Given::File { prefix: prefix.clone(), file: Data::from(content.expose().as_str()) }
        }
    };
    Call {
        program: call.program.to_string(),
        arguments: call.arguments.iter().map(given).collect(),
        input: call.input.as_ref().map(|input| Data(input.expose().to_vec())),
        outcome: match reply {
            Ok(Reply { exit, stdout, stderr }) => Came::Reply {
                exit: match exit {
                    Exit::Code(code) => *code,
                    Exit::Signal(signal) => -signal,
                },
                stdout: Data(stdout.clone()),
                stderr: Data(stderr.clone()),
            },
            Err(error) => Came::Failed(
                match error {
                    TransportError::Missing => "missing",
                    TransportError::Start(_) => "start",
                    TransportError::Lost(_) => "lost",
                    TransportError::Deadline(_) => "deadline",
                    TransportError::Flood(_) => "flood",
                }
                .to_owned(),
            ),
        },
    }
}

#[derive(Debug)]
struct Boxes {
    inner: Rc<dyn Containers>,
    tape: Rc<Tape>,
}

impl Containers for Boxes {
    fn container(&self, name: &ContainerName) -> Rc<dyn Dial> {
        let (inner, tape) = (self.inner.container(name), Rc::clone(&self.tape));
        Rc::new(Daemon { inner, name: name.clone(), tape })
    }
}

/// One container's daemon.
#[derive(Debug)]
struct Daemon {
    inner: Rc<dyn Dial>,
    name: ContainerName,
    tape: Rc<Tape>,
}

impl Dial for Daemon {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        // Its place is where it begins, whenever it ends.
        let place = self.tape.keep_place();
        let (container, tape) = (self.name.to_string(), Rc::clone(&self.tape));
        match self.inner.dial() {
            Ok(inner) => {
                let transcript = Transcript::default();
                Ok(Box::new(Overheard { inner, container, tape, place, transcript }))
            }
            Err(why) => {
                if let Some(place) = place {
                    let failed = Some(format!("{:?}", why.kind()));
                    let exchange = Exchange { container, failed, ..Exchange::default() };
                    tape.fill(&place, Line::Pebble(exchange));
                }
                Err(why)
            }
        }
    }
}

struct Overheard {
    inner: Box<dyn Stream>,
    container: String,
    tape: Rc<Tape>,
    place: Option<Place>,
    transcript: Transcript,
}

/// What was said is not printed: there may be secrets in it.
impl fmt::Debug for Overheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overheard({:?})", self.inner)
    }
}

impl Overheard {
    fn note(&mut self, error: &io::Error) {
        if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) {
            self.transcript.failed = Some(format!("{:?}", error.kind()));
        }
    }
}

impl Read for Overheard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.transcript.ended |= count == 0 && !buffer.is_empty();
                self.transcript.received(buffer.get(..count).unwrap_or_default());
                Ok(count)
            }
            Err(error) => {
                self.note(&error);
                Err(error)
            }
        }
    }
}

impl Write for Overheard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.inner.write(bytes) {
            Ok(count) => {
                self.transcript.sent(bytes.get(..count).unwrap_or_default());
                Ok(count)
            }
            Err(error) => {
                self.note(&error);
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Stream for Overheard {
    fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.inner.set_timeout(timeout)
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.inner.set_nonblocking(nonblocking)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.inner.descriptor()
    }

    fn pass_time(&self, limit: Duration) -> bool {
        self.inner.pass_time(limit)
    }
}

impl Drop for Overheard {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            let transcript = std::mem::take(&mut self.transcript);
            self.tape.fill(&place, Line::Pebble(transcript.exchange(&self.container)));
        }
    }
}

#[derive(Debug)]
struct Hands {
    inner: Rc<dyn Clock>,
    tape: Rc<Tape>,
}

impl Hands {
    fn read(&self, of_day: bool, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.tape.add(Line::Clock(Reading { of_day, nanoseconds }));
    }
}

impl Clock for Hands {
    fn now(&self) -> SystemTime {
        let now = self.inner.now();
        self.read(true, now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        now
    }

    fn elapsed(&self) -> Duration {
        let elapsed = self.inner.elapsed();
        self.read(false, elapsed);
        elapsed
    }

    fn sleep(&self, time: Duration) {
        self.inner.sleep(time);
    }
}

#[derive(Debug)]
struct Dice {
    inner: Rc<dyn Randomness>,
    tape: Rc<Tape>,
}

impl Randomness for Dice {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        let filled = self.inner.fill(bytes);
        let redacted = match &filled {
            Ok(()) => self.tape.learn(in_hexadecimal(bytes).as_bytes()),
            Err(_) => None,
        };
        self.tape.add(Line::Random(Draw { bytes: bytes.len(), redacted }));
        filled
    }
}

/// The bytes as a charm gets to see them.
#[must_use]
pub fn in_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
