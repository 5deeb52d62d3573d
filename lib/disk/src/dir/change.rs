//! Changing: what is made, renamed, given away and removed in a folder.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, chownat, fchmod, fsync, mkdirat, openat, renameat,
    renameat_with, symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::{Dir, one};
use crate::Error;

impl Dir {
    /// Creates a file for writing, with exactly this mode. The name must be free.
    pub fn create_file(&self, name: &OsStr, mode: u32) -> Result<File, Error> {
        let file = self.create_private(name)?;
        fchmod(&file, Mode::from_raw_mode(mode))
            .map_err(|error| self.failed("set the mode of", name, error))?;
        Ok(file)
    }

    /// Creates a file for writing that its owner alone may read. The name must be free.
    ///
    /// One call less than [`Dir::create_file`], for many files whose modes are set when they are complete.
    pub fn create_private(&self, name: &OsStr) -> Result<File, Error> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = openat(&self.descriptor, one(name)?, flags, Mode::RUSR | Mode::WUSR);
        opened
            .map(File::from)
            .map_err(|error| self.failed("create", name, error))
    }

    /// Creates a folder, with exactly this mode. The name must be free.
    pub fn create_folder(&self, name: &OsStr, mode: u32) -> Result<Self, Error> {
        let made = mkdirat(&self.descriptor, one(name)?, Mode::RWXU);
        made.map_err(|error| self.failed("create the folder", name, error))?;
        let folder = self.folder(name)?;
        let moded = fchmod(&folder.descriptor, Mode::from_raw_mode(mode));
        moded.map_err(|error| self.failed("set the mode of", name, error))?;
        Ok(folder)
    }

    /// Creates a symbolic link with this target, which is not looked at. The name must be free.
    pub fn create_link(&self, name: &OsStr, target: &Path) -> Result<(), Error> {
        let made = symlinkat(target, &self.descriptor, one(name)?);
        made.map_err(|error| self.failed("create the link", name, error))
    }

    /// Renames an entry to `to` in another (or the same) folder, replacing what is there in one step.
    pub fn rename(&self, name: &OsStr, folder: &Self, to: &OsStr) -> Result<(), Error> {
        let renamed = renameat(&self.descriptor, one(name)?, &folder.descriptor, one(to)?);
        renamed.map_err(|error| folder.failed("rename to", to, error))
    }

    /// Renames an entry to `to` in another (or the same) folder, where the name must be free.
    ///
    /// # Errors
    /// [`Error::Exists`] if it is not.
    pub fn rename_new(&self, name: &OsStr, folder: &Self, to: &OsStr) -> Result<(), Error> {
        let (from, target) = (one(name)?, one(to)?);
        match renameat_with(
            &self.descriptor,
            from,
            &folder.descriptor,
            target,
            RenameFlags::NOREPLACE,
        ) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(Error::Exists {
                path: folder.path.join(to),
            }),
            Err(error) => Err(folder.failed("rename to", to, error)),
        }
    }

    /// Sets the permission bits of a file or folder, never through a link.
    pub fn set_mode(&self, name: &OsStr, mode: u32) -> Result<(), Error> {
        let failed = |error| self.failed("set the mode of", name, error);
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = openat(&self.descriptor, one(name)?, flags, Mode::empty()).map_err(failed)?;
        // fchmod refuses an O_PATH descriptor, and a descriptor for reading may not be had; /proc bridges it, and
        // for a symbolic link gives "not supported" instead of following.
        let bridge = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&descriptor));
        rustix::fs::chmod(&bridge, Mode::from_raw_mode(mode)).map_err(failed)
    }

    /// Sets owner and group of an entry, a symbolic link itself included; `None` leaves one as it is.
    pub fn set_owner(&self, name: &OsStr, uid: Option<u32>, gid: Option<u32>) -> Result<(), Error> {
        let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
        let owned = chownat(&self.descriptor, one(name)?, uid, gid, AtFlags::SYMLINK_NOFOLLOW);
        owned.map_err(|error| self.failed("set the owner of", name, error))
    }

    /// Removes a file or link.
    pub fn unlink(&self, name: &OsStr) -> Result<(), Error> {
        let removed = unlinkat(&self.descriptor, one(name)?, AtFlags::empty());
        removed.map_err(|error| self.failed("remove", name, error))
    }

    /// Removes an empty folder.
    pub fn remove_folder(&self, name: &OsStr) -> Result<(), Error> {
        let removed = unlinkat(&self.descriptor, one(name)?, AtFlags::REMOVEDIR);
        removed.map_err(|error| self.failed("remove the folder", name, error))
    }

    /// Writes the folder's names to the disk (fsync).
    pub fn sync(&self) -> Result<(), Error> {
        fsync(&self.descriptor).map_err(Error::io("sync the folder", &self.path))
    }
}
