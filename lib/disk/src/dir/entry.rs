//! What an entry of a folder is, in the system's words.

use rustix::fs::{FileType, Stat};

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

impl FileKind {
    /// Returns what it is, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::File => "a regular file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Other => "a device, a socket or a pipe",
        }
    }
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
