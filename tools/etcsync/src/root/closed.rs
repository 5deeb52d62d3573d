//! Folders that are not for everybody: what is in them is not either, whatever its own mode.

use crate::place::Place;
use etc::TreePath;
use std::collections::BTreeMap;

type Mode<'a> = Box<dyn Fn(&TreePath) -> Option<u32> + 'a>;

/// Says of folders below the root whether everybody may go through them; the root itself is its owner's
/// business.
pub(crate) struct Closed<'a> {
    place: &'a Place,
    /// The mode of a folder that is to be made.
    mode: Mode<'a>,
    known: BTreeMap<TreePath, bool>,
    /// The folder that was asked for last, which the next path is most likely in too.
    last: Option<(Vec<u8>, bool)>,
}

impl<'a> Closed<'a> {
    /// Begins with a root; `mode` is what a folder will have that is not there yet.
    pub(crate) fn new(place: &'a Place, mode: impl Fn(&TreePath) -> Option<u32> + 'a) -> Self {
        Self {
            place,
            mode: Box::new(mode),
            known: BTreeMap::new(),
            last: None,
        }
    }

    /// Says whether a path is in a folder that is closed to others, or below one.
    pub(crate) fn holds(&mut self, path: &TreePath) -> bool {
        self.holds_in(path, || None)
    }

    /// Says so too; `mode` is that of the path's own folder, where somebody has it open.
    pub(crate) fn holds_in(&mut self, path: &TreePath, mode: impl FnOnce() -> Option<u32>) -> bool {
        if let Some((_, closed)) = self.last.as_ref().filter(|(last, _)| last == path.folder()) {
            return *closed;
        }
        let closed = path.parent().is_some_and(|folder| self.is_closed(folder, mode()));
        self.last = Some((path.folder().to_owned(), closed));
        closed
    }

    fn is_closed(&mut self, folder: TreePath, mode: Option<u32>) -> bool {
        if let Some(known) = self.known.get(&folder) {
            return *known;
        }
        let own = |closed: &Self| mode.or_else(|| closed.own_mode(&folder));
        let closed = self.holds(&folder) || own(self).is_some_and(|mode| mode & 0o001 == 0);
        self.known.insert(folder, closed);
        closed
    }

    fn own_mode(&self, folder: &TreePath) -> Option<u32> {
        let there = self.place.root.parent_of(folder.as_path());
        let there = there.and_then(|(above, name)| above.stat(&name)).ok().flatten();
        match there {
            Some(there) if there.kind == disk::FileKind::Folder => Some(there.mode),
            _ => (self.mode)(folder),
        }
    }
}
