//! Keeping caches small.

use crate::{Durability, remove_tree, write_atomic};
use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Once a day, removes from these folders below `cache` what was not changed for so long.
///
/// What cannot be removed stays: a cache that is too large is no failure.
pub fn trim(cache: &Path, folders: &[&str], kept: Duration) {
    let stamp = cache.join("trimmed");
    if age(&stamp).is_some_and(|age| age < DAY)
        || write_atomic(&stamp, b"", 0o644, Durability::Unsynced).is_err()
    {
        return;
    }
    for folder in folders {
        let entries = fs::read_dir(cache.join(folder)).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        for path in paths.filter(|path| age(path).is_some_and(|age| age > kept)) {
            let _ = remove_tree(&path);
        }
    }
}

/// Notes that something is still wanted.
pub fn touch(path: &Path) {
    let file = File::options().write(true).open(path);
    let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
}

fn age(path: &Path) -> Option<Duration> {
    let changed = fs::symlink_metadata(path).ok()?.modified().ok()?;
    SystemTime::now().duration_since(changed).ok()
}

#[cfg(test)]
mod tests {
    use super::{DAY, File, SystemTime, fs, trim};

    #[test]
    fn what_is_old_goes_once_a_day() {
        let cache = tempfile::tempdir().unwrap();
        let entry = |name: &str, days: u32| {
            let path = cache.path().join("files").join(name);
            fs::create_dir_all(path.join("inside")).unwrap();
            let folder = File::options().read(true).open(&path).unwrap();
            folder.set_modified(SystemTime::now() - days * DAY).unwrap();
            path
        };
        let (old, new) = (entry("old", 31), entry("new", 29));
        trim(cache.path(), &["files", "none"], 30 * DAY);
        assert!(!old.exists() && new.exists());
        let old = entry("old", 31);
        trim(cache.path(), &["files"], 30 * DAY);
        assert!(old.exists(), "not twice a day");
        trim(&cache.path().join("nowhere"), &["files"], DAY);
    }
}
