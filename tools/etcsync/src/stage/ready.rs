//! Making everything ready outside the root, where no daemon reads it, so that putting it in
//! place is renames only.

use crate::{
    layers::source::{Cursor, Layers},
    place::Place,
    plan::survey::Survey,
    root::attributes::{self, Inheritance},
    root::current,
    root::look,
    run::batches,
    state::blobs,
    state::store::Store,
    tree::change::Change,
    tree::entry,
    tree::entry::Attributes,
    tree::hash,
};
use cli::Failure;
use disk::Dir;
use std::{
    fs::{File, Permissions},
    io::Write,
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
        content: Option<(File, &mut hash::Reader)>,
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
                    size,
                    mode,
                    uid,
                    gid,
                },
                Some((mut content, reader)),
            ) => {
                let mut file = self.folder.create_private(name.as_ref())?;
                let copied = reader.read(&mut content, size.unwrap_or(u64::MAX), |chunk| {
                    file.write_all(chunk)
                });
                if hash::named(&copied?.0) != *digest {
                    return Err(Failure::new(Kind::HashMismatch, "expected another content"));
                }
                // A new owner takes capabilities away, and a mode limits access control lists: in this order.
                if uid.is_some() || gid.is_some() {
                    fchown(&file, *uid, *gid)?;
                }
                let lost = attributes::give(&file, attributes)?;
                file.set_permissions(Permissions::from_mode(mode.0))?;
                Ok(lost)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Waits until everything here is on the disk.
    pub(crate) fn sync(&self, many: bool) -> Result<(), Failure> {
        if many {
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

/// Makes all changes ready, by several processors if there are many; returns what a person should know.
/// The caller makes them durable.
pub(crate) fn changes(
    place: &Place,
    store: &Store,
    stage: &Stage,
    survey: &Survey,
) -> Result<Vec<String>, Failure> {
    let changes = &survey.changes;
    let parts = batches::each(changes.len(), |batches| {
        let mut staging = Staging::new(place, store, stage, survey);
        let mut notes = Vec::new();
        for number in batches {
            let put = staging.put(number).map_err(|failure| (number, failure))?;
            notes.extend(put.into_iter().map(|note| (number, note)));
        }
        Ok(notes)
    });
    let mut notes: Vec<(usize, String)> = batches::together(parts)?.into_iter().flatten().collect();
    notes.sort();
    Ok(notes.into_iter().map(|(_, note)| note).collect())
}

/// Makes one change ready after the other.
struct Staging<'a> {
    store: &'a Store,
    stage: &'a Stage,
    survey: &'a Survey,
    cursor: Option<Cursor<'a>>,
    reader: hash::Reader,
    inheritance: Inheritance<'a>,
}

impl<'a> Staging<'a> {
    fn new(place: &'a Place, store: &'a Store, stage: &'a Stage, survey: &'a Survey) -> Self {
        Self {
            store,
            stage,
            survey,
            cursor: survey.layers().map(Layers::cursor),
            reader: hash::Reader::default(),
            inheritance: Inheritance::new(place),
        }
    }

    /// Makes the change with this number ready; returns what could not be kept of the file before.
    fn put(&mut self, number: usize) -> Result<Vec<String>, Failure> {
        let change = &self.survey.changes[number];
        let content = match (&change.op.after, change.op.layer, &mut self.cursor) {
            (Entry::File { .. }, Some(layer), Some(cursor)) => Some(cursor.file(layer, &change.path)?),
            (Entry::File { digest, .. }, ..) => Some(blobs::open(self.store, digest)?),
            _ => None,
        };
        let attributes = match content {
            Some(_) => attributes::wanted(&mut self.inheritance, &self.survey.old, change)?,
            None => Attributes::new(),
        };
        let content = content.map(|content| (content, &mut self.reader));
        let lost = self
            .stage
            .put(number, &change.op.after, content, &attributes)
            .map_err(|failure| failure.file(change.path.text()))?;
        let note = |name: &String| format!("{}: {name} could not be kept", change.path);
        Ok(lost.iter().map(note).collect())
    }
}

/// Keeps the contents that the changes will replace; returns what the caller makes durable.
pub(crate) fn originals(place: &Place, store: &Store, changes: &[Change]) -> Result<Vec<PathBuf>, Failure> {
    let is_replaced = |change: &&Change| entry::is_file(&change.op.before);
    let replaced: Vec<&Change> = changes.iter().filter(is_replaced).collect();
    let digest = |change: &&Change| entry::digest(&change.op.before).map(str::to_owned);
    let digests: Vec<String> = replaced.iter().filter_map(digest).collect();
    blobs::make_folders(store, digests.iter().map(String::as_str))?;
    for (change, digest) in replaced.iter().zip(&digests) {
        if let Some(mut file) = current::open(place, &change.path, &change.op.before)? {
            blobs::keep(store, &mut file, digest).map_err(|failure| failure.file(change.path.text()))?;
        }
    }
    let mut kept = Vec::new();
    for digest in &digests {
        let file = blobs::path(store, digest)?;
        kept.extend(file.parent().map(Path::to_owned));
        kept.push(file);
    }
    if !kept.is_empty() {
        kept.push(store.path("blobs"));
    }
    Ok(kept)
}
