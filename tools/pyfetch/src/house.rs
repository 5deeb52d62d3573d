//! The wheelhouse: what is in the folder, and what is known of it without reading it.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cli::{Failure, Session};
use disk::{Durability, Lock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wire::wheelhouse::Wheelhouse;

/// How long one run waits for another in the same folder.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A wheelhouse on disk.
#[derive(Debug)]
pub(crate) struct House {
    folder: PathBuf,
    /// What is known of the files here, by name: only what is ours may be pruned.
    pub(crate) owned: BTreeMap<String, Known>,
    /// What the last run said.
    pub(crate) manifest: Option<Wheelhouse>,
    paranoid: bool,
    _lock: Option<Lock>,
}

/// What tells, without reading it, that a file is still the one that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Hexadecimal SHA-256.
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// Whether it was put here by a run, and not by somebody else.
    #[serde(default)]
    pub(crate) ours: bool,
    inode: u64,
    /// Nanoseconds since 1970.
    mtime: i128,
    ctime: i128,
}

impl Known {
    fn of(metadata: &std::fs::Metadata, sha256: String) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            sha256,
            size: metadata.size(),
            ours: false,
            inode: metadata.ino(),
            mtime: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Known {
    /// Whether a file still looks as it did when it was verified.
    fn looks_like(&self, metadata: &std::fs::Metadata) -> bool {
        let now = Self::of(metadata, self.sha256.clone());
        *self
            == Self {
                ours: self.ours,
                ..now
            }
    }
}

impl House {
    /// Opens the folder for work, making it, and waits until no other run is at work there.
    pub(crate) fn open(
        folder: &Path,
        wait: bool,
        paranoid: bool,
        session: &Session,
    ) -> Result<Self, Failure> {
        let hidden = folder.join(".pyfetch");
        fs_err::create_dir_all(&hidden)?;
        let path = hidden.join("lock");
        let lock = match Lock::exclusive(&path, "pyfetch", Duration::ZERO) {
            Err(disk::Error::LockHeld { .. }) if wait => {
                session
                    .progress()
                    .note("another run is at work here, waiting for it");
                Lock::exclusive(&path, "pyfetch", LONGEST_WAIT)?
            }
            lock => lock?,
        };
        let mut house = Self::look(folder, paranoid)?;
        house._lock = Some(lock);
        Ok(house)
    }

    /// Looks at the folder without changing anything, not even waiting.
    pub(crate) fn look(folder: &Path, paranoid: bool) -> Result<Self, Failure> {
        // Damage to what is only a memory costs time, nothing else.
        let owned = disk::read_json(&folder.join(".pyfetch/stat.json"))
            .ok()
            .flatten()
            .unwrap_or_default();
        let manifest = disk::read_json(&folder.join("wheelhouse.json")).ok().flatten();
        Ok(Self {
            folder: folder.to_owned(),
            owned,
            manifest,
            paranoid,
            _lock: None,
        })
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The path of something that is not for others.
    pub(crate) fn hidden(&self, name: &str) -> PathBuf {
        self.folder.join(".pyfetch").join(name)
    }

    /// What is known of a file that is here; it is read only if it has changed since it was last verified.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Known>, Failure> {
        let path = self.path(name);
        let metadata = match fs_err::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if let Some(known) = self.owned.get(name)
            && !self.paranoid
            && known.looks_like(&metadata)
        {
            return Ok(Some(known.clone()));
        }
        let sha256 = sha256_of(&path)?;
        Ok(Some(Known::of(&metadata, sha256)))
    }

    /// The same, if the file has one of the digests.
    pub(crate) fn find_good(&self, name: &str, expected: &[String]) -> Result<Option<Known>, Failure> {
        Ok(self.find(name)?.filter(|known| expected.contains(&known.sha256)))
    }

    /// Writes down what is known now. Files that are owned but not named stay owned while they are there.
    ///
    /// Should it come back empty after a power cut, nobody would know any more which files are ours to prune.
    pub(crate) fn remember(
        &mut self,
        files: &BTreeMap<String, Known>,
        durability: Durability,
    ) -> Result<(), Failure> {
        let mut owned = self.owned.clone();
        owned.retain(|name, _| self.path(name).exists());
        owned.extend(files.clone());
        if owned == self.owned {
            return Ok(());
        }
        self.owned = owned;
        Ok(disk::write_json(
            &self.hidden("stat.json"),
            &self.owned,
            0o644,
            durability,
        )?)
    }

    /// Files that earlier runs left and that are none of these.
    pub(crate) fn stale(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let ours = self
            .owned
            .iter()
            .filter(|(name, known)| known.ours && !wanted(name));
        ours.map(|(name, _)| name.clone())
            .filter(|name| self.path(name).is_file())
            .collect()
    }
}

/// What is known of a file that was just put there.
pub(crate) fn known(path: &Path, sha256: &str) -> Result<Known, Failure> {
    Ok(Known::of(&fs_err::symlink_metadata(path)?, sha256.to_owned()))
}

/// Hexadecimal SHA-256 of a file.
pub(crate) fn sha256_of(path: &Path) -> Result<String, Failure> {
    let mut file = fs_err::File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        digest.update(&buffer[..count]);
    }
    Ok(pyspec::hash::hex(&digest.finalize()))
}

/// Gives a file a second name, in place of what has it; a copy where that is not possible.
pub(crate) fn link(from: &Path, to: &Path) -> Result<(), Failure> {
    match fs_err::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs_err::hard_link(from, to).or_else(|_| fs_err::copy(from, to).map(drop))?;
    Ok(())
}
