//! The wheels that were built before, whatever the folder they were built for.
//!
//! A wheel is kept by what it was made of: source distribution or commit, target, build lock, and the settings of the
//! compilers. It is believed only while it has the digest that it was kept with.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cli::Failure;
use disk::{Durability, Scratch};
use index::Environment;
use lock::TargetLine;
use sha2::{Digest, Sha256};

use crate::builds::Wheel;
use crate::house;
use crate::plan::Making;

/// How long a wheel is kept that nobody takes.
const UNUSED: Duration = Duration::from_secs(90 * 24 * 3600);

/// The name of the file beside each wheel.
const DIGEST: &str = "sha256";

/// A folder for each wheel; none if nothing is to be kept.
#[derive(Debug)]
pub(crate) struct Store(Option<PathBuf>);

impl Store {
    /// That of the user, unless they want no cache.
    pub(crate) fn of_user(no_cache: bool) -> Self {
        let caches = Environment::of_process().caches().filter(|_| !no_cache);
        Self(caches.map(|caches| caches.join("pydeploy/built")))
    }

    /// Takes a wheel into a folder, if it is here and still what it was.
    pub(crate) fn take(&self, key: &str, into: &Path) -> Option<Wheel> {
        let folder = self.0.as_ref()?.join(key);
        let sha256 = fs_err::read_to_string(folder.join(DIGEST)).ok()?;
        let name = wheel_in(&folder)?;
        fs_err::create_dir_all(into).ok()?;
        let path = into.join(&name);
        house::link(&folder.join(&name), &path).ok()?;
        if house::sha256_of(&path).ok()? != sha256 {
            let _ = disk::remove_tree(&folder);
            return None;
        }
        if let Ok(folder) = fs_err::File::open(&folder) {
            let _ = folder.file().set_modified(SystemTime::now());
        }
        let size = fs_err::metadata(&path).ok()?.len();
        Some(Wheel {
            name,
            path,
            sha256,
            size,
            is_new: false,
        })
    }

    /// Keeps a wheel, and lets go of those that nobody has taken for long. A cache that cannot be written is none.
    pub(crate) fn keep(&self, key: &str, wheel: &Wheel) {
        let Some(folder) = &self.0 else { return };
        let _ = put(folder, key, wheel);
        sweep(folder, SystemTime::now());
    }
}

/// What a wheel is kept by.
pub(crate) fn key(content: &str, target: &TargetLine, making: &Making) -> String {
    let mut digest = Sha256::new();
    let lock = making.build_lock.as_deref().unwrap_or_default();
    let cut = making.network_cut.to_string();
    let target = target.digest.to_string();
    for part in ["1", content, &target, lock, &cut] {
        digest.update(part);
        digest.update("\n");
    }
    for (name, value) in build::passed_on() {
        digest.update(name);
        digest.update("=");
        digest.update(value.as_encoded_bytes());
        digest.update("\n");
    }
    pyspec::hash::hex(&digest.finalize())
}

fn wheel_in(folder: &Path) -> Option<String> {
    let entries = fs_err::read_dir(folder).ok()?;
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.find(|name| name.ends_with(".whl"))
}

fn put(folder: &Path, key: &str, wheel: &Wheel) -> Result<(), Failure> {
    fs_err::create_dir_all(folder)?;
    let scratch = Scratch::beside(&folder.join(key), 0o755)?;
    house::link(&wheel.path, &scratch.path().join(&wheel.name))?;
    fs_err::write(scratch.path().join(DIGEST), &wheel.sha256)?;
    Ok(scratch.publish(Durability::Unsynced)?)
}

fn sweep(folder: &Path, now: SystemTime) {
    let Ok(entries) = fs_err::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let taken = entry.metadata().and_then(|found| found.modified());
        let unused = taken.ok().and_then(|taken| now.duration_since(taken).ok());
        if unused.is_some_and(|unused| unused > UNUSED) {
            let _ = disk::remove_tree(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Store, UNUSED, sweep};
    use crate::builds::Wheel;
    use crate::house;
    use std::time::SystemTime;

    #[test]
    fn a_wheel_is_taken_again_while_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("a-1-py3-none-any.whl");
        fs_err::write(&built, "content").unwrap();
        let wheel = Wheel {
            name: "a-1-py3-none-any.whl".to_owned(),
            sha256: house::sha256_of(&built).unwrap(),
            path: built,
            size: 7,
            is_new: true,
        };
        let store = Store(Some(folder.path().join("store")));
        let into = folder.path().join("into");
        assert!(store.take("key", &into).is_none());
        store.keep("key", &wheel);
        // Kept twice is kept.
        store.keep("key", &wheel);
        assert_eq!(store.take("key", &into).unwrap().sha256, wheel.sha256);
        fs_err::write(folder.path().join("store/key").join(&wheel.name), "other").unwrap();
        assert!(store.take("key", &into).is_none());
        store.keep("key", &wheel);
        sweep(&folder.path().join("store"), SystemTime::now() + UNUSED * 2);
        assert!(store.take("key", &into).is_none());
    }
}
