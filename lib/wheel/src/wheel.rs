//! A wheel: what it says of itself and which files it brings, read off its archive or off the store.

use fs_err::os::unix::fs::FileExt as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pyspec::entry_points::Script;
use pyspec::filename::WheelName;
use pyspec::hash::{Algorithm, Hash};
use pyspec::metadata::Metadata;
use pyspec::version::Version;
use pyspec::wheel_file::WheelFile;

use crate::digest::Hasher;
use crate::error::Result;
use crate::facts::Facts;
use crate::listing::Listing;
use crate::read;
use crate::zip::{Archive, Identity};

/// How much of a file is read at once to be hashed: what stays in the processor's cache.
const PIECE: usize = 64 << 10;

/// A wheel whose own statements agree with each other.
///
/// Of an archive, the contents are compared with RECORD when they are read; what is in the store was compared then.
#[derive(Debug)]
pub struct Wheel {
    path: PathBuf,
    name: WheelName,
    facts: Facts,
    listing: Listing,
    /// The contents of the scripts that begin with `#!python`, by the numbers of their files.
    scripts: BTreeMap<u32, Vec<u8>>,
    origin: Origin,
}

/// Where the contents of a wheel are.
#[derive(Debug)]
pub(crate) enum Origin {
    /// In the archive, with the number of the member that each file is.
    Archive(Archive, Vec<u32>),
    /// Unpacked below this folder.
    Tree(PathBuf),
}

impl Wheel {
    /// Opens a wheel and checks everything but the contents of its files.
    ///
    /// # Errors
    ///
    /// It cannot be read, or has a [`crate::Flaw`].
    pub fn open(path: &Path) -> Result<Self> {
        Unverified::open(path)?.into_wheel(Recorded::Strictly)
    }

    pub(crate) fn new(
        path: PathBuf,
        name: WheelName,
        (facts, listing): (Facts, Listing),
        scripts: BTreeMap<u32, Vec<u8>>,
        origin: Origin,
    ) -> Self {
        Self {
            path,
            name,
            facts,
            listing,
            scripts,
            origin,
        }
    }

    /// Returns what the file's name says.
    pub fn name(&self) -> &WheelName {
        &self.name
    }

    /// Returns the version as METADATA has it.
    pub fn version(&self) -> &Version {
        &self.facts.metadata.version
    }

    /// Returns the wheel's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns METADATA; of a stored wheel, what an installer asks of it.
    pub fn metadata(&self) -> &Metadata {
        &self.facts.metadata
    }

    /// Returns the file WHEEL.
    pub fn about(&self) -> &WheelFile {
        &self.facts.about
    }

    /// Returns the commands that its entry points ask for.
    pub fn scripts(&self) -> &[Script] {
        &self.facts.scripts
    }

    /// Returns the name of its `.dist-info` folder.
    pub fn dist_info(&self) -> &str {
        &self.facts.dist_info
    }

    /// Returns the lines of its RECORD that have more fields than they should; none of a stored wheel.
    pub fn surplus(&self) -> &[u32] {
        &self.facts.surplus
    }

    /// Returns the folders and files that it brings.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Returns the archive, unless it was unpacked before.
    pub fn archive(&self) -> Option<&Archive> {
        match &self.origin {
            Origin::Archive(archive, _) => Some(archive),
            Origin::Tree(_) => None,
        }
    }

    /// Returns the folder that it is unpacked in, by areas, if it is in a store.
    pub fn tree(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Archive(..) => None,
            Origin::Tree(path) => Some(path),
        }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the scripts that begin with `#!python`, by the numbers of their files.
    pub(crate) fn python_scripts(&self) -> &BTreeMap<u32, Vec<u8>> {
        &self.scripts
    }
}

/// A file that may be a wheel, held open: it can be hashed before anything in it is believed.
#[derive(Debug)]
pub struct Unverified {
    path: PathBuf,
    file: fs_err::File,
    identity: Identity,
}

impl Unverified {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, identity) = crate::zip::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            identity,
        })
    }

    /// Returns the hash of the whole file.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn hash(&self, algorithm: Algorithm) -> Result<Hash> {
        let (mut hasher, mut buffer, mut at) = (Hasher::new(algorithm), vec![0; PIECE], 0);
        loop {
            match self.file.read_at(&mut buffer, at)? {
                0 => return Ok(hasher.finish().hash()),
                length => {
                    hasher.update(&buffer[..length]);
                    at += length as u64;
                }
            }
        }
    }

    /// Opens the wheel in it.
    ///
    /// # Errors
    ///
    /// As [`Wheel::open`].
    pub fn into_wheel(self, recorded: Recorded) -> Result<Wheel> {
        read::wheel(Archive::of(self.file, &self.path, self.identity)?, recorded)
    }
}

/// What is asked of a wheel's RECORD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It lists every file with its hash, and no other.
    Strictly,
    /// Nothing: for old wheels that nobody will mend. The hash of the whole wheel has to do, and RECORD is made anew.
    Anyhow,
}
