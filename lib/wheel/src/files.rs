//! What writing into a tree has in common: folders, exact modes, exact times, errors that name the path.

use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use crate::descent::FOLDER;
use crate::error::{Error, Result};

/// The time of change of every file that comes out of a wheel: the first that a zip archive can name, 1980-01-01.
pub const MODIFIED: i64 = 315_532_800;

/// A folder that is written into.
pub(crate) struct Root {
    folder: OwnedFd,
    path: PathBuf,
    /// Whether files are created with the mode asked for.
    exact: bool,
}

impl Root {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(CWD, path, flags, Mode::empty());
        Ok(Self {
            folder: opened.map_err(|error| at(path, "", error))?,
            path: path.to_owned(),
            exact: umask_is_open(),
        })
    }

    pub(crate) fn at(&self, path: &str, error: impl Into<std::io::Error>) -> Error {
        at(&self.path, path, error)
    }

    /// Makes one folder with exactly mode 0755; one that is there stays as it is.
    pub(crate) fn make_folder(&self, path: &str) -> Result<()> {
        self.make_folder_in(self.folder.as_fd(), path, path)
    }

    /// Makes one folder in another one that is open; `path` is what errors call it.
    pub(crate) fn make_folder_in(&self, above: BorrowedFd, name: &str, path: &str) -> Result<()> {
        let mode = Mode::from_raw_mode(0o755);
        match rustix::fs::mkdirat(above, name, mode) {
            Ok(()) if self.exact => return Ok(()),
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(()),
            Err(error) => return Err(self.at(path, error)),
        }
        rustix::fs::chmodat(above, name, mode, AtFlags::empty()).map_err(|error| self.at(path, error))
    }

    /// Makes a folder, and those above it that are not there.
    pub(crate) fn make_folders(&self, path: &str) -> Result<()> {
        match self.make_folder(path) {
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                let (above, _) = path.rsplit_once('/').ok_or(Error::Io(error))?;
                self.make_folders(above)?;
                self.make_folder(path)
            }
            made => made,
        }
    }

    /// Does something in a folder; where that is not there, it is made, and the thing done again.
    pub(crate) fn in_folder<T>(&self, folder: &str, act: impl Fn() -> Result<T>) -> Result<T> {
        match act() {
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                self.make_folders(folder)?;
                act()
            }
            done => done,
        }
    }

    /// Opens a folder, to name what is in it.
    pub(crate) fn enter(&self, path: &str) -> Result<OwnedFd> {
        let path = if path.is_empty() { "." } else { path };
        rustix::fs::openat(&self.folder, path, FOLDER, Mode::empty()).map_err(|error| self.at(path, error))
    }

    /// Creates a file with exactly its mode.
    pub(crate) fn create<'a>(&'a self, path: &'a str, mode: u32) -> Result<Output<'a>> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode);
        let fault = |error| self.at(path, error);
        let opened = rustix::fs::openat(&self.folder, path, flags, mode).map_err(fault)?;
        if !self.exact {
            rustix::fs::fchmod(&opened, mode).map_err(fault)?;
        }
        Ok(Output {
            file: opened.into(),
            path,
            root: self,
        })
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

/// A file being written.
pub(crate) struct Output<'a> {
    pub(crate) file: std::fs::File,
    path: &'a str,
    root: &'a Root,
}

impl Output<'_> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| self.root.at(self.path, error))
    }

    /// Gives the file its time, if one is fixed.
    pub(crate) fn finish(self, modified: Option<i64>) -> Result<()> {
        let Some(seconds) = modified else { return Ok(()) };
        let changed = rustix::fs::futimens(&self.file, &times(seconds));
        changed.map_err(|error| self.root.at(self.path, error))
    }
}

pub(crate) fn times(seconds: i64) -> Timestamps {
    let time = Timespec {
        tv_sec: seconds,
        tv_nsec: 0,
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}

/// Does the work on each item, several at once, until one fails.
pub(crate) fn each<T: Sync>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<()> + Sync,
) -> Result<()> {
    each_with(items, threads, || (), |item, ()| work(item))
}

/// Does the work on each item, several at once, until one fails; each thread has a state of its own.
pub(crate) fn each_with<T: Sync, S>(
    items: &[T],
    threads: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&T, &mut S) -> Result<()> + Sync,
) -> Result<()> {
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let run = || {
        let mut state = state();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(item, &mut state) {
                next.store(items.len(), Ordering::Relaxed);
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
            }
        }
    };
    threads::all(threads.min(items.len()), run);
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

/// Says whether the umask takes nothing from the modes used here. Asking is cheap; setting it would concern all threads.
fn umask_is_open() -> bool {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    umask
        .and_then(|umask| u32::from_str_radix(umask.trim(), 8).ok())
        .is_some_and(|umask| umask & 0o755 == 0)
}

/// Names the path in an error of the system.
fn at(root: &Path, path: &str, error: impl Into<std::io::Error>) -> Error {
    let error = error.into();
    let path = root.join(path);
    Error::Io(std::io::Error::new(
        error.kind(),
        format!("failed to write {}: {error}", path.display()),
    ))
}
