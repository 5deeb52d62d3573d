//! The host: files below its root, which nobody can lead us out of, and its accounts.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use cli::Failure;
use disk::{Dir, Entry, FileKind};
use wire::Kind;

use crate::accounts::Accounts;
use crate::notes::Notes;

/// How many links may follow each other.
const LINKS: usize = 40;

/// How deep folders may lie in each other.
const DEPTH: usize = 48;

/// How much of a file is read.
const LONGEST: u64 = 1024 * 1024;

/// A host.
#[derive(Debug)]
pub(crate) struct Host {
    root: Dir,
    /// Whether it is this machine, with its processes.
    pub(crate) is_machine: bool,
    pub(crate) accounts: Accounts,
}

/// Something that a walk comes by.
pub(crate) struct Item<'a> {
    /// Where, as the host calls it.
    pub(crate) path: &'a Path,
    /// What the system says of it.
    pub(crate) entry: &'a Entry,
    folder: &'a Dir,
}

/// The owner and mode of something on the way to a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) uid: u32,
    pub(crate) mode: u32,
    is_link: bool,
}

/// What lies on the way to a path, links followed below the root.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// The path without links; nothing if it leads nowhere.
    pub(crate) real: Option<PathBuf>,
    /// Where the way ends, or breaks off.
    pub(crate) end: PathBuf,
    /// Everything on the way, with what decides who can change it.
    pub(crate) steps: Vec<(PathBuf, Step)>,
}

impl Host {
    /// Opens a host by its root.
    pub(crate) fn open(root: &Path, notes: &mut Notes) -> Result<Self, Failure> {
        let opened = Dir::open(root).map_err(|error| match error.is_not_found() {
            true => Failure::new(Kind::NotFound, "there is no such root").file(root.display().to_string()),
            false => error.into(),
        })?;
        let mut host = Self {
            root: opened,
            is_machine: root == Path::new("/"),
            accounts: Accounts::default(),
        };
        let mut text = |path| host.text(Path::new(path), notes).unwrap_or_default();
        let (passwd, group) = (text("/etc/passwd"), text("/etc/group"));
        host.accounts = Accounts::parse(&passwd, &group);
        Ok(host)
    }

    /// Reads a regular file as text, links followed below the root; nothing if there is none.
    pub(crate) fn text(&self, path: &Path, notes: &mut Notes) -> Option<String> {
        let real = self.trail(path).real?;
        let bytes = self.folder(real.parent()?).and_then(|folder| {
            let name = real.file_name().unwrap_or(OsStr::new("."));
            read(&folder, name)
        });
        match bytes {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(disk::Error::NotAFile { .. }) => None,
            Err(error) => {
                notes.unread(path.display().to_string(), why(&error));
                None
            }
        }
    }

    /// Says whether a path leads to something.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.trail(path).real.is_some()
    }

    /// Returns owner and mode of what a path leads to.
    pub(crate) fn step(&self, path: &Path) -> Option<Step> {
        let trail = self.trail(path);
        trail.real?;
        trail.steps.last().map(|(_, step)| *step)
    }

    /// Returns the paths of what is in a folder, sorted.
    pub(crate) fn list(&self, path: &Path, notes: &mut Notes) -> Vec<PathBuf> {
        let Some(real) = self.trail(path).real else {
            return Vec::new();
        };
        match self.folder(&real).and_then(|folder| folder.names()) {
            Ok(names) => names.into_iter().map(|name| path.join(name)).collect(),
            Err(disk::Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotADirectory => {
                Vec::new()
            }
            Err(error) => {
                notes.unread(path.display().to_string(), why(&error));
                Vec::new()
            }
        }
    }

    /// Walks a folder and all below it, no link followed; `visit` says whether to go into a folder.
    pub(crate) fn walk(
        &self,
        path: &Path,
        notes: &mut Notes,
        visit: &mut dyn FnMut(&Item<'_>, &mut Notes) -> bool,
    ) {
        let Some(real) = self.trail(path).real else { return };
        match self.folder(&real) {
            Ok(folder) => descend(&folder, &real, DEPTH, notes, visit),
            Err(error) => notes.unread(path.display().to_string(), why(&error)),
        }
    }

    /// Follows a path from the root, link by link, and never out of it.
    pub(crate) fn trail(&self, path: &Path) -> Trail {
        let mut trail = Trail::default();
        let mut rest: Vec<PathBuf> = names(path);
        let mut links = LINKS;
        let mut at = PathBuf::from("/");
        while let Some(name) = rest.pop() {
            if name == Path::new("..") {
                at.pop();
                continue;
            }
            let next = at.join(&name);
            let Some(step) = self.look(&next) else {
                trail.end = next;
                return trail;
            };
            trail.steps.push((next.clone(), step));
            if !step.is_link {
                at = next;
                continue;
            }
            links -= 1;
            let Some(target) = fs_err::read_link(self.outside(&next)).ok().filter(|_| links > 0) else {
                trail.end = next;
                return trail;
            };
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            rest.extend(names(&target));
        }
        trail.end.clone_from(&at);
        trail.real = Some(at);
        trail
    }

    /// Says who has a place.
    pub(crate) fn owned(&self, place: &Path, step: Step) -> String {
        let owner = self.accounts.name(step.uid);
        format!(
            "{} has mode {:04o} and belongs to {owner}",
            place.display(),
            step.mode
        )
    }

    /// Opens a folder by a path without links.
    fn folder(&self, real: &Path) -> Result<Dir, disk::Error> {
        self.root.beneath(real.strip_prefix("/").unwrap_or(real))
    }

    fn look(&self, path: &Path) -> Option<Step> {
        let found = fs_err::symlink_metadata(self.outside(path)).ok()?;
        Some(Step {
            uid: found.uid(),
            mode: found.mode() & 0o7777,
            is_link: found.file_type().is_symlink(),
        })
    }

    /// Returns what we call a path that the host calls `path`.
    fn outside(&self, path: &Path) -> PathBuf {
        self.root.path().join(path.strip_prefix("/").unwrap_or(path))
    }
}

impl Trail {
    /// Returns the first thing on the way that another user than root can replace or change.
    pub(crate) fn unprivileged(&self) -> Option<(&Path, Step)> {
        let mut sticky = false;
        for (path, step) in &self.steps {
            let owned = step.uid != 0;
            // A link's own mode says nothing; in a sticky folder only owners replace what is there.
            let open = !step.is_link && step.mode & 0o002 != 0 && step.mode & 0o1000 == 0;
            if owned || open {
                return Some((path, *step));
            }
            sticky = step.mode & 0o1002 == 0o1002;
        }
        let last = self.steps.last().filter(|_| sticky && self.real.is_none());
        last.map(|(path, step)| (path.as_path(), *step))
    }
}

impl Item<'_> {
    /// Reads the item, a file.
    pub(crate) fn read(&self, notes: &mut Notes) -> Option<Vec<u8>> {
        let name = self.path.file_name()?;
        match read(self.folder, name) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                notes.unread(self.path.display().to_string(), why(&error));
                None
            }
        }
    }

    /// Reads where the item, a link, leads.
    pub(crate) fn target(&self) -> Option<PathBuf> {
        self.folder.read_link(self.path.file_name()?).ok()
    }
}

fn read(folder: &Dir, name: &OsStr) -> Result<Vec<u8>, disk::Error> {
    let mut bytes = Vec::new();
    let file = folder.open_file(name)?;
    // What cannot be read is as good as empty; what cannot be opened has been said.
    _ = file.take(LONGEST).read_to_end(&mut bytes);
    Ok(bytes)
}

fn descend(
    folder: &Dir,
    path: &Path,
    depth: usize,
    notes: &mut Notes,
    visit: &mut dyn FnMut(&Item<'_>, &mut Notes) -> bool,
) {
    let names = match folder.names() {
        Ok(names) if depth > 0 => names,
        Ok(_) => return notes.unread(path.display().to_string(), "too many folders in each other"),
        Err(error) => return notes.unread(path.display().to_string(), why(&error)),
    };
    for name in names {
        let path = path.join(&name);
        let Ok(Some(entry)) = folder.stat(&name) else {
            continue;
        };
        let item = Item {
            path: &path,
            entry: &entry,
            folder,
        };
        if visit(&item, notes) && entry.kind == FileKind::Folder {
            match folder.folder(&name) {
                Ok(below) => descend(&below, &path, depth - 1, notes, visit),
                Err(error) => notes.unread(path.display().to_string(), why(&error)),
            }
        }
    }
}

/// Returns the names of a path, the last one first.
fn names(path: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .map(|part| part.as_os_str().into())
        .collect();
    names.reverse();
    names
}

/// Returns what the system said.
fn why(error: &disk::Error) -> String {
    match error {
        disk::Error::Io { source, .. } => source.to_string(),
        error => error.to_string(),
    }
}
