//! What is under a path, as documents write it.

use cli::Failure;
use disk::Dir;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use wire::etc::Entry;

/// Extended attributes by name.
pub(crate) type Attributes = BTreeMap<String, Vec<u8>>;

/// Makes the entry of a link.
pub(crate) fn link(target: &[u8]) -> Entry {
    let (target, target_b64) = etc::to_wire(target);
    Entry::Link { target, target_b64 }
}

/// Returns what a link says; nothing for other entries.
pub(crate) fn target(entry: &Entry) -> Result<Option<PathBuf>, Failure> {
    match entry {
        Entry::Link { target, target_b64 } => {
            let bytes = etc::from_wire(target, target_b64.as_deref())?;
            Ok(Some(OsStr::from_bytes(&bytes).into()))
        }
        _ => Ok(None),
    }
}

/// Returns the digest of a file; nothing for other entries.
pub(crate) fn digest(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::File { digest, .. } => Some(digest),
        _ => None,
    }
}

pub(crate) fn is_file(entry: &Entry) -> bool {
    matches!(entry, Entry::File { .. })
}

pub(crate) fn is_folder(entry: &Entry) -> bool {
    matches!(entry, Entry::Folder { .. })
}

/// Says whether two entries are the same as far as a plan goes: an existing folder is left
/// as it is, whatever its mode.
pub(crate) fn same(one: &Entry, other: &Entry) -> bool {
    one == other || (is_folder(one) && is_folder(other))
}

/// Describes an entry for people.
pub(crate) fn words(entry: &Entry) -> String {
    match entry {
        Entry::Absent => "nothing".to_owned(),
        Entry::File {
            mode,
            size: Some(size),
            ..
        } => format!("a file of {size} bytes, {mode}"),
        Entry::File { mode, .. } => format!("a file, {mode}"),
        Entry::Link { target, .. } => format!("a link to {target}"),
        Entry::Folder { mode, .. } => format!("a folder, {mode}"),
        Entry::Special { what } => format!("a {what}"),
        Entry::Unknown { why } => format!("something unreadable ({why})"),
    }
}

/// Says whether a folder has nothing in it.
pub(crate) fn is_empty(folder: &Dir) -> Result<bool, Failure> {
    Ok(folder.names()?.is_empty())
}
