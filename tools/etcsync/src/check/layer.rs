//! The new files as a tree of their own, to be laid over the root for the checks: what goes
//! is a whiteout, the device that overlayfs takes for "nothing here".

use crate::{place::Place, root::crontab, stage::ready::Stage, tree::change::Change, tree::entry};
use cli::Failure;
use disk::Dir;
use etc::TreePath;
use rustix::fs::{FileType, Mode, mknodat};
use std::{
    fs::Permissions,
    io,
    os::unix::fs::{PermissionsExt, fchown},
    path::{Path, PathBuf},
};
use wire::etc::Entry;

/// A tree of new files; removed when dropped.
#[derive(Debug)]
pub(crate) struct Layer {
    path: PathBuf,
    top: Dir,
}

impl Layer {
    /// Makes the tree from what is staged.
    pub(crate) fn make(
        path: PathBuf,
        place: &Place,
        stage: &Stage,
        changes: &[Change],
    ) -> Result<Self, Failure> {
        disk::remove_tree(&path)?;
        let (parent, name) = (
            path.parent().unwrap_or(&path),
            path.file_name().unwrap_or_default(),
        );
        let top = Dir::open(parent)?.create_folder(name, 0o755)?;
        let layer = Self { path, top };
        let in_root = |change: &Change| !(crontab::are_applied(place) && crontab::is_about(&change.path));
        for (number, change) in changes.iter().enumerate().filter(|(_, change)| in_root(change)) {
            layer.make_parents(place, &change.path)?;
            layer.put(stage, number, change)?;
        }
        Ok(layer)
    }

    /// Returns the top of the tree.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folders above a path as they are in the root: the upper layer's mode is what
    /// a reader sees.
    fn make_parents(&self, place: &Place, path: &TreePath) -> Result<(), Failure> {
        for parent in path.parents() {
            let (folder, name) = self.top.parent_of(parent.as_path())?;
            if folder.stat(&name)?.is_some() {
                continue;
            }
            let real = place
                .root
                .parent_of(parent.as_path())
                .and_then(|(folder, name)| folder.stat(&name));
            let real = real.ok().flatten();
            folder.create_folder(&name, real.as_ref().map_or(0o755, |real| real.mode | 0o700))?;
            if let Some(real) = real.filter(|_| place.privileged) {
                folder.set_owner(&name, Some(real.uid), Some(real.gid))?;
            }
        }
        Ok(())
    }

    fn put(&self, stage: &Stage, number: usize, change: &Change) -> Result<(), Failure> {
        let (folder, name) = self.top.parent_of(change.path.as_path())?;
        match &change.op.after {
            Entry::Folder { mode, uid, gid } => {
                if folder.stat(&name)?.is_none() {
                    folder.create_folder(&name, mode.0)?;
                    folder.set_owner(&name, *uid, *gid)?;
                }
                Ok(())
            }
            Entry::Link { .. } => {
                let target = entry::target(&change.op.after)?.unwrap_or_default();
                Ok(folder.create_link(&name, &target)?)
            }
            Entry::File { mode, uid, gid, .. } => {
                let staged = number.to_string();
                let mut file = folder.create_file(&name, 0o600)?;
                io::copy(&mut stage.folder.open_file(staged.as_ref())?, &mut file)?;
                fchown(&file, *uid, *gid)?;
                Ok(file.set_permissions(Permissions::from_mode(mode.0))?)
            }
            // A folder goes only if nothing is left in it, which a validator does not mind.
            Entry::Absent if entry::is_folder(&change.op.before) => Ok(()),
            _ => {
                let made = mknodat(
                    &folder,
                    Path::new(&name),
                    FileType::CharacterDevice,
                    Mode::empty(),
                    0,
                );
                Ok(made.map_err(io::Error::from)?)
            }
        }
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        // The next run removes what cannot go now.
        _ = disk::remove_tree(&self.path);
    }
}
