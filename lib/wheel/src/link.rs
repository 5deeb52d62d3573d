//! Putting what is unpacked already into an environment: by links where the file system has them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::descent::{Descent, Spot};
use crate::error::{Error, Result};
use crate::files::{MODIFIED, Root, each};
use crate::listing::{Entry, Listing, join};
use crate::place::Area;
use crate::unpack::Modes;

/// How files get from the store into an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkMode {
    /// The cheapest way that works: hard links, else reflinks, else copies.
    Auto,
    /// Hard links: one file with several names, read-only.
    Hardlink,
    /// Reflinks: files of their own that share their data until one is written to.
    Reflink,
    /// Copies.
    Copy,
}

impl LinkMode {
    fn of_number(number: u8) -> Self {
        match number {
            0 => Self::Hardlink,
            1 => Self::Reflink,
            _ => Self::Copy,
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Auto | Self::Hardlink => 0,
            Self::Reflink => 1,
            Self::Copy => 2,
        }
    }

    /// Returns its name, as in `--link-mode`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Hardlink => "hardlink",
            Self::Reflink => "reflink",
            Self::Copy => "copy",
        }
    }
}

/// An unpacked tree, and where it goes.
pub(crate) struct Tree<'a> {
    pub(crate) path: PathBuf,
    pub(crate) listing: &'a Listing,
    /// Where each folder of the listing goes, relative to the root.
    pub(crate) folders: Vec<String>,
    /// The files that are left out.
    pub(crate) skip: BTreeSet<u32>,
    /// Whether another tree may bring the same files.
    pub(crate) is_shared: bool,
    /// Whether this run has unpacked it: then nothing can have changed.
    pub(crate) is_fresh: bool,
}

impl Tree<'_> {
    /// Returns the path of something in it.
    pub(crate) fn place(&self, area: Area, path: &str) -> PathBuf {
        self.path.join(area.name()).join(path)
    }
}

/// What came of linking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Linked {
    /// How many files are copies, for want of links or by wish.
    pub(crate) copied: u64,
}

/// How many files one piece of work has, at least; a folder is never cut.
const RUN: usize = 128;

/// Puts trees below a root.
pub(crate) fn link(trees: &[Tree], root: &Root, mode: LinkMode, threads: usize) -> Result<Linked> {
    let shared = Shared {
        root,
        wanted: mode,
        mode: AtomicU8::new(mode.number()),
        copied: AtomicU64::new(0),
        owner: rustix::process::geteuid().as_raw(),
    };
    each(&tasks(trees), threads, |(tree, folders)| {
        shared.folders(tree, folders.clone())
    })?;
    Ok(Linked {
        copied: shared.copied.into_inner(),
    })
}

/// Cuts the trees into runs of folders.
fn tasks<'a>(trees: &'a [Tree<'a>]) -> Vec<(&'a Tree<'a>, std::ops::Range<usize>)> {
    let mut tasks = Vec::new();
    for tree in trees {
        let (mut start, mut files) = (0, 0);
        for (number, folder) in tree.listing.folders().iter().enumerate() {
            files += tree.listing.in_folder(folder).len() + 1;
            if files >= RUN {
                tasks.push((tree, start..number + 1));
                (start, files) = (number + 1, 0);
            }
        }
        if start < tree.listing.folders().len() {
            tasks.push((tree, start..tree.listing.folders().len()));
        }
    }
    // The long ones first.
    tasks.sort_by_key(|(_, folders)| std::cmp::Reverse(folders.len()));
    tasks
}

/// What the threads share.
struct Shared<'a> {
    root: &'a Root,
    wanted: LinkMode,
    /// The number of the way that has worked so far.
    mode: AtomicU8,
    copied: AtomicU64,
    owner: u32,
}

/// A folder of a tree whose files are put in their places.
struct Run<'a> {
    tree: &'a Tree<'a>,
    /// The number of the folder.
    folder: usize,
    spot: Spot<'a>,
}

impl Run<'_> {
    /// Returns the whole path of a file in the store.
    fn stored(&self, path: &CStr) -> PathBuf {
        let folder = &self.tree.listing.folders()[self.folder];
        self.tree
            .place(folder.area, self.tree.listing.folder_path(folder))
            .join(&*name(path))
    }
}

/// Returns the last part of a path.
fn name(path: &CStr) -> Cow<'_, str> {
    let path = path.to_bytes();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    String::from_utf8_lossy(name)
}

impl Shared<'_> {
    fn folders(&self, tree: &Tree, folders: std::ops::Range<usize>) -> Result<()> {
        let (mut descent, mut buffer) = (Descent::new(tree, self.root), Vec::new());
        for folder in folders {
            let spot = descent.enter(folder)?;
            let run = Run { tree, folder, spot };
            let numbers = tree.listing.in_folder(&tree.listing.folders()[folder]).iter();
            let numbers = numbers.filter(|number| tree.skip.is_empty() || !tree.skip.contains(number));
            let files = numbers.filter_map(|number| tree.listing.file_at(*number));
            // All of a folder are looked at, then all are put in their places: doing one thing many times is quicker.
            if !tree.is_fresh {
                for (file, name) in files.clone() {
                    self.check(&run, file, run.spot.path(name, &mut buffer))?;
                }
            }
            for (file, name) in files {
                self.file(&run, file, run.spot.path(name, &mut buffer))?;
            }
        }
        Ok(())
    }

    fn file(&self, run: &Run, file: &Entry, path: &CStr) -> Result<()> {
        let mut mode = LinkMode::of_number(self.mode.load(Ordering::Relaxed));
        loop {
            let fault = match put(&run.spot, file, path, mode) {
                Ok(()) => break,
                Err(Errno::EXIST) if run.tree.is_shared => break,
                Err(error) => error,
            };
            let next = match mode {
                // As many links as a file can have: this one file is copied.
                LinkMode::Auto | LinkMode::Hardlink if fault == Errno::MLINK => LinkMode::Copy,
                LinkMode::Auto | LinkMode::Hardlink if is_impossible(fault) => LinkMode::Reflink,
                LinkMode::Reflink if is_impossible(fault) => LinkMode::Copy,
                _ => return Err(self.fault(run, path, fault)),
            };
            if self.wanted != LinkMode::Auto && fault != Errno::MLINK {
                return Err(self.fault(run, path, fault));
            }
            if fault != Errno::MLINK {
                self.mode.fetch_max(next.number(), Ordering::Relaxed);
            }
            mode = next;
        }
        if mode == LinkMode::Copy {
            self.copied.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Compares what can be seen of a file without reading it.
    fn check(&self, run: &Run, file: &Entry, path: &CStr) -> Result<()> {
        let found = rustix::fs::statat(run.spot.from, path, AtFlags::SYMLINK_NOFOLLOW);
        let found = found.map_err(|error| damaged(&run.stored(path), &error.to_string()))?;
        match difference(&found, file, self.owner) {
            Some(why) => Err(damaged(&run.stored(path), why)),
            None => Ok(()),
        }
    }

    fn fault(&self, run: &Run, path: &CStr, fault: Errno) -> Error {
        let path = join(&run.tree.folders[run.folder], &name(path));
        if is_impossible(fault) {
            let why = format!("no {} from the store: {fault}", self.wanted.name());
            return self
                .root
                .at(&path, io::Error::new(io::Error::from(fault).kind(), why));
        }
        self.root.at(&path, fault)
    }
}

/// Puts one file in its place.
fn put(spot: &Spot, file: &Entry, path: &CStr, mode: LinkMode) -> Result<(), Errno> {
    if matches!(mode, LinkMode::Auto | LinkMode::Hardlink) {
        return rustix::fs::linkat(spot.from, path, spot.to, path, AtFlags::empty());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let source = rustix::fs::openat(spot.from, path, flags, Mode::empty())?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let wanted = Mode::from_raw_mode(Modes::WRITABLE.of(file.executable));
    let target = rustix::fs::openat(spot.to, path, flags, wanted)?;
    let filled = match mode {
        LinkMode::Reflink => rustix::fs::ioctl_ficlone(&target, &source),
        _ => copy(source, &target),
    };
    let finished = filled
        .and_then(|()| rustix::fs::fchmod(&target, wanted))
        .and_then(|()| rustix::fs::futimens(&target, &crate::files::times(MODIFIED)));
    if finished.is_err() {
        // The next way makes it anew.
        let _ = rustix::fs::unlinkat(spot.to, path, AtFlags::empty());
    }
    finished
}

fn copy(source: OwnedFd, target: &OwnedFd) -> Result<(), Errno> {
    let (mut source, target) = (std::fs::File::from(source), target.as_fd().try_clone_to_owned());
    let mut target = std::fs::File::from(target.map_err(|error| errno(&error))?);
    io::copy(&mut source, &mut target)
        .map(drop)
        .map_err(|error| errno(&error))
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// Says whether an error means that files cannot be linked in this way here at all.
fn is_impossible(error: Errno) -> bool {
    matches!(
        error,
        Errno::XDEV
            | Errno::PERM
            | Errno::OPNOTSUPP
            | Errno::NOSYS
            | Errno::MLINK
            | Errno::INVAL
            | Errno::NOTTY
    )
}

/// Says how a file in the store differs from what was put there, as far as can be seen without reading it.
pub(crate) fn difference(found: &Stat, file: &Entry, owner: u32) -> Option<&'static str> {
    let mode = Mode::from_raw_mode(Modes::READ_ONLY.of(file.executable));
    #[expect(clippy::cast_sign_loss, reason = "sizes are not negative")]
    let size = found.st_size as u64;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Some("it is no file any more");
    }
    if size != file.size {
        return Some("its size is another");
    }
    if found.st_mtime != MODIFIED {
        return Some("it was written to");
    }
    if Mode::from_raw_mode(found.st_mode) != mode {
        return Some("its mode is another");
    }
    (found.st_uid != owner).then_some("its owner is another")
}

pub(crate) fn damaged(path: &Path, why: &str) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}
