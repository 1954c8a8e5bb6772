//! The `log` facade as Juju's log: `log::info!` anywhere in a charm becomes `juju-log`.
//!
//! A dispatch [`install`]s a sink for its thread. Warnings and errors are sent as they happen, all
//! else in batches, in order. Logging cannot fail: what Juju does not take goes to [`Messages`].
//!
//! Nothing here knows which command is run, or why something is logged.

use crate::{
    hook_command::{Juju, TEXT_LIMIT, juju_log},
    host::Messages,
};
use ::log::{Level, LevelFilter, Log, Metadata, Record};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt::Write as _,
    marker::PhantomData,
    mem,
    rc::Rc,
    sync::{Mutex, OnceLock, PoisonError},
};

/// The WebSocket library logs whole frames: what commands read and print in a container.
const SPEAKS_OF_CONTENTS: &str = "tungstenite";

/// Sends this thread's log records to Juju for as long as the guard lives.
///
/// Records above `level` cost no process; [`LevelFilter::Info`] is the usual one. A sink that was
/// there before is back when the guard is dropped.
///
/// The first call makes this the logger of the process. A process that has another one keeps it, and
/// says so in `messages`.
pub fn install(juju: &Juju, messages: &Rc<dyn Messages>, level: LevelFilter) -> LogGuard {
    static IS_LOGGER: OnceLock<bool> = OnceLock::new();
    if !IS_LOGGER.get_or_init(|| ::log::set_logger(&Forward).is_ok()) {
        messages.line("another logger is installed in this process: nothing goes to juju-log");
    }
    raise_max_level(level);
    let sink = Rc::new(Sink {
        juju: juju.clone(),
        messages: Rc::clone(messages),
        level,
        waiting: RefCell::default(),
        busy: Cell::new(false),
        gave_up: Cell::new(false),
    });
    let before = SINK.with(|slot| slot.replace(Some(Rc::clone(&sink))));
    LogGuard { sink, before, thread: PhantomData }
}

/// Keeps a sink installed in its thread. Dropping it sends what is left.
#[derive(Debug)]
#[must_use = "the sink is gone when the guard is dropped"]
pub struct LogGuard {
    sink: Rc<Sink>,
    before: Option<Rc<Sink>>,
    thread: PhantomData<*const ()>,
}

impl LogGuard {
    /// Sends what is waiting.
    pub fn flush(&self) {
        self.sink.flush();
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.sink.flush();
        self.sink.spill();
        // A thread that is ending has no slot any more, and nothing to put back.
        let _ = SINK.try_with(|slot| slot.replace(self.before.take()));
    }
}

thread_local! {
    static SINK: RefCell<Option<Rc<Sink>>> = const { RefCell::new(None) };
}

/// The logger of the process. It only finds the sink of the thread.
struct Forward;

impl Forward {
    fn sink() -> Option<Rc<Sink>> {
        SINK.try_with(|slot| slot.try_borrow().ok().and_then(|sink| sink.clone())).ok().flatten()
    }
}

impl Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let may_be_said = !metadata.target().starts_with(SPEAKS_OF_CONTENTS);
        may_be_said && Self::sink().is_some_and(|sink| metadata.level() <= sink.level)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let Some(sink) = Self::sink() else { return };
        let mut text = String::new();
        // A `Display` that fails leaves what it wrote so far; that is the best there is.
        let _ = write!(text, "{}", record.args());
        sink.take(record.level(), text);
    }

    fn flush(&self) {
        if let Some(sink) = Self::sink() {
            sink.flush();
        }
    }
}

#[derive(Debug)]
struct Sink {
    juju: Juju,
    messages: Rc<dyn Messages>,
    level: LevelFilter,
    waiting: RefCell<VecDeque<Batch>>,
    busy: Cell<bool>,
    gave_up: Cell<bool>,
}

#[derive(Debug)]
struct Batch {
    level: Level,
    text: String,
}

impl Sink {
    fn take(&self, level: Level, text: String) {
        if text.is_empty() {
            return;
        }
        self.put(level, text);
        if level <= Level::Warn || self.is_full() {
            self.flush();
        }
    }

    fn put(&self, level: Level, text: String) {
        let mut waiting = self.waiting.borrow_mut();
        match waiting.back_mut() {
            // A warning stands alone: people look for it, and tools count lines.
            Some(last)
                if last.level == level
                    && level > Level::Warn
                    && last.text.len() + text.len() < TEXT_LIMIT =>
            {
                last.text.push('\n');
                last.text.push_str(&text);
            }
            _ => waiting.push_back(Batch { level, text }),
        }
    }

    /// More than one batch's worth is not kept: a crash would take it along.
    fn is_full(&self) -> bool {
        self.waiting.borrow().iter().map(|batch| batch.text.len()).sum::<usize>() > TEXT_LIMIT
    }

    /// Sends what is waiting now. What sending itself logs waits for the next time.
    fn flush(&self) {
        if self.busy.replace(true) {
            return;
        }
        let _idle = Idle(&self.busy);
        let batches = mem::take(&mut *self.waiting.borrow_mut());
        for batch in batches {
            self.send(&batch);
        }
    }

    fn send(&self, batch: &Batch) {
        if self.gave_up.get() {
            return self.tell(batch);
        }
        if let Err(error) = juju_log(&self.juju, batch.level, &batch.text) {
            // An agent that is not there will not be there for the next record either, and each
            // attempt may take minutes.
            self.gave_up.set(error.is_lost() || error.is_unsupported());
            self.messages.line(&format!("cannot log to Juju: {error}"));
            self.tell(batch);
        }
    }

    /// The last resort for what is still waiting.
    fn spill(&self) {
        for batch in mem::take(&mut *self.waiting.borrow_mut()) {
            self.tell(&batch);
        }
    }

    fn tell(&self, batch: &Batch) {
        self.messages.line(&format!("{}: {}", batch.level, batch.text));
    }
}

/// Ends a flush, also when a transport panics in it.
struct Idle<'a>(&'a Cell<bool>);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// The facade has one level for the whole process, and sinks of several threads want their own: the
/// highest one wins, and each sink leaves out what it does not want.
fn raise_max_level(level: LevelFilter) {
    static RAISING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = RAISING.lock().unwrap_or_else(PoisonError::into_inner);
    if ::log::max_level() < level {
        ::log::set_max_level(level);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hook_command::{Invocation, Reply, Transport, TransportError, fake::Fake};
    use ::log::{debug, error, info, trace, warn};
    use ops_core::JujuVersion;
    use std::{fmt, io};

    #[derive(Debug, Default)]
    struct Heard(RefCell<Vec<String>>);

    impl Messages for Heard {
        fn line(&self, text: &str) {
            self.0.borrow_mut().push(text.to_owned());
        }
    }

    fn heard() -> (Rc<Heard>, Rc<dyn Messages>) {
        let heard = Rc::new(Heard::default());
        (Rc::clone(&heard), heard)
    }

    /// What reaches Juju while `run` logs at this level.
    fn sent(level: LevelFilter, run: impl FnOnce(&LogGuard)) -> Vec<String> {
        let fake = Fake::new([]);
        let (heard, messages) = heard();
        let guard = install(&fake.juju(), &messages, level);
        run(&guard);
        drop(guard);
        assert_eq!(*heard.0.borrow(), Vec::<String>::new());
        fake.typed().iter().map(|typed| typed.replace("juju-log --log-level ", "")).collect()
    }

    #[test]
    fn neighbours_of_one_level_share_a_command_and_the_order_stays() {
        let sent = sent(LevelFilter::Trace, |_| {
            info!("one");
            info!("two {}", 2);
            debug!("three");
            info!("four");
            trace!("five");
        });
        let expected = ["INFO -- one\ntwo 2", "DEBUG -- three", "INFO -- four", "TRACE -- five"];
        assert_eq!(sent, expected);
    }

    #[test]
    fn warnings_and_errors_go_at_once_behind_what_was_waiting() {
        let fake = Fake::new([]);
        let (_, messages) = heard();
        let guard = install(&fake.juju(), &messages, LevelFilter::Info);
        info!("before");
        assert_eq!(fake.typed().len(), 0);
        warn!("careful");
        assert_eq!(fake.typed().len(), 2);
        warn!("careful again");
        error!("broken");
        info!("after");
        assert_eq!(fake.typed().len(), 4);
        guard.flush();
        guard.flush();
        let sent: Vec<_> =
            fake.typed().iter().map(|t| t.replace("juju-log --log-level ", "")).collect();
        let expected = [
            "INFO -- before",
            "WARNING -- careful",
            "WARNING -- careful again",
            "ERROR -- broken",
            "INFO -- after",
        ];
        assert_eq!(sent, expected);
    }

    #[test]
    fn records_above_the_level_and_empty_ones_cost_no_command() {
        let sent = sent(LevelFilter::Info, |guard| {
            debug!("no");
            trace!("no");
            info!("");
            warn!("{}", "");
            guard.flush();
            ::log::logger().flush();
        });
        assert_eq!(sent, Vec::<String>::new());
    }

    #[test]
    fn what_is_waiting_does_not_grow_without_bound() {
        let fake = Fake::new([]);
        let (_, messages) = heard();
        let guard = install(&fake.juju(), &messages, LevelFilter::Info);
        let line = "x".repeat(1000);
        for _ in 0..1000 {
            info!("{line}");
        }
        assert!(fake.typed().len() >= 8);
        drop(guard);
        let sent: usize = fake.typed().iter().map(|typed| typed.matches('x').count()).sum();
        assert_eq!(sent, 1_000_000);
    }

    #[test]
    fn a_record_that_is_too_long_is_cut() {
        let sent = sent(LevelFilter::Info, |_| error!("{}", "🦀".repeat(300_000)));
        assert_eq!(sent.len(), 1);
        assert!(sent.concat().len() < TEXT_LIMIT + 100);
        assert!(sent.concat().ends_with("bytes left out)"));
    }

    #[test]
    fn what_juju_does_not_take_is_told_to_the_host() {
        let fake = Fake::new([Reply::failed(1, "ERROR no\n")]);
        let (heard, messages) = heard();
        let guard = install(&fake.juju(), &messages, LevelFilter::Info);
        error!("first");
        error!("second");
        drop(guard);
        assert_eq!(*heard.0.borrow(), ["cannot log to Juju: juju-log: no", "ERROR: first"]);
        assert_eq!(fake.typed().len(), 2);
    }

    #[test]
    fn an_agent_that_is_gone_is_not_asked_again() {
        let fake = Fake::with([Err(TransportError::Lost(io::Error::other("gone")))]);
        let (heard, messages) = heard();
        let guard = install(&fake.juju(), &messages, LevelFilter::Info);
        error!("first");
        error!("second");
        info!("third");
        drop(guard);
        assert_eq!(fake.typed().len(), 1);
        assert_eq!(heard.0.borrow()[1..], ["ERROR: first", "ERROR: second", "INFO: third"]);
    }

    /// Logs whenever it is asked, as an emulator in this process may.
    #[derive(Debug, Default)]
    struct Talkative(Cell<usize>);

    impl Transport for Talkative {
        fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
            self.0.set(self.0.get() + 1);
            error!("running {call}");
            info!("running {call}");
            Ok(Reply::ok(""))
        }
    }

    #[test]
    fn a_transport_that_logs_does_not_go_round_in_circles() {
        let transport = Rc::new(Talkative::default());
        let juju = Juju::new(transport.clone(), JujuVersion::new(3, 6, 0));
        let (heard, messages) = heard();
        let guard = install(&juju, &messages, LevelFilter::Info);
        error!("x");
        assert_eq!(transport.0.get(), 1);
        drop(guard);
        // Its own two records went out at the end, and what that logged went to the host.
        assert_eq!(transport.0.get(), 3);
        assert_eq!(heard.0.borrow().len(), 4);
    }

    struct Logs;

    impl fmt::Display for Logs {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            warn!("inner");
            f.write_str("outer")
        }
    }

    struct Fails;

    impl fmt::Display for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("as far as it got")?;
            Err(fmt::Error)
        }
    }

    #[test]
    fn text_that_logs_or_fails_while_it_is_made_does_no_harm() {
        let sent = sent(LevelFilter::Info, |_| {
            warn!("{Logs}");
            warn!("{Fails}");
        });
        let expected = ["WARNING -- inner", "WARNING -- outer", "WARNING -- as far as it got"];
        assert_eq!(sent, expected);
    }

    #[test]
    fn each_thread_and_each_dispatch_has_its_own_sink() {
        let outer = sent(LevelFilter::Info, |_| {
            info!("outer");
            let inner = sent(LevelFilter::Warn, |_| {
                info!("too low here");
                warn!("inner");
            });
            assert_eq!(inner, ["WARNING -- inner"]);
            let thread = std::thread::spawn(|| error!("nobody listens in this thread"));
            thread.join().unwrap();
            info!("outer again");
        });
        assert_eq!(outer, ["INFO -- outer\nouter again"]);
        error!("nobody listens any more");
    }

    #[test]
    fn frames_of_the_websocket_library_are_never_logged() {
        let sent = sent(LevelFilter::Trace, |_| {
            trace!(target: "tungstenite::protocol", "received frame with a secret");
            trace!("this is ours");
        });
        assert_eq!(sent, ["TRACE -- this is ours"]);
    }
}
