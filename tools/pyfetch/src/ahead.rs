//! Fetching files while the pages of other packages are still on their way.
//!
//! Whoever has no page left to ask for takes the largest file that is known by then. What fails is said later, by those
//! who want the file: a package without any comes first.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use cli::Failure;
use index::Client;
use wire::Progress;

use crate::fetch::{self, Arrived};
use crate::house::House;
use crate::plan::{Form, Item};

/// What became of files that were fetched ahead, by their names.
pub(crate) type Early = BTreeMap<String, Result<Arrived, Failure>>;

/// Files that are known, for threads that have nothing else to do.
pub(crate) struct Ahead<'a> {
    house: &'a House,
    client: &'a Client,
    progress: &'a dyn Progress,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many pages are still to come.
    pages: usize,
    waiting: Vec<Item>,
    early: Early,
}

impl<'a> Ahead<'a> {
    pub(crate) fn new(
        pages: usize,
        house: &'a House,
        client: &'a Client,
        progress: &'a dyn Progress,
    ) -> Self {
        let state = State {
            pages,
            waiting: Vec::new(),
            early: Early::new(),
        };
        Self {
            house,
            client,
            progress,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Takes up what was chosen when one more page had come; source distributions may not be needed.
    pub(crate) fn page(&self, items: Vec<Item>) {
        let mut state = self.state();
        state.pages = state.pages.saturating_sub(1);
        for item in items.into_iter().filter(|item| item.form == Form::AsIs) {
            self.progress.expect(1, item.file.size);
            state.waiting.push(item);
        }
        self.changed.notify_all();
    }

    /// Begins nothing more: a page has failed, and with it the run.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.pages = 0;
        state.waiting.clear();
        self.changed.notify_all();
    }

    /// Fetches as long as there may be something to fetch.
    pub(crate) fn work(&self) {
        while let Some(item) = self.next() {
            let name = item.file.name.clone();
            let arrived = match fetch::present(&item, self.house) {
                Ok(None) => fetch::one(&item, self.house, self.client, self.progress),
                Ok(Some(here)) => {
                    self.progress.advance(1, here.size);
                    continue;
                }
                Err(failure) => Err(failure),
            };
            match &arrived {
                Ok(_) => self.progress.advance(1, 0),
                Err(_) => self.stop(),
            }
            self.state().early.insert(name, arrived);
        }
    }

    pub(crate) fn finish(self) -> Early {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .early
    }

    fn next(&self) -> Option<Item> {
        let mut state = self.state();
        loop {
            let sizes = state.waiting.iter().map(|item| item.file.size);
            let largest = sizes.enumerate().max_by_key(|(_, size)| *size);
            if let Some((place, _)) = largest {
                return Some(state.waiting.swap_remove(place));
            }
            if state.pages == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
