//! From the archive of a commit to files: own modes, nothing outside, nothing half.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use cli::Failure;
use tar::EntryType;
use wire::Kind;

use crate::app::RELEASE_FILE;
use crate::git::{self, Git};

/// How a file that stands for one kept elsewhere begins.
const LARGE_FILE_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// How much of a file is held in memory at once.
const CHUNK: usize = 128 * 1024;

/// What was extracted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Extracted {
    /// Every file and link, relative to the release.
    pub(crate) paths: BTreeSet<PathBuf>,
    /// How many bytes the contents have.
    pub(crate) bytes: u64,
    /// Links whose targets are outside.
    pub(crate) links_outside: Vec<String>,
}

/// One entry of an archive.
pub(crate) struct Item<'a> {
    /// Where it goes, relative to the release.
    pub(crate) path: PathBuf,
    /// What it is.
    pub(crate) content: Content<'a>,
}

/// What an entry of an archive is.
pub(crate) enum Content<'a> {
    /// A folder.
    Folder,
    /// A symbolic link to this.
    Link(PathBuf),
    /// A file.
    File {
        /// What is in it.
        bytes: &'a mut dyn Read,
        /// Whether it can be run.
        executable: bool,
    },
}

/// Extracts a commit into an empty folder.
pub(crate) fn commit(git: &Git, commit: &str, folder: &Path) -> Result<Extracted, Failure> {
    archive(git, commit, |archive| unpack(archive, folder))
}

/// Gives the archive of a commit to `read`.
pub(crate) fn archive<T>(
    git: &Git,
    commit: &str,
    read: impl FnOnce(ChildStdout) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut child = git
        .command()
        .args(["archive", "--format=tar", commit])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::new(Kind::NotFound, "cannot run git").cause(error.to_string()))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (result, said) = std::thread::scope(|scope| {
        let said = scope.spawn(move || read_all(stderr));
        let result = stdout.map(read);
        if !matches!(result, Some(Ok(_))) {
            // It would go on writing into a pipe that nobody reads.
            let _ = child.kill();
        }
        (result, said.join().unwrap_or_default())
    });
    let status = child.wait()?;
    match result {
        Some(Err(failure)) => Err(failure),
        Some(Ok(result)) if status.success() => Ok(result),
        _ => Err(git::failed("cannot archive the commit", &said)),
    }
}

fn read_all(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}

/// Calls `visit` with every entry of an archive, in its order; refuses what no release may hold.
pub(crate) fn each(
    archive: impl Read,
    mut visit: impl FnMut(Item<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = safe_path(&entry.path_bytes())?;
        let content = match kind {
            EntryType::Directory => Content::Folder,
            EntryType::Symlink => {
                let target = entry
                    .link_name_bytes()
                    .ok_or_else(|| refuse(&path, "is a link without a target"))?;
                Content::Link(PathBuf::from(OsStr::from_bytes(&target)))
            }
            EntryType::Regular => {
                let executable = entry.header().mode().map_err(broken)? & 0o111 != 0;
                Content::File {
                    bytes: &mut entry,
                    executable,
                }
            }
            _ => return Err(refuse(&path, "is neither file, folder nor link")),
        };
        visit(Item { path, content })?;
    }
    // The end of the archive is padded; git wants to be rid of it.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken)?;
    Ok(())
}

/// Unpacks an archive into an empty folder.
///
/// Files are created, never opened; links come last, so that no file can be written through one.
pub(crate) fn unpack(archive: impl Read, folder: &Path) -> Result<Extracted, Failure> {
    let mut extracted = Extracted::default();
    let mut links = Vec::new();
    let mut buffer = vec![0; CHUNK];
    each(archive, |Item { path, content }| {
        match content {
            Content::Folder => make_folder(&folder.join(&path))?,
            Content::Link(target) => links.push((path, target)),
            Content::File { bytes, executable } => {
                let target = Target {
                    folder,
                    path: &path,
                    mode: if executable { 0o755 } else { 0o644 },
                };
                extracted.bytes += write_file(bytes, &target, &mut buffer)?;
                extracted.paths.insert(path);
            }
        }
        Ok(())
    })?;
    make_links(folder, links, &mut extracted)?;
    Ok(extracted)
}

fn make_links(
    folder: &Path,
    links: Vec<(PathBuf, PathBuf)>,
    extracted: &mut Extracted,
) -> Result<(), Failure> {
    for (path, target) in links {
        if leads_outside(&path, &target) {
            extracted
                .links_outside
                .push(format!("{} -> {}", path.display(), target.display()));
        }
        make_parents(&folder.join(&path))?;
        fs_err::os::unix::fs::symlink(&target, folder.join(&path))?;
        extracted.paths.insert(path);
    }
    Ok(())
}

/// Checks that a path only goes down, and is not one of ours.
fn safe_path(bytes: &[u8]) -> Result<PathBuf, Failure> {
    let path = Path::new(OsStr::from_bytes(bytes));
    let plain = |component| matches!(component, Component::Normal(_));
    if path.as_os_str().is_empty() || !path.components().all(plain) {
        return Err(refuse(path, "does not stay in the release"));
    }
    if path.starts_with(RELEASE_FILE) {
        return Err(refuse(path, "is the name of relswitch's own file"));
    }
    Ok(path.components().collect())
}

/// Tells whether a link at `path` leads out of the folder that `path` is relative to.
pub(crate) fn leads_outside(path: &Path, target: &Path) -> bool {
    let mut depth = path.components().count() as i64 - 1;
    for component in target.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

/// Where a file goes.
struct Target<'a> {
    folder: &'a Path,
    path: &'a Path,
    mode: u32,
}

/// Writes one file, and returns its size.
fn write_file(content: &mut dyn Read, target: &Target, buffer: &mut [u8]) -> Result<u64, Failure> {
    let place = target.folder.join(target.path);
    let mut file = create(&place, target.mode)?;
    let mut size = 0;
    loop {
        let length = content.read(buffer).map_err(broken)?;
        if length == 0 {
            break;
        }
        if size == 0 && buffer[..length].starts_with(LARGE_FILE_POINTER) {
            return Err(
                refuse(target.path, "is only a pointer to a large file kept elsewhere")
                    .hint("keep the file in the repository itself, or out of it"),
            );
        }
        file.write_all(&buffer[..length])?;
        size += length as u64;
    }
    // The umask may have taken bits away.
    file.set_permissions(PermissionsExt::from_mode(target.mode))?;
    Ok(size)
}

fn create(place: &Path, mode: u32) -> Result<fs_err::File, Failure> {
    use fs_err::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    match options.open(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_parents(place)?;
            Ok(options.open(place)?)
        }
        opened => Ok(opened?),
    }
}

fn make_parents(place: &Path) -> Result<(), Failure> {
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

fn refuse(path: &Path, why: &str) -> Failure {
    Failure::new(Kind::Unsupported, format!("{} {why}", path.display())).file(path.display().to_string())
}

fn broken(error: io::Error) -> Failure {
    Failure::new(Kind::Io, "the archive of the commit ends early").cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_judged_by_where_they_lead() {
        let outside = |path: &str, target: &str| leads_outside(Path::new(path), Path::new(target));
        assert!(outside("a", "/etc/passwd"));
        assert!(outside("a", "../b"));
        assert!(outside("a/b", "../../etc"));
        assert!(outside("a/b", "c/../../../x"));
        assert!(!outside("a/b", "../c"));
        assert!(!outside("a/b/c", "../../d/./e"));
    }

    #[test]
    fn paths_that_leave_or_are_ours_are_refused() {
        for bad in ["../a", "/a", "", "a/../../b", ".relswitch.json"] {
            assert!(safe_path(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert_eq!(safe_path(b"a/b/").unwrap(), Path::new("a/b"));
        assert!(safe_path(b"app/.relswitch.json").is_ok());
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
