//! What is under way, kept where the run after a crash finds it.

use std::fs::File;
use std::io::Write;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open, unlink};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::atomic::read_text;
use crate::name::parent;
use crate::{Begun, Durability, Error, sync_directory, write_atomic};

/// The mode of an entry: nobody else's business.
const ENTRY: u32 = 0o600;

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
        self.with(Durability::Unsynced)
    }

    /// Makes entries as durable as that.
    #[must_use]
    pub fn with(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Returns the journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the entry; `None` if nothing is under way, or if it is cut off, as for [`read_marked`](Self::read_marked).
    pub fn read(&self) -> Result<Option<T>, Error> {
        let marked = self.read_marked::<IgnoredAny>()?;
        Ok(marked.map(|(entry, _)| entry))
    }

    /// Writes or replaces the entry, readable by its owner only, and waits until it is on the disk.
    pub fn write(&self, entry: &T) -> Result<(), Error> {
        let line = self.line(entry)?;
        write_atomic(&self.path, &line, ENTRY, self.durability)
    }

    /// Writes an entry that replaces none until it is committed.
    pub fn begin(&self, entry: &T) -> Result<Begun, Error> {
        Begun::new(&self.path, &self.line(entry)?, ENTRY, self.durability)
    }

    /// Adds a mark behind the entry, which stays as it is: how far the change has come since. Cheap where the entry is long.
    pub fn mark(&self, mark: &impl Serialize) -> Result<(), Error> {
        let line = self.line(mark)?;
        let opened = open(
            &self.path,
            OFlags::WRONLY | OFlags::APPEND | OFlags::CLOEXEC,
            Mode::empty(),
        );
        let mut file = File::from(opened.map_err(Error::io("open", &self.path))?);
        file.write_all(&line).map_err(Error::io("write", &self.path))?;
        match self.durability {
            Durability::Synced | Durability::Contents => {
                file.sync_data().map_err(Error::io("sync", &self.path))
            }
            Durability::Unsynced => Ok(()),
        }
    }

    /// Reads the entry and the last mark behind it. A mark that is cut off was never made; an entry that is cut off
    /// never reached the disk: whoever writes it [`unsynced`](Self::unsynced) waits for the disk before the first
    /// step, or is content with what a power cut left.
    pub fn read_marked<M: DeserializeOwned>(&self) -> Result<Option<(T, Option<M>)>, Error> {
        let Some(text) = read_text(&self.path)? else {
            return Ok(None);
        };
        let Some((entry, marks)) = text.split_once('\n') else {
            return Ok(None);
        };
        let entry = serde_json::from_str(entry).map_err(self.damaged())?;
        let mut whole = marks.split_inclusive('\n').filter(|mark| mark.ends_with('\n'));
        let mark = whole.next_back().map(serde_json::from_str).transpose();
        Ok(Some((entry, mark.map_err(self.damaged())?)))
    }

    fn line(&self, value: &impl Serialize) -> Result<Vec<u8>, Error> {
        let mut line = serde_json::to_vec(value).map_err(self.damaged())?;
        line.push(b'\n');
        Ok(line)
    }

    fn damaged(&self) -> impl Fn(serde_json::Error) -> Error {
        let path = self.path.clone();
        move |source| Error::Damaged {
            path: path.clone(),
            source,
        }
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
