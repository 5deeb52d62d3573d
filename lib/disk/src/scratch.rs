//! Folders that are there whole or absent.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, RenameFlags, chmod, lstat, mkdir, open, rename, renameat_with};
use rustix::io::Errno;

use crate::lock::is_at;
use crate::name::{has_prefix, is_temporary, parent, prefix, unique};
use crate::{Dir, Durability, Error, remove_tree, sync_directory, sync_filesystem, unfinished};

/// How often a new name is tried when a sweeper of another process takes the folder just made.
const TRIES: usize = 16;

/// A folder in the making: `.NAME.tmp-<random>`, beside the place where it will appear as `NAME`.
///
/// It is held by a flock on the folder itself. Whoever makes a scratch for the same place removes the unlocked ones
/// that a crash left behind. Dropping it without [`Scratch::publish`] removes it.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    destination: PathBuf,
    // Held, never read: closing it releases the flock.
    _held: File,
    published: bool,
}

impl Scratch {
    /// Makes an empty folder, with exactly this mode, that will be published as `destination`.
    ///
    /// Sweeps leftovers for the same destination first.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is something at `destination` already, a dangling link included.
    pub fn beside(destination: &Path, mode: u32) -> Result<Self, Error> {
        refuse_existing(destination)?;
        Self::sweep(destination)?;
        for _ in 0..TRIES {
            let path = unique(destination, |name| mkdir(name, Mode::RWXU).map_err(Into::into))?;
            let Some(held) = hold(&path)? else { continue };
            unfinished::add(&path);
            let scratch = Self {
                path,
                destination: destination.to_path_buf(),
                _held: held,
                published: false,
            };
            chmod(&scratch.path, Mode::from_raw_mode(mode))
                .map_err(Error::io("set the mode of", &scratch.path))?;
            return Ok(scratch);
        }
        let busy = std::io::Error::from(std::io::ErrorKind::ResourceBusy);
        Err(Error::io("hold a temporary folder beside", destination)(busy))
    }

    /// Returns the folder to fill.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the place where the folder will appear.
    pub fn destination(&self) -> &Path {
        &self.destination
    }

    /// Gives the folder its final name, in one step that replaces nothing.
    ///
    /// Unless it is left [`Unsynced`](Durability::Unsynced), everything in it is on the disk before; with
    /// [`Durability::Synced`] the name is before the return.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is something at the destination by now; the folder is removed then, as after every
    /// failure.
    pub fn publish(mut self, durability: Durability) -> Result<(), Error> {
        if durability != Durability::Unsynced {
            sync_filesystem(&self.path)?;
        }
        rename_new(&self.path, &self.destination)?;
        self.published = true;
        if durability == Durability::Synced {
            sync_directory(parent(&self.destination))?;
        }
        Ok(())
    }

    /// Removes what crashed runs left beside `destination`, and returns the folders removed.
    ///
    /// Those that a living process holds stay, and so do those that cannot be removed (another user's).
    pub fn sweep(destination: &Path) -> Result<Vec<PathBuf>, Error> {
        let prefix = prefix(destination)?;
        sweep(parent(destination), |name| has_prefix(name, &prefix))
    }

    /// Removes what crashed runs left in `folder`, whatever its destination was, as [`Scratch::sweep`] does.
    pub fn sweep_folder(folder: &Path) -> Result<Vec<PathBuf>, Error> {
        sweep(folder, is_temporary)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        unfinished::remove(&self.path);
        if !self.published {
            // What cannot be removed now is swept by the next run.
            let _ = remove_tree(&self.path);
        }
    }
}

fn sweep(folder: &Path, is_leftover: impl Fn(&OsStr) -> bool) -> Result<Vec<PathBuf>, Error> {
    let names = Dir::open(folder)?.names()?;
    let leftovers = names
        .iter()
        .filter(|name| is_leftover(name))
        .map(|name| folder.join(name));
    Ok(leftovers.filter(|leftover| remove_unheld(leftover)).collect())
}

/// Renames `from` to `to`, which must not exist.
fn rename_new(from: &Path, to: &Path) -> Result<(), Error> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(Error::Exists {
            path: to.to_path_buf(),
        }),
        // Some network file systems know no flags: look first, which leaves a moment's gap.
        Err(Errno::INVAL | Errno::NOSYS) => {
            refuse_existing(to)?;
            rename(from, to).map_err(Error::io("rename a finished folder to", to))
        }
        Err(error) => Err(Error::io("rename a finished folder to", to)(error)),
    }
}

fn refuse_existing(destination: &Path) -> Result<(), Error> {
    match lstat(destination) {
        Ok(_) => Err(Error::Exists {
            path: destination.to_path_buf(),
        }),
        Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(Error::io("look at", destination)(error)),
    }
}

/// Locks a folder just made; `None` if a sweeper got hold of it first.
fn hold(path: &Path) -> Result<Option<File>, Error> {
    let file: File = match open(
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        Ok(descriptor) => descriptor.into(),
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(Error::io("open", path)(error)),
    };
    let held = file.try_lock().is_ok() && is_at(&file, path);
    Ok(held.then_some(file))
}

fn remove_unheld(leftover: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(descriptor) = open(leftover, flags, Mode::empty()) else {
        return false;
    };
    let file = File::from(descriptor);
    file.try_lock().is_ok() && remove_tree(leftover).is_ok()
}
