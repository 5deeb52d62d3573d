//! Files beneath a root, reached without following a single link.

mod change;
mod descend;
mod entry;
mod look;

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use crate::Error;

pub use entry::{Entry, FileKind};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open folder. What is done in it is done relative to the open descriptor, so nobody can put a link in between.
///
/// Open the root with [`Dir::open`], go down with [`Dir::beneath`] or [`Dir::parent_of`], then act on single names.
/// A name has no slash in it and is not `..`.
#[derive(Debug)]
pub struct Dir {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Dir {
    /// Opens a folder by its path. Links in this path are followed: it is the caller's word.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let opened = openat(CWD, path, FOLDER, Mode::empty());
        let descriptor = opened.map_err(Error::io("open the folder", path))?;
        Ok(Self {
            descriptor,
            path: path.to_path_buf(),
        })
    }

    /// Returns the path that the folder was reached by, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failed(&self, action: &'static str, name: &OsStr, error: Errno) -> Error {
        Error::io(action, self.path.join(name))(error)
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// Checks that a name is one name.
fn one(name: &OsStr) -> Result<&OsStr, Error> {
    let mut components = Path::new(name).components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(only)), None) if only == name => Ok(name),
        _ => Err(Error::Escapes { path: name.into() }),
    }
}
