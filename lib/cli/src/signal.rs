//! Interrupts: clean up, then exit with 128 and the number of the signal.
//!
//! Most runs have nothing to clean up, so the signal's handler ends them on the spot. A thread that waits for signals
//! costs a quick command a tenth of its time; it is started where there is something to remove.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
    iterator::Signals,
};
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

const SIGNALS: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// Whether a signal ends the process on the spot.
static AT_ONCE: AtomicBool = AtomicBool::new(true);

/// The last signal that came; 0 if none did.
static CAME: AtomicUsize = AtomicUsize::new(0);

/// Held by work that must not be interrupted, and by the interrupt while it ends the process.
static COMMIT: Mutex<()> = Mutex::new(());

/// What to do before an interrupt ends the process.
static CLEANUP: Mutex<Option<fn()>> = Mutex::new(None);

/// Sets what is done when a signal ends the process, removing scratch folders for example.
///
/// Where the system gives no thread to do it, it is not done.
pub fn on_interrupt(cleanup: fn()) {
    let first = lock(&CLEANUP).replace(cleanup).is_none();
    if first && wait_in_a_thread().is_ok() {
        AT_ONCE.store(false, Ordering::SeqCst);
    }
}

/// Runs work that a signal must not cut in two; a signal that comes meanwhile waits.
///
/// Keep it short, and never nest it.
pub fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    let held = lock(&COMMIT);
    let at_once = AT_ONCE.swap(false, Ordering::SeqCst);
    let done = work();
    AT_ONCE.store(at_once, Ordering::SeqCst);
    drop(held);
    match i32::try_from(CAME.load(Ordering::SeqCst)) {
        Ok(signal @ 1..) => end(signal),
        _ => done,
    }
}

/// Makes SIGHUP, SIGINT and SIGTERM end the process as this module says.
pub(crate) fn watch() -> std::io::Result<()> {
    for signal in heeded() {
        // In this order: one that comes in between ends the process, and is not only noted.
        flag::register_conditional_shutdown(signal, 128 + signal, &AT_ONCE)?;
        flag::register_usize(signal, &CAME, signal.unsigned_abs() as usize)?;
    }
    Ok(())
}

/// Returns the signals that are ours to handle: what the caller has us ignore (`nohup`, a shell's background job)
/// stays ignored.
fn heeded() -> impl Iterator<Item = i32> {
    let ignored = std::fs::read_to_string("/proc/self/stat").map_or(0, |stat| ignored(&stat));
    SIGNALS
        .into_iter()
        .filter(move |signal| ignored >> (signal - 1) & 1 == 0)
}

/// Reads the mask of ignored signals: field 33 of proc_pid_stat(5). The second is a name in parentheses.
fn ignored(stat: &str) -> u64 {
    let behind_name = stat.rsplit(") ").next().unwrap_or_default();
    let mask = behind_name.split(' ').nth(30);
    mask.and_then(|mask| mask.parse().ok()).unwrap_or(0)
}

fn wait_in_a_thread() -> std::io::Result<()> {
    let mut signals = Signals::new(heeded())?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    };
    std::thread::Builder::new().spawn(wait).map(drop)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_whatever_the_program_is_called() {
        let fields = "S 1 2 2 0 -1 4194560 151 0 0 0 0 0 0 0 20 0 1 0 7 8 9 10 1 2 3 4 5 0 0 3 0 0 0 17 1";
        for name in ["tool", "a) S 1 (b", "x y"] {
            assert_eq!(ignored(&format!("42 ({name}) {fields}")), 3, "{name}");
        }
        assert_eq!((ignored(""), ignored("42 (tool) S 1")), (0, 0));
    }
}
