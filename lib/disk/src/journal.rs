//! What is under way, kept where the run after a crash finds it.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use rustix::fs::unlink;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::name::parent;
use crate::{Durability, Error, read_json, sync_directory, write_json};

/// A file that is there exactly while a change is under way.
///
/// Write it before the first step, again when a phase ends, and clear it after the last: each of the three is on the
/// disk when it returns. A run that finds an entry knows that the one before was interrupted, and in which phase.
/// The caller holds a [`Lock`](crate::Lock) meanwhile; the journal itself does not lock.
#[derive(Debug)]
pub struct Journal<T> {
    path: PathBuf,
    durability: Durability,
    entry: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Journal<T> {
    /// Names the journal's file. Nothing is touched yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            durability: Durability::Synced,
            entry: PhantomData,
        }
    }

    /// Leaves it to the system when entries reach the disk: enough against a killed process, for changes that are
    /// fine either way after a power cut.
    #[must_use]
    pub fn unsynced(self) -> Self {
        Self {
            durability: Durability::Unsynced,
            ..self
        }
    }

    /// Returns the journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the entry; `None` if nothing is under way.
    pub fn read(&self) -> Result<Option<T>, Error> {
        read_json(&self.path)
    }

    /// Writes or replaces the entry, readable by its owner only, and waits until it is on the disk.
    pub fn write(&self, entry: &T) -> Result<(), Error> {
        write_json(&self.path, entry, 0o600, self.durability)
    }

    /// Removes the entry, if there is one, and waits until that is on the disk.
    pub fn clear(&self) -> Result<(), Error> {
        match unlink(&self.path) {
            Ok(()) if self.durability == Durability::Synced => sync_directory(parent(&self.path)),
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(Error::io("remove", &self.path)(error)),
        }
    }
}
