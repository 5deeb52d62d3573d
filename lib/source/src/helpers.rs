//! Threads that help.

use index::{Client, FirstRequest};
use std::thread::{Scope, available_parallelism};
use threads::start;

/// How many requests are under way at most.
pub(crate) const THREADS: usize = 24;

/// Starts as many threads as there are further processors, and as many as `most` once the network is used: with all at
/// hand, threads only get into each other's way.
///
/// Who holds the answer must drop it when there is nothing to help with any more.
pub(crate) fn start_by_need<'scope>(
    scope: &'scope Scope<'scope, '_>,
    most: usize,
    client: &'scope Client,
    work: impl Fn() + Copy + Send + 'scope,
) -> Helped<'scope> {
    let processors = available_parallelism().map_or(1, usize::from);
    let few = most.min(processors.saturating_sub(1).max(1));
    start(scope, few, work);
    let first = client.first_request();
    let ticket = first.ticket();
    if few < most {
        start(scope, 1, move || {
            if first.wait(ticket) {
                start(scope, most - few, work);
            }
        });
    }
    Helped(first)
}

/// Sends home who waits for a reason to help.
pub(crate) struct Helped<'a>(&'a FirstRequest);

impl Drop for Helped<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}
