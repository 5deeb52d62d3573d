//! A reader for zip archives that refuses whatever two readers could understand differently.
//!
//! An [`Archive`] is opened by its central directory alone. Every byte before the directory must
//! belong to exactly one member: members neither overlap nor leave gaps. A member's own header is
//! compared with the directory when the member is read.

mod directory;
mod end;
mod header;
mod member;
mod path;
mod read;
#[cfg(test)]
mod tests;

pub use member::{Member, Method};
pub(crate) use path::check as check_path;
pub use read::{Content, WHOLE};

use std::os::unix::fs::MetadataExt as _;

use fs_err::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use rustix::fs::OFlags;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::flaw::Flaw;

/// An open archive and its members, in the order of their places in the file.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    file: fs_err::File,
    identity: Identity,
    members: Vec<Member>,
}

/// What shows that a file was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    /// Looks at an open file.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn of(file: &fs_err::File) -> Result<Self> {
        Ok(Self::from(&file.metadata()?))
    }
}

impl From<&std::fs::Metadata> for Identity {
    fn from(found: &std::fs::Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

/// Opens what should be a wheel, and tells what it is when it is opened.
///
/// # Errors
///
/// It cannot be opened, or is no regular file.
pub(crate) fn open(path: &Path) -> Result<(fs_err::File, Identity)> {
    // A pipe of that name would be waited for otherwise.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = fs_err::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(Error::bad(path, None, Flaw::NotFile));
    }
    Ok((file, Identity::from(&found)))
}

impl Archive {
    /// Opens an archive and checks its directory.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its directory has a [`Flaw`].
    pub fn open(path: &Path) -> Result<Self> {
        let (file, identity) = open(path)?;
        Self::of(file, path, identity)
    }

    /// Takes an open file as an archive; `identity` is what it was when it was opened.
    ///
    /// # Errors
    ///
    /// As [`Archive::open`].
    pub fn of(file: fs_err::File, path: &Path, identity: Identity) -> Result<Self> {
        let length = identity.size;
        let bad = |flaw| Error::bad(path, None, flaw);
        let end = end::find(&file, length)?.map_err(bad)?;
        let mut bytes = vec![0; usize::try_from(end.directory_size).map_err(|_| bad(Flaw::Directory))?];
        file.read_exact_at(&mut bytes, end.directory_offset)?;
        let members =
            directory::parse(&bytes, &end).map_err(|(name, flaw)| Error::bad(path, name.as_deref(), flaw))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            identity,
            members,
        })
    }

    /// Returns the path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the open file.
    pub fn file(&self) -> &fs_err::File {
        &self.file
    }

    /// Returns the archive's length in bytes.
    pub fn length(&self) -> u64 {
        self.identity.size
    }

    /// Makes sure that nobody wrote to the file since it was opened.
    ///
    /// # Errors
    ///
    /// Somebody did.
    pub fn check_unchanged(&self) -> Result<()> {
        if Identity::of(&self.file)? == self.identity {
            return Ok(());
        }
        Err(Error::Changed {
            wheel: self.path.clone(),
        })
    }

    /// Returns the members, by their places in the file.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Returns the member of that name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Makes an error about a member of this archive.
    pub fn bad(&self, member: &Member, flaw: Flaw) -> Error {
        Error::bad(&self.path, Some(&member.name), flaw)
    }
}

/// Reads a little-endian number out of a header; the caller has checked the length.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..at + 2)
        .map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
