//! A time limit for a charm in this process, which nobody can kill.
//!
//! Whatever it waits for, it asks Juju or a container for, again and again: the first question after its time
//! is up ends it. A loop that asks nobody is not ended; a compiled charm is killed whatever it does.

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
    pub(super) fn of(limit: Duration) -> Rc<Self> {
        let (questions, over) = (Cell::default(), Cell::default());
        Rc::new(Self { start: Instant::now(), limit, questions, over })
    }

    /// Whether the run was ended.
    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Counts a question, and ends the run if its time is up. True: it was ended before, and what is asked
    /// now is asked by whoever cleans up.
    #[expect(clippy::panic, reason = "nothing else ends a charm in this process")]
    fn is_passed(&self) -> bool {
        self.questions.set(self.questions.get().wrapping_add(1));
        let looks = self.questions.get().is_multiple_of(EVERY);
        if !self.over.get() && looks && self.start.elapsed() > self.limit {
            self.over.set(true);
            panic!("it did not end within {:?}, the deadline of this run", self.limit);
        }
        self.over.get()
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
        if self.limit.is_passed() {
            return Err(TransportError::Lost(io::ErrorKind::BrokenPipe.into()));
        }
        self.asked.invoke(call)
    }
}

impl<T: Dial + ?Sized> Dial for Limited<T> {
    fn exchange(&self, request: &Request<'_>) -> io::Result<Exchange> {
        if self.limit.is_passed() { Ok(Exchange::Closed) } else { self.asked.exchange(request) }
    }

    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        if self.limit.is_passed() {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.asked.dial()
    }
}
