//! From the archive of a commit to files: own modes, nothing outside, nothing half.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use cli::Failure;

use crate::archive::{self, Content, Item};
use crate::git::Git;
use crate::writers::{self, Target, Writers};

/// What was extracted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Extracted {
    /// Every file and link, relative to the release.
    pub(crate) paths: BTreeSet<PathBuf>,
    /// How many bytes the contents have.
    pub(crate) bytes: u64,
    /// Every link, relative to the release, and its target.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
}

/// Extracts a commit into an empty folder.
pub(crate) fn commit(git: &Git, commit: &str, folder: &Path) -> Result<Extracted, Failure> {
    archive::of(git, commit, |archive| unpack(archive, folder))
}

/// Unpacks an archive into an empty folder.
///
/// Files are created, never opened; links come last, so that no file can be written through one.
pub(crate) fn unpack(archive: impl Read, folder: &Path) -> Result<Extracted, Failure> {
    let mut extracted = Extracted::default();
    writers::with(folder, |writers| {
        let mut parent = PathBuf::new();
        archive::each(archive, |Item { path, content }| {
            match content {
                Content::Folder => make_folder(&folder.join(&path))?,
                Content::Link(target) => extracted.links.push((path, target)),
                Content::File { .. } => {
                    enter(folder, &path, &mut parent)?;
                    extracted.bytes += write(writers, folder, &path, content)?;
                    extracted.paths.insert(path);
                }
            }
            Ok(())
        })
    })?;
    make_links(folder, &mut extracted)?;
    Ok(extracted)
}

/// Makes sure of the folder that a file goes into, unless it is the one of the file before.
fn enter(folder: &Path, path: &Path, last: &mut PathBuf) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(Path::new(""));
    if parent != last {
        make_folder(&folder.join(parent))?;
        parent.clone_into(last);
    }
    Ok(())
}

fn write(writers: &mut Writers, folder: &Path, path: &Path, content: Content<'_>) -> Result<u64, Failure> {
    let Content::File {
        bytes,
        size,
        executable,
    } = content
    else {
        return Ok(0);
    };
    let target = Target {
        path,
        place: folder.join(path),
        mode: if executable { 0o755 } else { 0o644 },
    };
    writers.write(target, bytes, size)
}

fn make_links(folder: &Path, extracted: &mut Extracted) -> Result<(), Failure> {
    for (path, target) in &extracted.links {
        make_parents(&folder.join(path))?;
        fs_err::os::unix::fs::symlink(target, folder.join(path))?;
        extracted.paths.insert(path.clone());
    }
    Ok(())
}

impl Extracted {
    /// Lists the links that lead out of the folder in which everything is.
    pub(crate) fn links_outside(&self, folder: &Path) -> Vec<String> {
        let outside = self
            .links
            .iter()
            .filter(|(path, target)| leads_outside(folder, path, target));
        outside
            .map(|(path, target)| format!("{} -> {}", path.display(), target.display()))
            .collect()
    }
}

/// How many links on a way are followed; the system follows no more.
const FOLLOWED: usize = 40;

/// Tells whether a link at `path` leads out of the folder, be it by way of other ones.
fn leads_outside(folder: &Path, path: &Path, target: &Path) -> bool {
    let mut place = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let (mut rest, mut followed) = (target.to_path_buf(), 0);
    loop {
        let mut components = rest.components();
        let Some(component) = components.next() else {
            return false;
        };
        let after = components.as_path().to_path_buf();
        match component {
            Component::Normal(name) => place.push(name),
            Component::ParentDir if !place.pop() => return true,
            Component::ParentDir | Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
        rest = match fs_err::read_link(folder.join(&place)) {
            Ok(next) if followed < FOLLOWED && matches!(component, Component::Normal(_)) => {
                followed += 1;
                place.pop();
                next.join(after)
            }
            _ => after,
        };
    }
}

/// Makes the folders that something goes into, with a mode of our own.
pub(crate) fn make_parents(place: &Path) -> Result<(), Failure> {
    match place.parent() {
        Some(parent) => make_folder(parent),
        None => Ok(()),
    }
}

fn make_folder(place: &Path) -> Result<(), Failure> {
    if place.is_dir() {
        return Ok(());
    }
    make_parents(place)?;
    fs_err::create_dir(place)?;
    Ok(fs_err::set_permissions(place, PermissionsExt::from_mode(0o755))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tar::EntryType;

    #[test]
    fn links_are_judged_by_where_they_lead() {
        let folder = tempfile::tempdir().unwrap();
        let outside =
            |path: &str, target: &str| leads_outside(folder.path(), Path::new(path), Path::new(target));
        assert!(outside("a", "/etc/passwd"));
        assert!(outside("a", "../b"));
        assert!(outside("a/b", "../../etc"));
        assert!(outside("a/b", "c/../../../x"));
        assert!(!outside("a/b", "../c"));
        assert!(!outside("a/b/c", "../../d/./e"));
        assert!(!outside("a", "up/../b"));
        fs_err::create_dir(folder.path().join("deep")).unwrap();
        let link = |path: &str, target: &str| {
            fs_err::os::unix::fs::symlink(target, folder.path().join(path)).unwrap();
        };
        link("up", "deep/down");
        link("deep/down", "..");
        link("round", "round");
        assert!(outside("a", "up/../b"), "`up` is the top itself");
        assert!(!outside("a", "up/b"));
        assert!(!outside("a", "round/b"));
    }

    fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            // Around the crate's own checks, which are for writers.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o664);
            let link = *kind == EntryType::Symlink;
            if link {
                header.set_link_name(content).unwrap();
            }
            let data = if link { "" } else { content };
            header.set_size(data.len() as u64);
            header.set_cksum();
            builder.append(&header, data.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn no_file_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let out = outside.path().to_str().unwrap();
        let evil = archive(&[("a", EntryType::Symlink, out), ("a/b", EntryType::Regular, "x")]);
        assert!(unpack(&evil[..], folder.path()).is_err());
        assert_eq!(fs_err::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn doubled_paths_devices_and_escapes_are_refused() {
        let doubled = archive(&[("a", EntryType::Regular, "1"), ("a", EntryType::Regular, "2")]);
        let device = archive(&[("a", EntryType::Fifo, "")]);
        let escape = archive(&[("../a", EntryType::Regular, "x")]);
        let pointer = archive(&[(
            "big",
            EntryType::Regular,
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        )]);
        for bad in [doubled, device, escape, pointer] {
            let folder = tempfile::tempdir().unwrap();
            assert!(unpack(&bad[..], folder.path()).is_err());
        }
    }

    #[test]
    fn a_truncated_archive_is_refused() {
        let whole = archive(&[("a", EntryType::Regular, &"x".repeat(3000))]);
        for length in [1, 511, 513, 2000, 3000] {
            let folder = tempfile::tempdir().unwrap();
            assert!(unpack(&whole[..length], folder.path()).is_err(), "{length}");
        }
    }
}
