//! Files beneath a root, reached without following a single link.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, RenameFlags, ResolveFlags, Stat, Uid, chownat, fchmod, fstat,
    fsync, mkdirat, openat, openat2, readlinkat, renameat, renameat_with, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use crate::Error;

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

/// What kind of thing an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, a socket or a named pipe.
    Other,
}

/// What the system says of an entry of a folder, links not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The kind.
    pub kind: FileKind,
    /// The permission bits with setuid, setgid and sticky: `0o7777` at most.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The size in bytes.
    pub size: u64,
    /// The device that the entry is on.
    pub device: u64,
    /// The inode number on that device.
    pub inode: u64,
    /// How many names the file has.
    pub links: u64,
    /// When the content changed: seconds since 1970 and nanoseconds.
    pub modified: (i64, i64),
    /// When content or attributes changed: seconds since 1970 and nanoseconds.
    pub changed: (i64, i64),
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

    /// Looks at the entry with this name, without following it; `None` if there is none.
    pub fn stat(&self, name: &OsStr) -> Result<Option<Entry>, Error> {
        match statat(&self.descriptor, one(name)?, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Entry::from(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.failed("look at", name, error)),
        }
    }

    /// Lists the names in the folder, sorted by their bytes, without `.` and `..`.
    pub fn names(&self) -> Result<Vec<OsString>, Error> {
        let mut names: Vec<OsString> = self.list()?.into_iter().map(|(name, _)| name).collect();
        names.sort();
        Ok(names)
    }

    /// Lists the names in the folder with what they are, sorted by their bytes.
    pub fn entries(&self) -> Result<Vec<(OsString, FileKind)>, Error> {
        let mut entries = Vec::new();
        for (name, kind) in self.list()? {
            let kind = match kind {
                Some(kind) => Some(kind),
                None => self.kind(&name)?,
            };
            entries.extend(kind.map(|kind| (name, kind)));
        }
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(entries)
    }

    /// Reads the target of the symbolic link with this name.
    ///
    /// # Errors
    /// [`Error::NotALink`] if it is something else.
    pub fn read_link(&self, name: &OsStr) -> Result<PathBuf, Error> {
        match readlinkat(&self.descriptor, one(name)?, Vec::new()) {
            Ok(target) => Ok(OsString::from_vec(target.into_bytes()).into()),
            Err(Errno::INVAL) => Err(Error::NotALink {
                path: self.path.join(name),
            }),
            Err(error) => Err(self.failed("read the link", name, error)),
        }
    }

    /// Opens the regular file with this name for reading. Never waits on a pipe.
    ///
    /// # Errors
    /// [`Error::NotAFile`] if it is anything else, a symbolic link included.
    pub fn open_file(&self, name: &OsStr) -> Result<File, Error> {
        Ok(self.open_and_look(name)?.0)
    }

    /// Opens a file as [`Dir::open_file`] does, and returns what the system says of what was opened.
    pub fn open_and_look(&self, name: &OsStr) -> Result<(File, Entry), Error> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let not_a_file = || Error::NotAFile {
            path: self.path.join(name),
        };
        let descriptor = match openat(&self.descriptor, one(name)?, flags, Mode::empty()) {
            Ok(descriptor) => descriptor,
            Err(Errno::LOOP | Errno::NXIO) => return Err(not_a_file()),
            Err(error) => return Err(self.failed("open", name, error)),
        };
        let found = fstat(&descriptor).map_err(|error| self.failed("look at", name, error))?;
        let found = Entry::from(&found);
        match found.kind {
            FileKind::File => Ok((descriptor.into(), found)),
            _ => Err(not_a_file()),
        }
    }

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

    /// Lists names with their kinds as far as the file system tells them, in the folder's own order.
    pub(crate) fn list(&self) -> Result<Vec<(OsString, Option<FileKind>)>, Error> {
        let failed = |error| Error::io("read the folder", &self.path)(error);
        let mut found = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.descriptor).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                let kind = Some(entry.file_type())
                    .filter(|kind| *kind != FileType::Unknown)
                    .map(FileKind::from);
                found.push((OsStr::from_bytes(name).to_owned(), kind));
            }
        }
        Ok(found)
    }

    /// Goes down one folder at a time, for systems without openat2.
    fn descend(&self, relative: &Path) -> Result<Self, Error> {
        let reopened = openat(&self.descriptor, ".", FOLDER, Mode::empty());
        let descriptor = reopened.map_err(Error::io("open the folder", &self.path))?;
        let mut folder = Self {
            descriptor,
            path: self.path.clone(),
        };
        for name in relative {
            folder = folder.folder(name)?;
        }
        Ok(folder)
    }

    fn kind(&self, name: &OsStr) -> Result<Option<FileKind>, Error> {
        Ok(self.stat(name)?.map(|entry| entry.kind))
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

impl From<FileType> for FileKind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            _ => Self::Other,
        }
    }
}

#[expect(
    clippy::unnecessary_cast,
    reason = "the widths of these fields differ between architectures"
)]
impl From<&Stat> for Entry {
    fn from(stat: &Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode).into(),
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: stat.st_size as u64,
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            links: stat.st_nlink as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
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

/// Checks that a name is one name.
fn one(name: &OsStr) -> Result<&OsStr, Error> {
    let mut components = Path::new(name).components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(only)), None) if only == name => Ok(name),
        _ => Err(Error::Escapes { path: name.into() }),
    }
}
