//! A charm in this process that ends the program, or never comes back: what no panic turns into a failed test.
//!
//! Nothing can end a thread, and a program that a charm ends with code 0 looks as if its tests had passed. So the
//! program is aborted, with a word about which test it was, and why. One thread watches over all tests: a program has
//! only one end, which is why this, alone in the kit, belongs to the process.

use std::{
    cell::Cell,
    fmt,
    io::Write,
    process::abort,
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// What a run has beyond its limit, at least.
const PATIENCE: Duration = Duration::from_secs(5);

/// A charm runs on this thread as long as this value is there.
#[derive(Debug)]
pub(super) struct Guard {
    run: Option<u64>,
    outer: bool,
}

impl Guard {
    /// Watches over a run that must end within twice its limit, and five seconds at least after it:
    /// [`Limit`](super::limit::Limit) has the first try, on a machine with other things to do.
    pub(super) fn over(start: Instant, limit: Duration) -> Self {
        // Nobody lives to see the end of a longer one.
        let most = limit.checked_add(limit.max(PATIENCE));
        let end = most.and_then(|most| start.checked_add(most));
        let run = end.map(|end| WATCH.add(end));
        Self { run, outer: HERE.try_with(|here| here.0.replace(true)).unwrap_or_default() }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = HERE.try_with(|here| here.0.set(self.outer));
        if let Some(run) = self.run {
            WATCH.remove(run);
        }
    }
}

thread_local! {
    static HERE: Here = const { Here(Cell::new(false)) };
}

/// Whether a charm runs on this thread. It is dropped when the thread ends, and by the C library on the thread that
/// ends the program: so says glibc of `exit`; musl does not.
struct Here(Cell<bool>);

impl Drop for Here {
    fn drop(&mut self) {
        if self.0.get() {
            end_program(format_args!(
                "a charm exited, in the process of its test: {}. Its test is not over, nor are those beside it.",
                name(&thread::current()),
            ));
        }
    }
}

static WATCH: LazyLock<Watch> = LazyLock::new(Watch::default);

/// Sees to it that runs end in time.
#[derive(Default)]
struct Watch {
    runs: Mutex<Runs>,
    /// A run ends before the watch looks next.
    earlier: Condvar,
}

#[derive(Default)]
struct Runs {
    all: Vec<Run>,
    count: u64,
    is_watched: bool,
    /// When the watch looks next by itself. A run that is over does not change it: the watch seldom wakes.
    next_look: Option<Instant>,
}

struct Run {
    id: u64,
    end: Instant,
    thread: Thread,
}

impl Watch {
    fn add(&'static self, end: Instant) -> u64 {
        let mut runs = self.lock();
        runs.count += 1;
        let id = runs.count;
        runs.all.push(Run { id, end, thread: thread::current() });
        if !runs.is_watched {
            // Where there is no thread to be had, a hang is a hang.
            let watch = thread::Builder::new().name("deadlines of charms".to_owned());
            runs.is_watched = watch.spawn(|| self.keep()).is_ok();
        }
        if runs.next_look.is_none_or(|look| end < look) {
            runs.next_look = Some(end);
            self.earlier.notify_one();
        }
        id
    }

    fn remove(&self, id: u64) {
        self.lock().all.retain(|run| run.id != id);
    }

    fn keep(&self) {
        let mut runs = self.lock();
        loop {
            let now = Instant::now();
            if let Some(late) = runs.all.iter().find(|run| run.end <= now) {
                end_program(format_args!(
                    "a charm did not end long after the deadline of its run, in the process of its test: {}. It asks \
                     neither Juju nor a container, so nothing else ends it. `Context::binary` runs it as a process, \
                     which is killed.",
                    name(&late.thread),
                ));
            }
            runs.next_look = runs.all.iter().map(|run| run.end).min();
            runs = match runs.next_look {
                Some(look) => {
                    let waited =
                        self.earlier.wait_timeout(runs, look.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.earlier.wait(runs).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A test's thread has the test's name.
fn name(thread: &Thread) -> &str {
    thread.name().unwrap_or("a thread without a name")
}

fn end_program(why: fmt::Arguments<'_>) -> ! {
    // Not by a macro: a test's own output is shown when the test has failed, and this one never will have.
    let _ = std::io::stderr().write_all(format!("\nerror: {why}\n").as_bytes());
    abort()
}
