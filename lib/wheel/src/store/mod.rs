//! The store: wheels unpacked once, by the sha256 of the wheel, and their bytecode beside them.
//!
//! ```text
//! STORE/1/SHA256/manifest          what the wheel says of itself, and its files
//! STORE/1/SHA256/tree/AREA/PATH    the files, read-only, all of one time
//! STORE/1/SHA256/KEY/manifest      the bytecode of one interpreter, KEY, in the same form
//! STORE/1/SHA256/KEY/tree/AREA/PATH
//! STORE/1/.fill.tmp-RANDOM/        what a running installation unpacks
//! ```
//!
//! An entry appears whole, by a rename. Its files are compared with RECORD when they are unpacked; later, what can be
//! seen without reading them is compared with the manifest each time they are used.

mod check;
mod fill;
mod manifest;

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use disk::{Lock, Scratch};
use pyspec::hash::Hash;

use crate::error::{Error, Result};
use crate::pyc::Compiled;
use crate::wheel::{Origin, Wheel};

pub use check::{Damage, Entry, Verified};
pub use fill::Fill;

/// The form of the store; another form gets another folder.
const FORM: &str = "1";
/// What running installations call the folder that they fill.
const FILL: &str = "fill";
/// How long an installation waits while the store is pruned.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store of a user's, in use: it is not pruned meanwhile.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    entries: PathBuf,
    /// The hashes of the entries that were there when the store was opened: a lock names many files that are not.
    known: HashSet<String>,
    _lock: Lock,
}

impl Store {
    /// Opens the store at a path, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// It cannot be made, is somebody else's, or others may write to it.
    pub fn open(path: &Path) -> Result<Self> {
        make(path)?;
        Self::locked(path, Lock::shared_folder(path, PATIENCE)?)
    }

    /// Opens a store to remove what nobody uses.
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; an installation is running.
    pub fn open_alone(path: &Path) -> Result<Self> {
        make(path)?;
        Self::locked(path, Lock::exclusive_folder(path)?)
    }

    fn locked(path: &Path, lock: Lock) -> Result<Self> {
        trust(path)?;
        let entries = path.join(FORM);
        make(&entries)?;
        trust(&entries)?;
        Ok(Self {
            path: path.to_owned(),
            known: names(&entries)?.into_iter().collect(),
            entries,
            _lock: lock,
        })
    }

    /// Returns the path of the store.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks for a wheel by the sha256 of its file; `path` is where the file is.
    ///
    /// It is found only if it was stored from a file of the same name: other names mean other tags.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if its entry is.
    pub fn find(&self, hash: &Hash, path: &Path) -> Result<Option<Wheel>> {
        if !self.known.contains(&hash.hex) {
            return Ok(None);
        }
        let entry = self.entry(hash);
        let Some(text) = manifest::read(&entry)? else {
            return Ok(None);
        };
        let damaged = || crate::link::damaged(&entry.join(manifest::NAME), "it is no manifest");
        let (file_name, facts, listing) = manifest::parse_wheel(text).ok_or_else(damaged)?;
        if path.file_name().is_none_or(|name| name != file_name.as_str()) {
            return Ok(None);
        }
        let name = file_name.parse().map_err(|_| damaged())?;
        let tree = entry.join(manifest::TREE);
        let scripts = check::scripts(&tree, &listing)?;
        let origin = Origin::Tree(tree);
        Ok(Some(Wheel::new(
            path.to_owned(),
            name,
            (facts, listing),
            scripts,
            origin,
        )))
    }

    /// Looks for the bytecode that an interpreter, known by a key, made of a wheel; returns it and its tree.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if it is.
    pub fn bytecode(&self, hash: &Hash, key: &str) -> Result<Option<(Compiled, PathBuf)>> {
        let folder = self.entry(hash).join(key);
        let Some(text) = manifest::read(&folder)? else {
            return Ok(None);
        };
        let listing = manifest::parse_bytecode(text);
        let damaged = || crate::link::damaged(&folder.join(manifest::NAME), "it is no manifest");
        let listing = listing.ok_or_else(damaged)?;
        Ok(Some((Compiled { listing }, folder.join(manifest::TREE))))
    }

    /// Begins to put something into the store.
    ///
    /// # Errors
    ///
    /// It cannot be written to.
    pub fn fill(&self) -> Result<Fill<'_>> {
        Fill::begin(self)
    }

    /// Removes the entry that a damaged path belongs to; `false` if it belongs to none.
    pub fn discard(&self, damaged: &Path) -> bool {
        let inside = damaged.strip_prefix(&self.entries).ok();
        let Some(name) = inside.and_then(|path| path.components().next()) else {
            return false;
        };
        // Out of sight first: whoever looks for it unpacks it anew.
        let place = self.entries.join(FILL);
        let Ok(scratch) = Scratch::beside(&place, 0o700) else {
            return false;
        };
        fs_err::rename(self.entries.join(name), scratch.path().join("damaged")).is_ok()
    }

    fn entry(&self, hash: &Hash) -> PathBuf {
        self.entries.join(&hash.hex)
    }
}

/// Lists the entries, by their hashes.
fn names(entries: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(entries)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        if name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The contents of the scripts that begin with `#!python`, by the numbers of their files.
type Scripts = BTreeMap<u32, Vec<u8>>;

fn make(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(path);
    made.map_err(|error| {
        let text = format!("failed to make the store {}: {error}", path.display());
        Error::Io(std::io::Error::new(error.kind(), text))
    })
}

/// Makes sure that nobody else writes to a folder of the store.
fn trust(path: &Path) -> Result<()> {
    let found = fs_err::metadata(path)?;
    let untrusted = |why| {
        Err(Error::Untrusted {
            path: path.to_owned(),
            why,
        })
    };
    if found.uid() != rustix::process::geteuid().as_raw() {
        return untrusted("it belongs to somebody else");
    }
    if found.mode() & 0o022 != 0 {
        return untrusted("others may write to it");
    }
    Ok(())
}
