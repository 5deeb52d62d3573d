//! Looking at the root: what stands under a path, without following a link or opening what
//! is no file.

use crate::{place::Place, root::crontab, state::seen::Beside, tree::entry, tree::hash};
use cli::Failure;
use disk::{Dir, FileKind};
use etc::TreePath;
use rustix::fs::{AtFlags, FileType, StatxFlags, fstat, statat, statx};
use std::{collections::BTreeMap, ffi::OsStr, fs::File, io, os::unix::ffi::OsStrExt, path::Path};
use wire::{
    Fault, Kind,
    etc::{Entry, Mode},
};

/// What stands under a path, and what a person should know of it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// What it is.
    pub(crate) entry: Entry,
    /// Why it cannot be replaced.
    pub(crate) blocked: Option<String>,
    /// How many names the file has.
    pub(crate) names: u64,
}

impl Found {
    /// Makes what stands under a path of an entry with nothing odd about it.
    pub(crate) fn new(entry: Entry) -> Self {
        Self {
            entry,
            blocked: None,
            names: 1,
        }
    }
}

/// Looks at many paths, in any order; paths in one folder after another are cheapest.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    place: &'a Place,
    seen: Option<&'a Beside<'a>>,
    /// The folder that was opened last, with its path; an empty one is the root's.
    last: Option<(Vec<u8>, Folder)>,
    reader: hash::Reader,
}

/// The folder that a path is in.
#[derive(Debug)]
enum Folder {
    /// It is open.
    Open(Dir),
    /// It is not, and this is what then stands under every path in it.
    Closed(Found),
}

/// What stands under a path, a file not yet read.
#[derive(Debug)]
pub(crate) enum Under {
    /// A file, open.
    Open(File, disk::Entry),
    /// A file.
    File(disk::Entry),
    /// Anything else.
    Other(Found),
}

impl<'a> Look<'a> {
    /// Reads every file.
    pub(crate) fn new(place: &'a Place) -> Self {
        Self {
            place,
            seen: None,
            last: None,
            reader: hash::Reader::default(),
        }
    }

    /// Reads only files that have changed since they were seen.
    pub(crate) fn remembering(place: &'a Place, seen: &'a Beside<'a>) -> Self {
        Self {
            seen: Some(seen),
            ..Self::new(place)
        }
    }

    /// Looks at a path.
    pub(crate) fn at(&mut self, path: &TreePath) -> Result<Found, Failure> {
        let remembered = |seen: &Beside<'_>, stat| seen.digest(stat);
        match self.under(path, false)? {
            Under::Other(found) => Ok(found),
            Under::File(stat) => match self.seen.and_then(|seen| remembered(seen, &stat)) {
                Some(digest) => Ok(self.file(&stat, &digest, stat.size)),
                None => self.read(path),
            },
            Under::Open(..) => self.read(path),
        }
    }

    /// Looks at a path without reading what is there. A file is opened at once if it is `expected`:
    /// that saves the look before; nothing waits, should it be a pipe after all.
    pub(crate) fn under(&mut self, path: &TreePath, expected: bool) -> Result<Under, Failure> {
        let place = self.place;
        if let Some(user) = crontab::user(path).filter(|_| crontab::are_applied(place)) {
            return Ok(Under::Other(Found::new(crontab::entry(&user))));
        }
        let name = OsStr::from_bytes(path.name());
        match self.folder(path.folder())? {
            Folder::Closed(found) => Ok(Under::Other(found.clone())),
            Folder::Open(folder) if expected && let Ok((file, stat)) = folder.open_and_look(name) => {
                Ok(Under::Open(file, stat))
            }
            Folder::Open(folder) => or_unreadable(entry_in(place, folder, name)),
        }
    }

    /// Opens a file that was seen under a path; `Err` is what stands there instead.
    pub(crate) fn open(&mut self, path: &TreePath) -> Result<Result<(File, disk::Entry), Found>, Failure> {
        match self.folder(path.folder())? {
            Folder::Closed(found) => Ok(Err(found.clone())),
            Folder::Open(folder) => match folder.open_and_look(OsStr::from_bytes(path.name())) {
                Err(error) if error.kind() == Kind::NoAccess => Ok(Err(Found::new(unreadable(&error)))),
                opened => Ok(Ok(opened?)),
            },
        }
    }

    /// Returns the mode of a path's folder, if that was opened last.
    pub(crate) fn mode_around(&self, path: &TreePath) -> Option<u32> {
        match &self.last {
            Some((last, Folder::Open(folder))) if last == path.folder() => {
                Some(fstat(folder).ok()?.st_mode & 0o7777)
            }
            _ => None,
        }
    }

    /// Describes a file.
    pub(crate) fn file(&self, stat: &disk::Entry, digest: &[u8; 32], size: u64) -> Found {
        let entry = Entry::File {
            digest: hash::named(digest),
            size: Some(size),
            mode: Mode(stat.mode),
            uid: self.place.owner(stat.uid),
            gid: self.place.owner(stat.gid),
        };
        Found {
            names: stat.links,
            ..Found::new(entry)
        }
    }

    /// Describes a file by what one open descriptor says of it.
    fn read(&mut self, path: &TreePath) -> Result<Found, Failure> {
        let (mut file, stat) = match self.open(path)? {
            Ok(opened) => opened,
            Err(found) => return Ok(found),
        };
        let (digest, size) = self.reader.read(&mut file, stat.size, |_| Ok(()))?;
        if let Some(seen) = self.seen {
            seen.remember(&stat, &digest);
        }
        Ok(self.file(&stat, &digest, size))
    }

    /// Returns the folder that was opened last, or opens another one.
    fn folder(&mut self, path: &[u8]) -> Result<&Folder, Failure> {
        let last = self.last.take().filter(|(last, _)| last == path);
        let last = match last {
            Some(last) => last,
            None => (path.to_owned(), open_folder(self.place, path)?),
        };
        Ok(&self.last.insert(last).1)
    }
}

fn open_folder(place: &Place, path: &[u8]) -> Result<Folder, Failure> {
    match place.root.beneath(Path::new(OsStr::from_bytes(path))) {
        Ok(folder) => Ok(Folder::Open(folder)),
        Err(error) if is_absent(&error) => Ok(Folder::Closed(Found::new(Entry::Absent))),
        Err(error @ disk::Error::LinkOnTheWay { .. }) => {
            let why = format!(
                "{} is a symbolic link, and links on the way are not followed",
                error.path().display()
            );
            Ok(Folder::Closed(Found {
                blocked: Some(why),
                ..Found::new(Entry::Absent)
            }))
        }
        Err(error) if error.kind() == Kind::NoAccess => Ok(Folder::Closed(Found::new(unreadable(&error)))),
        Err(error) => Err(error.into()),
    }
}

/// Looks at a name in a folder.
fn entry_in(place: &Place, folder: &Dir, name: &OsStr) -> Result<Under, Failure> {
    let Some(stat) = folder.stat(name)? else {
        return Ok(Under::Other(Found::new(Entry::Absent)));
    };
    let entry = match stat.kind {
        FileKind::Link => entry::link(folder.read_link(name)?.as_os_str().as_bytes()),
        FileKind::Folder => place.folder(stat.mode, stat.uid, stat.gid),
        FileKind::Other => Entry::Special {
            what: special(folder, name).to_owned(),
        },
        FileKind::File => return Ok(Under::File(stat)),
    };
    Ok(Under::Other(Found::new(entry)))
}

/// Takes what may not be looked at for what it is: unknown.
fn or_unreadable(found: Result<Under, Failure>) -> Result<Under, Failure> {
    match found {
        Err(error) if error.kind() == Some(Kind::NoAccess) => Ok(Under::Other(Found::new(Entry::Unknown {
            why: error.message().to_owned(),
        }))),
        found => found,
    }
}

/// Looks at many paths.
pub(crate) fn all<'a>(
    place: &Place,
    seen: &Beside<'_>,
    paths: impl Iterator<Item = &'a TreePath>,
) -> Result<BTreeMap<TreePath, Found>, Failure> {
    let mut look = Look::remembering(place, seen);
    paths.map(|path| Ok((path.clone(), look.at(path)?))).collect()
}

fn special(folder: &Dir, name: &OsStr) -> &'static str {
    let kind =
        statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileType::from_raw_mode(stat.st_mode));
    match kind {
        Ok(FileType::Fifo) => "named pipe",
        Ok(FileType::Socket) => "socket",
        _ => "device",
    }
}

fn unreadable(error: &disk::Error) -> Entry {
    Entry::Unknown {
        why: error.to_string(),
    }
}

/// Says that a folder is not there: nothing, or something else.
pub(crate) fn is_absent(error: &disk::Error) -> bool {
    match error {
        disk::Error::Io { source, .. } => {
            matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            )
        }
        _ => false,
    }
}

/// Returns what a rename cannot leave: the mount, and the device that is mounted.
pub(crate) fn mount_of(folder: &Dir) -> Result<(u64, u32, u32), Failure> {
    let found = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).map_err(io::Error::from)?;
    Ok((found.stx_mnt_id, found.stx_dev_major, found.stx_dev_minor))
}
