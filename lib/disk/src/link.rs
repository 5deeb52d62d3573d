//! Symbolic links that are switched in one step.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, rename, renameat_with, symlink, unlink};
use rustix::io::Errno;

use crate::name::{has_prefix, parent, prefix, unique};
use crate::{Dir, Durability, Error, FileKind, sync_directory};

/// Reads where the symbolic link at `link` points; `None` if nothing is there.
///
/// # Errors
/// [`Error::NotALink`] if something else is there.
pub fn read_link(link: &Path) -> Result<Option<PathBuf>, Error> {
    match rustix::fs::readlink(link, Vec::new()) {
        Ok(target) => Ok(Some(std::ffi::OsString::from_vec(target.into_bytes()).into())),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::INVAL) => Err(Error::NotALink {
            path: link.to_path_buf(),
        }),
        Err(error) => Err(Error::io("read the link", link)(error)),
    }
}

/// Points the symbolic link at `link` to `to`, in one step: a reader sees the old target or the new one.
///
/// `expected` is where the caller saw it point, letter by letter, or `None` if it saw nothing there. A new link is made
/// under a unique name and renamed over the old one; then the folder is synced, if so wished, and the link read back.
/// The caller holds a lock: between the look and the rename there is no other protection.
///
/// # Errors
/// [`Error::LinkMoved`] if it points elsewhere by now, [`Error::NotALink`] if it is a folder or a file.
pub fn relink(link: &Path, expected: Option<&Path>, to: &Path, durability: Durability) -> Result<(), Error> {
    check(link, expected)?;
    let temporary = unique(link, |name| symlink(to, name).map_err(Into::into))?;
    let renamed = match expected {
        Some(_) => rename(&temporary, link),
        // NOREPLACE also protects a folder that appeared a moment ago.
        None => renameat_with(CWD, &temporary, CWD, link, RenameFlags::NOREPLACE),
    };
    if let Err(error) = renamed {
        // The failed rename is the error to tell; a link left behind is swept later.
        let _ = unlink(&temporary);
        return Err(Error::io("rename a temporary link to", link)(error));
    }
    if durability == Durability::Synced {
        sync_directory(parent(link))?;
    }
    check(link, Some(to))
}

/// Removes the temporary links that a crash in [`relink`] left beside `link`, and returns how many there were.
///
/// The caller holds the lock under which `link` is changed.
pub fn sweep_links(link: &Path) -> Result<usize, Error> {
    let folder = Dir::open(parent(link))?;
    let prefix = prefix(link)?;
    let ours = |name: &OsStr| -> Result<bool, Error> {
        let entry = folder.stat(name)?;
        Ok(entry.is_some_and(|entry| entry.kind == FileKind::Link))
    };
    let mut swept = 0;
    for name in folder.names()?.iter().filter(|name| has_prefix(name, &prefix)) {
        if ours(name)? {
            folder.unlink(name)?;
            swept += 1;
        }
    }
    Ok(swept)
}

fn check(link: &Path, expected: Option<&Path>) -> Result<(), Error> {
    let found = read_link(link)?;
    if found.as_deref() == expected {
        return Ok(());
    }
    Err(Error::LinkMoved {
        path: link.to_path_buf(),
        expected: expected.map(Path::to_path_buf),
        found,
    })
}
