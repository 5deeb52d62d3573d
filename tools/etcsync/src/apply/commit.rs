//! Putting changes in place, and taking them back.

use crate::{
    place::Place,
    root::crontab,
    root::look::{self, Look},
    root::way::Way,
    run::steps::Steps,
    stage::ready::{self, Stage},
    state::blobs,
    state::store::Store,
    tree::change,
    tree::change::{Change, in_order},
    tree::entry,
    tree::hash,
};
use cli::Failure;
use disk::Dir;
use etc::TreePath;
use std::{ffi::OsStr, io, os::unix::ffi::OsStrExt, path::Path};
use wire::{Kind, etc::Entry};

/// Puts staged changes in place, one rename each, and returns what a person should know.
pub(crate) fn put(
    place: &Place,
    stage: &Stage,
    changes: &[Change],
    steps: &Steps<'_>,
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    let mut way = Way::new(place);
    for (number, change) in in_order(changes) {
        let entries = (&change.op.before, &change.op.after);
        let note = put_one(&mut way, stage, number, &change.path, entries)?;
        notes.extend(note.map(|note| format!("{}: {note}", change.path)));
        steps.step();
    }
    Ok(notes)
}

/// Puts one path from what it is to what it shall be.
fn put_one(
    way: &mut Way<'_>,
    stage: &Stage,
    number: usize,
    path: &TreePath,
    (before, after): (&Entry, &Entry),
) -> Result<Option<String>, Failure> {
    if let Some(user) = crontab::user(path).filter(|_| crontab::are_applied(way.place)) {
        match after {
            Entry::File { .. } => crontab::install(&user, &stage.file(number))?,
            _ => crontab::remove(&user)?,
        }
        return Ok(None);
    }
    let step = Step {
        folder: way.to(path.folder())?,
        name: OsStr::from_bytes(path.name()),
        stage,
        number,
    };
    step.put(before, after)
}

/// One change to one name in an open folder.
struct Step<'a> {
    folder: &'a Dir,
    name: &'a OsStr,
    stage: &'a Stage,
    number: usize,
}

impl Step<'_> {
    fn put(&self, before: &Entry, after: &Entry) -> Result<Option<String>, Failure> {
        match after {
            Entry::File { .. } | Entry::Link { .. } => {
                if entry::is_folder(before) {
                    self.folder.remove_folder(self.name)?;
                }
                let takes_a_free_name = entry::is_folder(before) || *before == Entry::Absent;
                self.rename(takes_a_free_name)?;
            }
            Entry::Folder { mode, uid, gid } => {
                if *before != Entry::Absent {
                    self.folder.unlink(self.name)?;
                }
                self.folder.create_folder(self.name, mode.0)?;
                if uid.is_some() || gid.is_some() {
                    self.folder.set_owner(self.name, *uid, *gid)?;
                }
            }
            Entry::Absent if entry::is_folder(before) => return self.remove_folder(),
            Entry::Absent => self.folder.unlink(self.name)?,
            Entry::Special { .. } | Entry::Unknown { .. } => {}
        }
        Ok(None)
    }

    fn rename(&self, takes_a_free_name: bool) -> Result<(), Failure> {
        let staged = self.number.to_string();
        if takes_a_free_name {
            return Ok(self
                .stage
                .folder
                .rename_new(staged.as_ref(), self.folder, self.name)?);
        }
        Ok(self
            .stage
            .folder
            .rename(staged.as_ref(), self.folder, self.name)?)
    }

    /// A folder in which others have put something stays.
    fn remove_folder(&self) -> Result<Option<String>, Failure> {
        let folder = self.folder.folder(self.name)?;
        if !entry::is_empty(&folder)? {
            return Ok(Some("the folder is not empty and stays".to_owned()));
        }
        self.folder.remove_folder(self.name)?;
        Ok(None)
    }
}

/// Takes changes back, those that were made, in the opposite order.
pub(crate) fn undo(
    place: &Place,
    store: &Store,
    stage: &Stage,
    changes: &[Change],
    steps: &Steps<'_>,
) -> Result<(), Failure> {
    let mut left = Vec::new();
    for (number, change) in in_order(changes).into_iter().rev() {
        let number = changes.len() + number;
        match undo_one(place, store, stage, number, change) {
            Ok(true) => {}
            Ok(false) => left.push(format!("{}: somebody else changed it meanwhile", change.path)),
            Err(failure) => left.push(format!("{}: {}", change.path, failure.message())),
        }
        steps.step();
    }
    sync(place, changes)?;
    if left.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(Kind::NeedsRecover, "not everything could be put back");
    Err(left.into_iter().fold(failure, Failure::cause))
}

/// Takes one change back; says whether that is now so.
fn undo_one(
    place: &Place,
    store: &Store,
    stage: &Stage,
    number: usize,
    change: &Change,
) -> Result<bool, Failure> {
    let (before, after) = (&change.op.before, &change.op.after);
    let now = Look::new(place).at(&change.path)?.entry;
    if entry::same(&now, before) {
        return Ok(true);
    }
    if now != Entry::Absent && !entry::same(&now, after) {
        return Ok(false);
    }
    let content = entry::digest(before)
        .map(|digest| blobs::open(store, digest))
        .transpose()?;
    let mut reader = hash::Reader::default();
    let content = content.map(|content| (content, &mut reader));
    let name = number.to_string();
    if stage.folder.stat(name.as_ref())?.is_some() {
        stage.folder.unlink(name.as_ref())?;
    }
    stage.put(number, before, content, &change.attributes)?;
    if entry::is_file(before) {
        stage.folder.open_file(name.as_ref())?.sync_all()?;
    }
    put_one(&mut Way::new(place), stage, number, &change.path, (&now, before))?;
    Ok(true)
}

/// Says whether names are to be synced by their whole file system.
pub(crate) fn has_many_folders(changes: &[Change]) -> bool {
    change::folders(changes).len() > ready::FEW
}

/// Waits until the names are on the disk.
pub(crate) fn sync(place: &Place, changes: &[Change]) -> Result<(), Failure> {
    if has_many_folders(changes) {
        return Ok(rustix::fs::syncfs(&place.root).map_err(io::Error::from)?);
    }
    for folder in change::folders(changes) {
        match place.root.beneath(Path::new(OsStr::from_bytes(folder))) {
            Ok(folder) => folder.sync()?,
            Err(error) if look::is_absent(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
