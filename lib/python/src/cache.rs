//! Answers of interpreters, kept by the identity of the real executable.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The form of the answers: answers of another form are asked for again.
const FORM: u32 = 2;

/// Where answers are kept; without a folder, nowhere.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// What tells one executable from another at the same path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    form: u32,
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    identity: Identity,
    answer: T,
}

impl Cache {
    /// Keeps answers in a folder, which is made when it is needed.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
        }
    }

    /// Keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Keeps answers where the user keeps caches: `$XDG_CACHE_HOME`, else `~/.cache`.
    pub fn of_user() -> Self {
        let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let home = || {
            std::env::var_os("HOME")
                .and_then(absolute)
                .map(|home| home.join(".cache"))
        };
        let caches = std::env::var_os("XDG_CACHE_HOME")
            .and_then(absolute)
            .or_else(home);
        Self {
            folder: caches.map(|caches| caches.join("pydeploy/interpreters")),
        }
    }

    /// Returns what was kept about an executable, if it is still the same one.
    pub(crate) fn get<T: DeserializeOwned>(&self, executable: &Path, what: &str) -> Option<T> {
        let bytes = fs_err::read(self.file(executable, what)?).ok()?;
        let kept: Kept<T> = serde_json::from_slice(&bytes).ok()?;
        (kept.identity == identity(executable)?).then_some(kept.answer)
    }

    /// Keeps an answer. That it cannot be kept is no failure: it is asked for again.
    pub(crate) fn put<T: Serialize>(&self, executable: &Path, what: &str, answer: &T) {
        let (Some(file), Some(identity)) = (self.file(executable, what), identity(executable)) else {
            return;
        };
        let Ok(bytes) = serde_json::to_vec(&Kept { identity, answer }) else {
            return;
        };
        let _ = file.parent().map(fs_err::create_dir_all);
        let _ = disk::write_atomic(&file, &bytes, 0o600, disk::Durability::Unsynced);
    }

    fn file(&self, executable: &Path, what: &str) -> Option<PathBuf> {
        let name = format!("{:016x}.{what}.json", fnv(executable.as_os_str().as_bytes()));
        Some(self.folder.as_ref()?.join(name))
    }
}

fn identity(executable: &Path) -> Option<Identity> {
    let found = fs_err::metadata(executable).ok()?;
    Some(Identity {
        form: FORM,
        device: found.dev(),
        inode: found.ino(),
        size: found.size(),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}

/// FNV-1a: a short name for a path. A clash of two paths costs a second question, no more.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
