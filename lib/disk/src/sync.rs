//! Making what was written survive a power cut.

use std::path::Path;

use rustix::fs::{Mode, OFlags, fsync, open, syncfs};

use crate::Error;

/// Whether a change is made durable before the call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Data, then names, are on the disk when the call returns.
    Synced,
    /// Data is on the disk before it gets its name; the name follows with a later [`sync_directory`]. Until then a
    /// power cut leaves the old file or the new one, whole.
    Contents,
    /// The system writes them when it pleases: for caches, for files that a later [`sync_filesystem`] covers, and
    /// for `--no-sync` in benchmarks.
    Unsynced,
}

/// Writes everything that waits for the file system of `dir` to the disk (syncfs).
///
/// Cheaper than one fsync a file from about 64 files on; below that prefer [`write_atomic`](crate::write_atomic)
/// with [`Durability::Synced`], because this waits for everybody's data on that file system.
pub fn sync_filesystem(dir: &Path) -> Result<(), Error> {
    let folder = open_folder(dir)?;
    syncfs(&folder).map_err(Error::io("sync the file system of", dir))
}

/// Writes the names in `dir` to the disk (fsync of the folder), after a rename, a link or an unlink in it.
pub fn sync_directory(dir: &Path) -> Result<(), Error> {
    let folder = open_folder(dir)?;
    fsync(&folder).map_err(Error::io("sync the folder", dir))
}

pub(crate) fn open_folder(dir: &Path) -> Result<std::os::fd::OwnedFd, Error> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    open(dir, flags, Mode::empty()).map_err(Error::io("open the folder", dir))
}
