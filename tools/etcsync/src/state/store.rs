//! The folder that the state of a root is in.

use crate::{
    place::Place,
    state::{
        remembered::{State, StateFile},
        running::Running,
    },
};
use cli::Failure;
use disk::{Durability, Journal, Lock};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};
use wire::etc::Phase;

/// The folder that a root's state is in.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Names the folder; nothing is touched.
    pub(crate) fn of(place: &Place) -> Self {
        Self {
            folder: place.state.clone(),
        }
    }

    /// Returns a path in it.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// Keeps every other run out; the folder is there.
    pub(crate) fn lock(&self, wait: u64) -> Result<Lock, Failure> {
        let command = std::env::args().nth(1).unwrap_or_default();
        let holder = format!("etcsync {command}");
        Ok(Lock::exclusive(
            &self.path("lock"),
            &holder,
            Duration::from_secs(wait),
        )?)
    }

    /// Returns the state; the empty one if there is none.
    pub(crate) fn read(&self) -> Result<State, Failure> {
        match disk::read_json::<StateFile>(&self.path("state.json"))? {
            Some(file) => file.read(),
            None => Ok(State::default()),
        }
    }

    /// Replaces the state.
    pub(crate) fn write(&self, state: &StateFile) -> Result<(), Failure> {
        self.put("state.json", state, Durability::Synced)
    }

    /// Writes a document for its owner alone.
    pub(crate) fn put(
        &self,
        name: impl AsRef<Path>,
        document: &impl Serialize,
        durability: Durability,
    ) -> Result<(), Failure> {
        Ok(disk::write_json(&self.path(name), document, 0o600, durability)?)
    }

    /// Waits until files that were written are on the disk; all there is, if a run has many changes.
    pub(crate) fn sync(&self, files: &[PathBuf], many: bool) -> Result<(), Failure> {
        if many {
            return Ok(disk::sync_filesystem(&self.folder)?);
        }
        for file in files {
            fs_err::File::open(file)?.sync_all()?;
        }
        let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
        for folder in folders {
            disk::sync_directory(folder)?;
        }
        Ok(())
    }

    /// Returns the run that is under way, or was when the machine stopped.
    pub(crate) fn running(&self) -> Result<Option<Running>, Failure> {
        let found = self.journal().read_marked::<Phase>()?;
        Ok(found.map(|(mut running, mark)| {
            running.phase = mark.unwrap_or(running.phase);
            running
        }))
    }

    /// Returns the journal.
    pub(crate) fn journal(&self) -> Journal<Running> {
        Journal::at(self.path("journal"))
    }
}
