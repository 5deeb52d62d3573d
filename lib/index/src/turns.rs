//! Work for processors, not more of it at a time than there are.
//!
//! Many pages arrive at once. If all were taken apart at once, the longest would be ready last, and what it leads to
//! would be asked for last of all.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Free processors.
#[derive(Debug)]
pub(crate) struct Turns {
    free: Mutex<usize>,
    news: Condvar,
}

impl Default for Turns {
    fn default() -> Self {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            free: Mutex::new(count),
            news: Condvar::new(),
        }
    }
}

impl Turns {
    /// Does some work when a processor is free for it.
    pub(crate) fn take<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut free = self.free();
        while *free == 0 {
            free = self.news.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        drop(free);
        let _turn = Turn(self);
        work()
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a processor back, whatever becomes of the work.
struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.news.notify_one();
    }
}
