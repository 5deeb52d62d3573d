//! Threads that help, as many as the system gives.
//!
//! A host may be at the limit of its processes just when it is to be put in order. A thread that cannot be had is no
//! failure here, and no panic: the work is done by fewer, by this thread alone if need be, and is the same.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! let next = AtomicU64::new(0);
//! let sums = threads::all(4, || {
//!     let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
//!     numbers.take_while(|number| *number < 100).sum::<u64>()
//! });
//! assert_eq!(sums.iter().sum::<u64>(), 4950);
//!
//! let (words, length) = threads::both(|| "read aside".split(' ').count(), || 10);
//! assert_eq!((words, length), (2, 10));
//! ```

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

/// Has so many threads do the same at once, this one among them, and returns what each has made.
///
/// The work takes its parts from something shared, for there may be fewer threads.
pub fn all<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    scope(|scope| {
        let others = start(scope, threads.saturating_sub(1), &work);
        let own = work();
        others.into_iter().map(join).chain([own]).collect()
    })
}

/// Does one thing on a thread of its own while this one does another; before it, where there is no thread.
pub fn both<A: Send, B>(aside: impl FnOnce() -> A + Send, here: impl FnOnce() -> B) -> (A, B) {
    let aside = Mutex::new(Some(aside));
    let take = || aside.lock().unwrap_or_else(PoisonError::into_inner).take();
    let run = || take().map(|aside| aside());
    scope(|scope| {
        let other = Builder::new().spawn_scoped(scope, run);
        let early = if other.is_err() { run() } else { None };
        let own = here();
        let late = other.ok().and_then(join);
        match early.or(late) {
            Some(made) => (made, own),
            None => unreachable!("it is taken once, here or there"),
        }
    })
}

/// Starts so many threads that all do the same, or fewer, or none, and returns without waiting for them.
pub fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    count: usize,
    work: impl Fn() -> T + Copy + Send + 'scope,
) -> Vec<ScopedJoinHandle<'scope, T>> {
    let thread = |_| Builder::new().spawn_scoped(scope, work).ok();
    (0..count).map_while(thread).collect()
}

/// Waits for a thread, and passes its panic on.
pub fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
