//! Interrupts: clean up, then exit with 128 and the number of the signal.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by work that must not be interrupted, and by the interrupt while it ends the process.
static COMMIT: Mutex<()> = Mutex::new(());

/// What to do before an interrupt ends the process.
static CLEANUP: Mutex<Option<fn()>> = Mutex::new(None);

/// Sets what is done when a signal ends the process, removing scratch folders for example.
pub fn on_interrupt(cleanup: fn()) {
    *lock(&CLEANUP) = Some(cleanup);
}

/// Runs work that a signal must not cut in two; a signal that comes meanwhile waits.
///
/// Keep it short, and never nest it.
pub fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    let _held = lock(&COMMIT);
    work()
}

/// Starts the thread that waits for SIGHUP, SIGINT and SIGTERM.
///
/// # Errors
///
/// The system gives no thread.
pub(crate) fn watch() -> std::io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    };
    std::thread::Builder::new().spawn(wait)?;
    Ok(())
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the one place where a signal ends a tool"
)]
fn end(signal: i32) -> ! {
    let _held = lock(&COMMIT);
    if let Some(cleanup) = *lock(&CLEANUP) {
        cleanup();
    }
    std::process::exit(128 + signal)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
