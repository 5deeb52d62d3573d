//! Removing trees.

use std::ffi::OsStr;
use std::path::Path;

use crate::name::parent;
use crate::{Dir, Error, FileKind};

/// Removes what is at `path`: a tree, a file or a link. Nothing there is fine.
///
/// Links are removed, never followed. Folders of ours without write permission are given it first, so read-only trees
/// (a store, a module cache) go too.
pub fn remove_tree(path: &Path) -> Result<(), Error> {
    let Some(name) = path.file_name() else {
        return Err(Error::Escapes {
            path: path.to_path_buf(),
        });
    };
    let folder = match Dir::open(parent(path)) {
        Err(error) if error.is_not_found() => return Ok(()),
        opened => opened?,
    };
    match folder.stat(name)? {
        None => Ok(()),
        Some(entry) => remove(&folder, name, entry.kind),
    }
}

fn remove(folder: &Dir, name: &OsStr, kind: FileKind) -> Result<(), Error> {
    if kind != FileKind::Folder {
        return folder.unlink(name);
    }
    make_writable(folder, name)?;
    let mut inside = folder.folder(name)?;
    for (entry, kind) in inside.list()? {
        let kind = match kind {
            Some(kind) => kind,
            None => inside.stat(&entry)?.map_or(FileKind::Other, |entry| entry.kind),
        };
        remove(&inside, &entry, kind)?;
    }
    folder.remove_folder(name)
}

fn make_writable(folder: &Dir, name: &OsStr) -> Result<(), Error> {
    let lacks = |entry: crate::Entry| entry.mode & 0o700 != 0o700;
    if folder.stat(name)?.is_some_and(lacks) {
        // Another user's folder may still let its group write: what really fails says so below.
        let _ = folder.set_mode(name, 0o700);
    }
    Ok(())
}
