//! Catches a panic of the charm and says where it was, so that Juju sees a failed hook and a log line.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe, Location, PanicHookInfo},
    sync::Once,
};

thread_local! {
    /// The panic of this thread, while a dispatch runs on it; `None` outside of one.
    static WATCHED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a dispatch. `Err` is the message and place of its panic.
pub(super) fn caught<T>(dispatch: impl FnOnce() -> T) -> Result<T, String> {
    install();
    WATCHED.with_borrow_mut(|watched| *watched = Some(String::new()));
    // The dispatch is over after a panic: nobody sees what it left half done.
    let outcome = panic::catch_unwind(AssertUnwindSafe(dispatch));
    let message = WATCHED.with_borrow_mut(Option::take).unwrap_or_default();
    outcome.map_err(|_| message)
}

/// Once in a process, and in front of the hook that was there: threads without a dispatch keep that one.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = WATCHED.try_with(|watched| {
                let Ok(mut watched) = watched.try_borrow_mut() else { return false };
                let Some(message) = watched.as_mut() else { return false };
                *message = describe(info);
                true
            });
            if !ours.unwrap_or(false) {
                before(info);
            }
        }));
    });
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let text = info.payload_as_str().unwrap_or("with something that is not text");
    let place = info.location().map(Location::to_string).unwrap_or_default();
    format!("{text} (at {place})")
}

#[cfg(test)]
mod tests;
