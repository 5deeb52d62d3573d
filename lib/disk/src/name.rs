//! Names of what is not finished yet: `.NAME.tmp-<random>`, beside the final place.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// What stands between the name and the random letters.
const MARK: &[u8] = b".tmp-";

/// How many random letters there are.
pub(crate) const LENGTH: usize = 8;

/// Returns the folder that holds `path`; the current one for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Returns what every unfinished thing that will be called `path` starts with.
///
/// # Errors
/// [`Error::Escapes`] if `path` ends in no name (`/`, `..`).
pub(crate) fn prefix(path: &Path) -> Result<OsString, Error> {
    let name = path.file_name().ok_or_else(|| Error::Escapes {
        path: path.to_path_buf(),
    })?;
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(OsStr::from_bytes(MARK));
    Ok(prefix)
}

/// Tells whether `name` is one of those that [`unique`] makes for this prefix.
pub(crate) fn has_prefix(name: &OsStr, prefix: &OsStr) -> bool {
    name.as_bytes()
        .strip_prefix(prefix.as_bytes())
        .is_some_and(is_random)
}

/// Tells whether `name` is one that [`unique`] makes for any path.
pub(crate) fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let Some(mark) = name.windows(MARK.len()).rposition(|window| window == MARK) else {
        return false;
    };
    mark > 1 && name[0] == b'.' && is_random(&name[mark + MARK.len()..])
}

fn is_random(end: &[u8]) -> bool {
    end.len() == LENGTH && end.iter().all(u8::is_ascii_alphanumeric)
}

/// Makes something under a new unique name beside `path`, and returns that name.
///
/// `make` must fail with "already exists" if the name is taken; then another one is tried.
pub(crate) fn unique(path: &Path, make: impl FnMut(&Path) -> io::Result<()>) -> Result<PathBuf, Error> {
    let prefix = prefix(path)?;
    let made = tempfile::Builder::new()
        .prefix(&prefix)
        .rand_bytes(LENGTH)
        .make_in(parent(path), make);
    let (_, name) = made
        .map_err(Error::io("create a temporary name beside", path))?
        .into_parts();
    let kept = name.keep().map_err(|error| error.error);
    kept.map_err(Error::io("keep the temporary name beside", path))
}
