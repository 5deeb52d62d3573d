//! Going down, without following a link.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

use super::{Dir, FOLDER, FileKind, one};
use crate::Error;

impl Dir {
    /// Opens the folder at a relative path of any depth; an empty path or `.` is this one.
    ///
    /// # Errors
    /// [`Error::Escapes`] if the path is absolute or has `..` in it, [`Error::LinkOnTheWay`] if it or a folder above
    /// it is a symbolic link.
    pub fn beneath(&self, relative: &Path) -> Result<Self, Error> {
        let relative = plain(relative)?;
        let path = self.path.join(&relative);
        let start = if relative.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &relative
        };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(&self.descriptor, start, FOLDER, Mode::empty(), resolve) {
            Ok(descriptor) => Ok(Self { descriptor, path }),
            // No such call, forbidden by a sandbox, a link, a race: step by step, which also finds the link to name.
            Err(Errno::NOSYS | Errno::PERM | Errno::LOOP | Errno::AGAIN | Errno::NOTDIR) => {
                self.descend(&relative)
            }
            Err(error) => Err(Error::io("open the folder", path)(error)),
        }
    }

    /// Opens the folder that holds `relative`, and returns it with the last name.
    ///
    /// # Errors
    /// As [`Dir::beneath`]; also [`Error::Escapes`] for an empty path.
    pub fn parent_of(&self, relative: &Path) -> Result<(Self, OsString), Error> {
        let relative = plain(relative)?;
        let (Some(parent), Some(name)) = (relative.parent(), relative.file_name()) else {
            return Err(Error::Escapes { path: relative });
        };
        Ok((self.beneath(parent)?, name.to_owned()))
    }

    /// Opens the folder with this name.
    ///
    /// # Errors
    /// [`Error::LinkOnTheWay`] if it is a symbolic link.
    pub fn folder(&self, name: &OsStr) -> Result<Self, Error> {
        let path = self.path.join(name);
        match openat(
            &self.descriptor,
            one(name)?,
            FOLDER | OFlags::NOFOLLOW,
            Mode::empty(),
        ) {
            Ok(descriptor) => Ok(Self { descriptor, path }),
            Err(Errno::NOTDIR | Errno::LOOP) if self.kind(name)? == Some(FileKind::Link) => {
                Err(Error::LinkOnTheWay { path })
            }
            Err(error) => Err(Error::io("open the folder", path)(error)),
        }
    }

    /// Opens the same folder once more.
    pub(super) fn again(&self) -> Result<Self, Error> {
        let reopened = openat(&self.descriptor, ".", FOLDER, Mode::empty());
        Ok(Self {
            descriptor: reopened.map_err(Error::io("open the folder", &self.path))?,
            path: self.path.clone(),
        })
    }

    /// Goes down one folder at a time, for systems without openat2.
    fn descend(&self, relative: &Path) -> Result<Self, Error> {
        let mut folder = self.again()?;
        for name in relative {
            folder = folder.folder(name)?;
        }
        Ok(folder)
    }
}

/// Checks that a path only goes down, and drops its `.` components.
fn plain(relative: &Path) -> Result<PathBuf, Error> {
    let mut path = PathBuf::new();
    for component in relative.components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            _ => {
                return Err(Error::Escapes {
                    path: relative.to_path_buf(),
                });
            }
        }
    }
    Ok(path)
}
