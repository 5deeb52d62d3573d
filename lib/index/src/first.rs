//! When the network is used for the first time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tells those who wait for it of the first request over the network: from then on it is worth to do many things at
/// once, and before that more threads than processors are in each other's way.
#[derive(Debug, Default)]
pub struct FirstRequest {
    is_made: AtomicBool,
    /// How often those who wait were sent home.
    releases: Mutex<u32>,
    news: Condvar,
}

/// The right to wait until others are sent home.
#[derive(Debug, Clone, Copy)]
pub struct Ticket(u32);

impl FirstRequest {
    /// Notes that a request is about to be made.
    pub(crate) fn make(&self) {
        if !self.is_made.load(Ordering::Relaxed) {
            let _releases = self.releases();
            self.is_made.store(true, Ordering::Relaxed);
            self.news.notify_all();
        }
    }

    /// Gives a ticket: who is sent home from now on does not wait, whenever they come.
    pub fn ticket(&self) -> Ticket {
        Ticket(*self.releases())
    }

    /// Waits for the first request; `false` if they were sent home.
    pub fn wait(&self, ticket: Ticket) -> bool {
        let mut releases = self.releases();
        while !self.is_made.load(Ordering::Relaxed) && *releases == ticket.0 {
            releases = self.news.wait(releases).unwrap_or_else(PoisonError::into_inner);
        }
        *releases == ticket.0
    }

    /// Sends all home who wait.
    pub fn release(&self) {
        *self.releases() += 1;
        self.news.notify_all();
    }

    fn releases(&self) -> MutexGuard<'_, u32> {
        self.releases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::FirstRequest;
    use std::thread;

    #[test]
    fn those_who_wait_hear_of_it_or_go_home() {
        let first = FirstRequest::default();
        let late = first.ticket();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| first.wait(first.ticket()));
            while !waiting.is_finished() {
                first.release();
            }
            assert!(!waiting.join().unwrap());
            assert!(!first.wait(late), "it was sent home before it came");
            let waiting = scope.spawn(|| first.wait(first.ticket()));
            first.make();
            assert!(waiting.join().unwrap());
        });
    }
}
