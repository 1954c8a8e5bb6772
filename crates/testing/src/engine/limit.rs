//! A time limit for a charm in this process, which nobody can kill.
//!
//! Whatever it waits for, it asks Juju or a container for, again and again: one of the next questions after its
//! time is up ends it. A loop that asks nobody, or reads a connection it has, ends with the whole program:
//! [`guard`](super::guard). A compiled charm is killed whatever it does.

use ops::hook_command::{Invocation, Reply, Transport, TransportError};
use ops_pebble::{Dial, Exchange, Request, Stream};
use std::{
    cell::Cell,
    io,
    rc::Rc,
    time::{Duration, Instant},
};

/// The clock is looked at once in so many questions.
const EVERY: u32 = 16;

/// How long a run may take, and whether it took longer.
#[derive(Debug)]
pub(super) struct Limit {
    start: Instant,
    limit: Duration,
    questions: Cell<u32>,
    over: Cell<bool>,
}

impl Limit {
    pub(super) fn of(start: Instant, limit: Duration) -> Rc<Self> {
        Rc::new(Self { start, limit, questions: Cell::default(), over: Cell::default() })
    }

    /// Whether the run took longer, ended by this or by itself.
    pub(super) fn is_missed(&self) -> bool {
        self.over.get() || self.start.elapsed() > self.limit
    }

    /// Whether a question may be asked. Ends the run by a panic if its time is up; who asks after that, or
    /// while another panic is on its way, cleans up and is told no.
    #[expect(clippy::panic, reason = "nothing else ends a charm in this process")]
    fn admits(&self) -> bool {
        self.questions.set(self.questions.get().wrapping_add(1));
        let looks = self.questions.get().is_multiple_of(EVERY);
        if !self.over.get() && looks && self.start.elapsed() > self.limit {
            self.over.set(true);
            if !std::thread::panicking() {
                panic!("it did not end within {:?}, the deadline of this run", self.limit);
            }
        }
        !self.over.get()
    }
}

/// Something that a charm asks, within the limit.
#[derive(Debug)]
pub(super) struct Limited<T: ?Sized> {
    pub(super) limit: Rc<Limit>,
    pub(super) asked: Rc<T>,
}

impl<T: Transport + ?Sized> Transport for Limited<T> {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        if self.limit.admits() {
            return self.asked.invoke(call);
        }
        Err(TransportError::Lost(io::ErrorKind::BrokenPipe.into()))
    }
}

impl<T: Dial + ?Sized> Dial for Limited<T> {
    fn exchange(&self, request: &Request<'_>) -> io::Result<Exchange> {
        if self.limit.admits() { self.asked.exchange(request) } else { Ok(Exchange::Closed) }
    }

    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        if self.limit.admits() { self.asked.dial() } else { Err(io::ErrorKind::NotFound.into()) }
    }
}
