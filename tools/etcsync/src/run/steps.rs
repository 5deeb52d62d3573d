//! The steps of a run: told with `-v`, and where tests crash it.

use cli::Session;
use std::{cell::Cell, time::Duration};

/// Counts the steps of a run.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    session: &'a Session,
    /// How long a command may take.
    pub(crate) patience: Duration,
    taken: Cell<u32>,
}

impl<'a> Steps<'a> {
    /// `patience` is what every command gets, in seconds.
    pub(crate) fn new(session: &'a Session, patience: u64) -> Self {
        Self {
            session,
            patience: Duration::from_secs(patience),
            taken: Cell::new(0),
        }
    }

    /// Tells of an event.
    pub(crate) fn note(&self, line: &str) {
        self.session.progress().note(line);
    }

    /// Warns of something that a person should look at.
    pub(crate) fn warn(&self, line: &str) {
        self.session.warn(line);
    }

    /// Ends one step. A test build that has `ETCSYNC_CRASH_AT=3` in its environment is killed at the third.
    pub(crate) fn step(&self) {
        self.taken.set(self.taken.get() + 1);
        if cfg!(debug_assertions) {
            let at = std::env::var("ETCSYNC_CRASH_AT")
                .ok()
                .and_then(|at| at.parse().ok());
            if at == Some(self.taken.get()) {
                let us = rustix::process::getpid();
                _ = rustix::process::kill_process(us, rustix::process::Signal::KILL);
            }
        }
    }
}
