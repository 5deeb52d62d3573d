//! The pages of projects, before anybody knows which of their files will do.

use crate::{Error, cells::Cells, helpers, listing::Listing};
use index::Client;
use pyspec::name::Name;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use wire::{Progress, Silent};

/// How many pages are asked for at once while nobody waits for them yet.
const AHEAD: usize = 8;

/// The pages of projects, each asked for once.
pub struct Pages<'a> {
    pub(crate) client: &'a Client,
    pub(crate) progress: &'a dyn Progress,
    given: BTreeMap<Name, index::File>,
    listings: Cells<Name, Result<Option<Arc<Listing>>, Error>>,
}

impl<'a> Pages<'a> {
    /// Makes the pages of a client's indexes.
    pub fn new(client: &'a Client) -> Self {
        Self {
            client,
            progress: &Silent,
            given: BTreeMap::new(),
            listings: Cells::default(),
        }
    }

    /// The client that asks.
    pub fn client(&self) -> &'a Client {
        self.client
    }

    /// Tells somebody of every page, and of every piece of metadata that is asked for because of them.
    #[must_use]
    pub fn telling(mut self, progress: &'a dyn Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Has one file for each of these projects: for those that are asked for by an address or a path.
    #[must_use]
    pub fn with_given(mut self, given: BTreeMap<Name, index::File>) -> Self {
        self.given = given;
        self
    }

    /// Does `work` while pages that it will probably want are fetched.
    pub fn ahead<T>(&self, names: &[Name], work: impl FnOnce() -> T) -> T {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let _helped = helpers::start_by_need(scope, AHEAD.min(names.len()), self.client, || {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Who needs it finds what went wrong.
                    let _ = self.listing(name);
                }
            });
            work()
        })
    }

    /// Returns all files of a project; `None` if no index knows it.
    pub(crate) fn listing(&self, name: &Name) -> Result<Option<Arc<Listing>>, Error> {
        self.listings.get(name, || match self.table(name) {
            Ok(table) => Ok(Some(Arc::new(Listing::new(name, table)))),
            Err(index::Error::UnknownPackage { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    fn table(&self, name: &Name) -> Result<index::Table, index::Error> {
        if let Some(file) = self.given.get(name) {
            return Ok(index::Table::of_files(name, vec![file.clone()]));
        }
        self.progress.note(&format!("page of {name}"));
        self.client.table(name)
    }
}
