//! The archive of a commit, as git makes it: its entries one by one, and nothing that no release may hold.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use cli::Failure;
use tar::EntryType;
use wire::Kind;

use crate::app::RELEASE_FILE;
use crate::git::{self, Git};

/// How much of the archive is asked for at once: what a pipe holds.
const BUFFER: usize = 64 * 1024;

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
        /// How many bytes that are.
        size: u64,
        /// Whether it can be run.
        executable: bool,
    },
}

/// Gives the archive of a commit to `read`.
pub(crate) fn of<T>(
    git: &Git,
    commit: &str,
    read: impl FnOnce(ChildStdout) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let said = git::scrap(b"")?;
    let mut child = git
        .command()
        .args(["archive", "--format=tar", commit])
        .stdout(Stdio::piped())
        .stderr(said.try_clone()?)
        .spawn()
        .map_err(|error| git::absent(&error))?;
    let result = child.stdout.take().map(read);
    if !matches!(result, Some(Ok(_))) {
        // It would go on writing into a pipe that nobody reads.
        let _ = child.kill();
    }
    let status = child.wait()?;
    let said = git::read_again(said)?;
    match result {
        Some(Err(failure)) => Err(failure),
        Some(Ok(result)) if status.success() && !tells_an_error(&said) => Ok(result),
        _ => Err(git::failed("cannot archive the commit", &said)),
    }
}

/// Tells whether git spoke of an error: a filter that fails is no reason for it to fail too, and the file stays as it
/// is kept.
fn tells_an_error(said: &[u8]) -> bool {
    said.split(|byte| *byte == b'\n')
        .any(|line| line.starts_with(b"error: "))
}

/// Calls `visit` with every entry of an archive, in its order; refuses what no release may hold.
pub(crate) fn each(
    archive: impl Read,
    mut visit: impl FnMut(Item<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut archive = tar::Archive::new(io::BufReader::with_capacity(BUFFER, archive));
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
                    size: entry.size(),
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

pub(crate) fn refuse(path: &Path, why: &str) -> Failure {
    Failure::new(Kind::Unsupported, format!("{} {why}", path.display())).file(path.display().to_string())
}

pub(crate) fn broken(error: io::Error) -> Failure {
    Failure::new(Kind::Io, "the archive of the commit ends early").cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_or_are_ours_are_refused() {
        for bad in ["../a", "/a", "", "a/../../b", ".relswitch.json"] {
            assert!(safe_path(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert_eq!(safe_path(b"a/b/").unwrap(), Path::new("a/b"));
        assert!(safe_path(b"app/.relswitch.json").is_ok());
    }
}
