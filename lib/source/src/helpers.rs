//! Threads that help.

use std::thread::{Builder, Scope};

/// Starts so many threads that all do the same; fewer where the system gives no more.
///
/// A thread that cannot be had is no failure: who waits for the others would wait for ever if it ended in a panic.
pub(crate) fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    count: usize,
    work: impl Fn() + Copy + Send + 'scope,
) {
    for _ in 0..count {
        if Builder::new().spawn_scoped(scope, work).is_err() {
            break;
        }
    }
}
