//! Making everything ready outside the root, where no daemon reads it, so that putting it in
//! place is renames only.

use crate::{
    attributes::{self, Attributes},
    blobs,
    change::Change,
    crontab, entry, hash, look,
    place::Place,
    source::Layers,
    state::Store,
    survey::Survey,
};
use cli::Failure;
use disk::Dir;
use etc::TreePath;
use std::{
    fs::{File, Permissions},
    os::unix::fs::{PermissionsExt, fchown},
    path::{Path, PathBuf},
};
use wire::{Kind, etc::Entry};

/// Above this many files, the whole file system is synced instead of each: from about there on that
/// is faster, although it waits for what others have written.
pub(crate) const FEW: usize = 16;

/// The folder in which new files and links wait for their rename, numbered.
#[derive(Debug)]
pub(crate) struct Stage {
    path: PathBuf,
    pub(crate) folder: Dir,
}

/// Returns where to stage: with the state, or at the top of the root if nothing can be renamed
/// from there, because it is on another file system or mount.
pub(crate) fn place_for(place: &Place, store: &Store) -> Result<PathBuf, Failure> {
    let state = Dir::open(&store.path(""))?;
    if look::mount_of(&state)? == look::mount_of(&place.root)? {
        return Ok(store.path("stage"));
    }
    Ok(place.real.join(format!(".etcsync.tmp-{}", std::process::id())))
}

impl Stage {
    /// Makes the folder, for its owner alone; what an earlier run left there goes.
    pub(crate) fn make(path: &Path) -> Result<Self, Failure> {
        disk::remove_tree(path)?;
        let (parent, name) = (
            path.parent().unwrap_or(path),
            path.file_name().unwrap_or_default(),
        );
        let folder = Dir::open(parent)?.create_folder(name, 0o700)?;
        Ok(Self {
            path: path.to_owned(),
            folder,
        })
    }

    /// Opens the folder that was made.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            path: path.to_owned(),
            folder: Dir::open(path)?,
        })
    }

    /// Returns where what has this number waits.
    pub(crate) fn file(&self, number: usize) -> PathBuf {
        self.path.join(number.to_string())
    }

    /// Removes the folder.
    pub(crate) fn remove(self) -> Result<(), Failure> {
        Ok(disk::remove_tree(&self.path)?)
    }

    /// Makes a link or a file ready under its number, complete with owner, mode and extended
    /// attributes; returns those that it could not be given.
    pub(crate) fn put(
        &self,
        number: usize,
        entry: &Entry,
        content: Option<File>,
        attributes: &Attributes,
    ) -> Result<Vec<String>, Failure> {
        let name = number.to_string();
        match (entry, content) {
            (Entry::Link { .. }, _) => {
                let target = entry::target(entry)?.unwrap_or_default();
                self.folder.create_link(name.as_ref(), &target)?;
                Ok(Vec::new())
            }
            (
                Entry::File {
                    digest,
                    mode,
                    uid,
                    gid,
                    ..
                },
                Some(mut content),
            ) => {
                let mut file = self.folder.create_file(name.as_ref(), 0o600)?;
                let (found, _) = hash::copy(&mut content, &mut file)?;
                if found != *digest {
                    return Err(Failure::new(Kind::HashMismatch, "expected another content"));
                }
                let lost = attributes::give(&file, attributes)?;
                if uid.is_some() || gid.is_some() {
                    fchown(&file, *uid, *gid)?;
                }
                file.set_permissions(Permissions::from_mode(mode.0))?;
                Ok(lost)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Waits until everything here is on the disk.
    pub(crate) fn sync(&self, count: usize) -> Result<(), Failure> {
        if count > FEW {
            return Ok(disk::sync_filesystem(&self.path)?);
        }
        for name in self.folder.names()? {
            if self
                .folder
                .stat(&name)?
                .is_some_and(|found| found.kind == disk::FileKind::File)
            {
                // A file of mode 0000 cannot be opened by its owner; the folder's sync must do.
                if let Ok(file) = self.folder.open_file(&name) {
                    file.sync_all()?;
                }
            }
        }
        Ok(self.folder.sync()?)
    }
}

/// Makes all changes ready; returns what a person should know.
pub(crate) fn changes(
    place: &Place,
    store: &Store,
    stage: &Stage,
    survey: &Survey,
) -> Result<Vec<String>, Failure> {
    let changes = &survey.changes;
    let mut cursor = survey.layers.as_ref().map(Layers::cursor);
    let mut notes = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        let named = |failure: Failure| failure.file(change.path.text());
        let content = match (&change.op.after, change.op.layer, &mut cursor) {
            (Entry::File { .. }, Some(layer), Some(cursor)) => Some(cursor.file(layer, &change.path)?),
            (Entry::File { digest, .. }, ..) => Some(blobs::open(store, digest)?),
            _ => None,
        };
        let attributes = match content {
            Some(_) => attributes::wanted(place, &survey.old, change)?,
            None => Attributes::new(),
        };
        let lost = stage
            .put(number, &change.op.after, content, &attributes)
            .map_err(named)?;
        notes.extend(
            lost.iter()
                .map(|name| format!("{}: {name} could not be kept", change.path)),
        );
    }
    stage.sync(changes.len())?;
    Ok(notes)
}

/// Keeps the contents that the changes will replace.
pub(crate) fn originals(place: &Place, store: &Store, changes: &[Change]) -> Result<(), Failure> {
    let replaced: Vec<&Change> = changes
        .iter()
        .filter(|change| entry::is_file(&change.op.before))
        .collect();
    let digests = replaced
        .iter()
        .filter_map(|change| entry::digest(&change.op.before));
    blobs::make_folders(store, digests)?;
    for change in &replaced {
        if let (Some(mut file), Some(digest)) = (
            current(place, &change.path, &change.op.before)?,
            entry::digest(&change.op.before),
        ) {
            blobs::keep(store, &mut file, digest).map_err(|failure| failure.file(change.path.text()))?;
        }
    }
    if replaced.len() > FEW && stage_is_there(place, store)? {
        return Ok(()); // The new files are synced with all of their file system.
    }
    let mut kept = Vec::new();
    for digest in replaced
        .iter()
        .filter_map(|change| entry::digest(&change.op.before))
    {
        let file = blobs::path(store, digest)?;
        kept.extend(file.parent().map(Path::to_owned));
        kept.push(file);
    }
    if kept.is_empty() {
        return Ok(());
    }
    kept.push(store.path("blobs"));
    store.sync(&kept, replaced.len() > FEW)
}

/// Says whether new files wait on the file system of the state.
fn stage_is_there(place: &Place, store: &Store) -> Result<bool, Failure> {
    Ok(place_for(place, store)?.starts_with(store.path("")))
}

/// Opens the file that is there now, if it is one.
pub(crate) fn current(place: &Place, path: &TreePath, now: &Entry) -> Result<Option<File>, Failure> {
    if !entry::is_file(now) {
        return Ok(None);
    }
    if let Some(user) = crontab::user(path).filter(|_| crontab::are_applied(place)) {
        return crontab::open(&user).map(Some);
    }
    let (folder, name) = place.root.parent_of(path.as_path())?;
    Ok(Some(folder.open_file(&name)?))
}
