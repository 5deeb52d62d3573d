//! Looking: what is in a folder, and what is in its files.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawDir, SeekFrom, fstat, openat, readlinkat, seek, statat,
};
use rustix::io::Errno;

use super::{Dir, Entry, FileKind, one};
use crate::Error;

impl Dir {
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
        let mut names: Vec<OsString> = self.again()?.list()?.into_iter().map(|(name, _)| name).collect();
        names.sort();
        Ok(names)
    }

    /// Lists the names in the folder with what they are, sorted by their bytes.
    ///
    /// Takes the folder for itself: the system counts in the descriptor how far it has been read.
    pub fn entries(&mut self) -> Result<Vec<(OsString, FileKind)>, Error> {
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
        let not_a_file = |found: FileKind| Error::NotAFile {
            path: self.path.join(name),
            found: found.words(),
        };
        let descriptor = match openat(&self.descriptor, one(name)?, flags, Mode::empty()) {
            Ok(descriptor) => descriptor,
            Err(Errno::LOOP) => return Err(not_a_file(FileKind::Link)),
            Err(Errno::NXIO) => return Err(not_a_file(FileKind::Other)),
            Err(error) => return Err(self.failed("open", name, error)),
        };
        let found = fstat(&descriptor).map_err(|error| self.failed("look at", name, error))?;
        let found = Entry::from(&found);
        match found.kind {
            FileKind::File => Ok((descriptor.into(), found)),
            other => Err(not_a_file(other)),
        }
    }

    /// Lists names with their kinds as far as the file system tells them, in the folder's own order.
    pub(crate) fn list(&mut self) -> Result<Vec<(OsString, Option<FileKind>)>, Error> {
        let failed = |error| Error::io("read the folder", &self.path)(error);
        let (mut found, mut buffer) = (Vec::new(), [MaybeUninit::uninit(); 8192]);
        seek(&self.descriptor, SeekFrom::Start(0)).map_err(failed)?;
        let mut entries = RawDir::new(&self.descriptor, &mut buffer);
        while let Some(entry) = entries.next() {
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

    pub(super) fn kind(&self, name: &OsStr) -> Result<Option<FileKind>, Error> {
        Ok(self.stat(name)?.map(|entry| entry.kind))
    }
}
