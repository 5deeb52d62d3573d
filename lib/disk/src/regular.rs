//! Paths at which a regular file is expected.

use std::path::Path;

use rustix::fs::{FileType, Stat, lstat, stat};
use rustix::io::Errno;

use crate::{Error, FileKind};

/// Refuses a path where something is that is no regular file, and no link to one: a folder, a pipe, a link that leads
/// nowhere. That nothing is there is fine.
///
/// # Errors
/// [`Error::NotAFile`], which says what was found.
pub fn expect_file(path: &Path) -> Result<(), Error> {
    match stat(path) {
        Ok(found) => refuse_other(path, &found),
        Err(Errno::NOENT) if lstat(path).is_err() => Ok(()),
        Err(Errno::NOENT | Errno::LOOP) => Err(not_a_file(path, "a link that leads nowhere")),
        Err(error) => Err(Error::io("look at", path)(error)),
    }
}

/// The same for a file that is opened without following a link.
pub(crate) fn expect_own_file(path: &Path) -> Result<(), Error> {
    // What cannot be looked at cannot be opened either, and that is told then.
    lstat(path).map_or(Ok(()), |found| refuse_other(path, &found))
}

fn refuse_other(path: &Path, found: &Stat) -> Result<(), Error> {
    match FileKind::from(FileType::from_raw_mode(found.st_mode)) {
        FileKind::File => Ok(()),
        other => Err(not_a_file(path, other.words())),
    }
}

fn not_a_file(path: &Path, found: &'static str) -> Error {
    Error::NotAFile {
        path: path.to_path_buf(),
        found,
    }
}
