//! A clock, randomness and messages that are the same in every run.

use ops::host::{Clock, Messages, Randomness};
use std::{
    cell::{Cell, RefCell},
    io,
    time::{Duration, SystemTime},
};

/// A clock that moves only when somebody sleeps on it. It begins at one o'clock on 1 January 2026.
#[derive(Debug, Default)]
pub struct FixedClock(Cell<Duration>);

const BEGINNING: Duration = Duration::from_secs(1_767_229_200);

impl Clock for FixedClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGINNING + self.0.get()
    }

    fn elapsed(&self) -> Duration {
        self.0.get()
    }

    fn sleep(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }
}

/// Bytes that look random and are the same for the same seed. Never for secrets of a real charm.
#[derive(Debug)]
pub struct SeededRandomness(Cell<u64>);

impl SeededRandomness {
    /// The bytes of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    // SplitMix64: enough to look random, small enough to be read.
    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_le_bytes();
            for (byte, random) in chunk.iter_mut().zip(random) {
                *byte = random;
            }
        }
        Ok(())
    }
}

/// Keeps what a charm says when nothing else takes it: its standard error.
#[derive(Debug, Default)]
pub struct KeptMessages(RefCell<Vec<String>>);

impl KeptMessages {
    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

impl Messages for KeptMessages {
    fn line(&self, text: &str) {
        self.0.borrow_mut().push(text.to_owned());
    }
}
