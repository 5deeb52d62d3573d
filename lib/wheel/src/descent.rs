//! Going down a tree and its copy together, each folder opened from the one above.
//!
//! Looking up a long path costs as much as linking a file, and there are thousands of folders.

use std::ffi::{CStr, OsStr};
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};

use crate::error::{Error, Result};
use crate::files::Root;
use crate::link::{Tree, damaged};
use crate::listing::{Folder, Listing};
use crate::place::Area;

/// What a folder is opened for: to name what is in it.
pub(crate) const FOLDER: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// How much a folder has in it, at least, that is opened; what is in others is named from the folder above.
const WORTH_OPENING: usize = 8;

/// A way down a tree, and down what it becomes.
pub(crate) struct Descent<'a> {
    tree: &'a Tree<'a>,
    root: &'a Root,
    /// The open folders, each below the one before.
    open: Vec<Opened<'a>>,
}

/// A folder of a tree, and the one that it becomes, both open.
struct Opened<'a> {
    area: Area,
    path: &'a str,
    from: OwnedFd,
    to: OwnedFd,
}

/// Where the files of a folder are and go: at one path, seen from two open folders.
pub(crate) struct Spot<'a> {
    pub(crate) from: BorrowedFd<'a>,
    pub(crate) to: BorrowedFd<'a>,
    folder: &'a str,
}

impl Spot<'_> {
    /// Returns the path of a file, as both open folders see it; `buffer` is for one that has to be put together.
    pub(crate) fn path<'n>(&self, name: &'n CStr, buffer: &'n mut Vec<u8>) -> &'n CStr {
        if self.folder.is_empty() {
            return name;
        }
        buffer.clear();
        buffer.extend_from_slice(self.folder.as_bytes());
        buffer.push(b'/');
        buffer.extend_from_slice(name.to_bytes_with_nul());
        // Paths in listings have no NUL in them.
        CStr::from_bytes_with_nul(buffer).unwrap_or_default()
    }
}

impl<'a> Descent<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>, root: &'a Root) -> Self {
        let open = Vec::new();
        Self { tree, root, open }
    }

    /// Makes the folder of that number below the root, with those above it, and goes there.
    pub(crate) fn enter(&mut self, number: usize) -> Result<Spot<'_>> {
        let listing = self.tree.listing;
        let folder = &listing.folders()[number];
        let (path, to_path) = (listing.folder_path(folder), &self.tree.folders[number]);
        while self
            .open
            .last()
            .is_some_and(|above| !above.has(folder.area, path))
        {
            self.open.pop();
        }
        if self.open.is_empty() {
            let opened = self.open_area(folder.area, to_path.strip_suffix(path).unwrap_or(to_path))?;
            self.open.push(opened);
        }
        let rest = match self.open.last() {
            Some(above) if above.path != path => self.make(above, path, to_path)?,
            _ => "",
        };
        let is_opened = is_worth_opening(listing, number);
        if !rest.is_empty() && is_opened {
            let opened = self.open_folder(folder, path, rest, to_path)?;
            self.open.push(opened);
        }
        let above = self
            .open
            .last()
            .map(|above| (above.from.as_fd(), above.to.as_fd()));
        let (from, to) = above.unwrap_or((CWD, self.root.as_fd()));
        let folder = if is_opened { "" } else { rest };
        Ok(Spot { from, to, folder })
    }

    fn open_area(&self, area: Area, to_path: &str) -> Result<Opened<'a>> {
        let to_path = to_path.trim_end_matches('/');
        Ok(Opened {
            area,
            path: "",
            from: open(CWD, self.tree.path.join(area.name()).as_os_str(), || {
                self.tree.place(area, "")
            })?,
            to: self.root.in_folder(to_path, || self.root.enter(to_path))?,
        })
    }

    /// Makes a folder, and returns its path as seen from an open one above.
    fn make(&self, above: &Opened, path: &'a str, to_path: &str) -> Result<&'a str> {
        let rest = path[above.path.len()..].trim_start_matches('/');
        match self.root.make_folder_in(above.to.as_fd(), rest, to_path) {
            // The folders between belong to another thread, which is yet to come to them.
            Err(Error::Io(error)) if error.kind() == ErrorKind::NotFound => {
                self.root.make_folders(to_path)?;
            }
            made => made?,
        }
        Ok(rest)
    }

    fn open_folder(&self, folder: &Folder, path: &'a str, rest: &str, to_path: &str) -> Result<Opened<'a>> {
        let above = self
            .open
            .last()
            .map(|above| (above.from.as_fd(), above.to.as_fd()));
        let (from, to) = above.unwrap_or((CWD, self.root.as_fd()));
        let to = rustix::fs::openat(to, rest, FOLDER, Mode::empty());
        Ok(Opened {
            area: folder.area,
            path,
            from: open(from, OsStr::new(rest), || self.tree.place(folder.area, path))?,
            to: to.map_err(|error| self.root.at(to_path, error))?,
        })
    }
}

impl Opened<'_> {
    /// Says whether it is a folder or above it.
    fn has(&self, area: Area, path: &str) -> bool {
        let below = path.strip_prefix(self.path);
        let is_below =
            below.is_some_and(|rest| self.path.is_empty() || rest.is_empty() || rest.starts_with('/'));
        self.area == area && is_below
    }
}

fn is_worth_opening(listing: &Listing, number: usize) -> bool {
    let Some((folder, after)) = listing.folders()[number..].split_first() else {
        return false;
    };
    let path = listing.folder_path(folder);
    let is_below = |one: &&Folder| {
        let below = listing.folder_path(one).strip_prefix(path);
        one.area == folder.area && below.is_some_and(|rest| rest.starts_with('/'))
    };
    let folders = after.iter().take(WORTH_OPENING).take_while(is_below).count();
    listing.in_folder(folder).len() + folders >= WORTH_OPENING
}

/// Opens a folder of the store.
fn open(above: BorrowedFd, path: &OsStr, shown: impl Fn() -> PathBuf) -> Result<OwnedFd> {
    let opened = rustix::fs::openat(above, Path::new(path), FOLDER, Mode::empty());
    opened.map_err(|error| damaged(&shown(), &error.to_string()))
}
