//! The contents that were replaced, each under its digest, for their owner alone.

use crate::{state::store::Store, tree::hash};
use cli::Failure;
use disk::Dir;
use std::{collections::BTreeSet, fs::File, os::unix::fs::MetadataExt, path::PathBuf};
use wire::Kind;

/// Keeps a content that has to have this digest; what is kept already is kept once.
///
/// The caller makes it durable.
pub(crate) fn keep(store: &Store, content: &mut File, digest: &str) -> Result<(), Failure> {
    let place = path(store, digest)?;
    let size = content.metadata()?.size();
    if fs_err::symlink_metadata(&place).is_ok_and(|kept| kept.size() == size) {
        return Ok(());
    }
    let folder = Dir::open(parent(&place))?;
    let (name, scratch) = (name(&place), "new".as_ref());
    if folder.stat(scratch)?.is_some() {
        folder.unlink(scratch)?;
    }
    let mut file = folder.create_file(scratch, 0o600)?;
    let (found, _) = hash::copy(content, &mut file)?;
    if found != digest {
        folder.unlink(scratch)?;
        return Err(Failure::new(Kind::StalePlan, "a file changed while it was read"));
    }
    Ok(folder.rename(scratch, &folder, name)?)
}

/// Opens a content.
pub(crate) fn open(store: &Store, digest: &str) -> Result<File, Failure> {
    let path = path(store, digest)?;
    File::options().read(true).open(&path).map_err(|error| {
        Failure::new(Kind::BadState, "a content that was kept cannot be read")
            .file(path.display().to_string())
            .cause(error.to_string())
            .hint("it is part of the state of etcsync; restore it from a backup")
    })
}

/// Removes what nothing refers to any more.
pub(crate) fn sweep(store: &Store, needed: &BTreeSet<String>) -> Result<(), Failure> {
    let blobs = store.path("blobs");
    if !blobs.exists() {
        return Ok(());
    }
    for folder in fs_err::read_dir(blobs)? {
        let folder = folder?.path();
        let start = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for file in fs_err::read_dir(&folder)? {
            let file = file?.path();
            let rest = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if !needed.contains(&format!("sha256:{start}{rest}")) {
                fs_err::remove_file(file)?;
            }
        }
    }
    Ok(())
}

/// Makes the folders for contents of these digests.
pub(crate) fn make_folders<'a>(store: &Store, digests: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    for digest in digests {
        let place = path(store, digest)?;
        fs_err::create_dir_all(parent(&place))?;
    }
    Ok(())
}

/// `sha256:abcdef…` is kept as `blobs/ab/cdef…`.
pub(crate) fn path(store: &Store, digest: &str) -> Result<PathBuf, Failure> {
    let hex = digest
        .strip_prefix("sha256:")
        .filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let hex = hex.ok_or_else(|| Failure::new(Kind::BadState, format!("{digest:?} is no digest")))?;
    Ok(store.path("blobs").join(&hex[..2]).join(&hex[2..]))
}

fn parent(path: &std::path::Path) -> &std::path::Path {
    path.parent().unwrap_or(path)
}

fn name(path: &std::path::Path) -> &std::ffi::OsStr {
    path.file_name().unwrap_or_default()
}
