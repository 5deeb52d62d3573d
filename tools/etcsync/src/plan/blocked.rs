//! What nothing forbids and yet cannot be done.

use crate::{
    place::Place, plan::decide::Decision, root::obstacles::Obstacles, tree::change::Change, tree::entry,
};
use cli::Failure;
use etc::TreePath;
use std::{collections::BTreeSet, os::unix::ffi::OsStrExt};
use wire::etc::{Entry, OpKind};

/// Marks what nothing forbids and yet cannot be done.
pub(crate) fn find(place: &Place, decision: &mut Decision) -> Result<(), Failure> {
    if decision.changes.is_empty() {
        return Ok(());
    }
    let mut obstacles = Obstacles::new(place);
    let goes = |change: &&Change| change.op.after == Entry::Absent;
    let going: BTreeSet<TreePath> = decision
        .changes
        .iter()
        .filter(goes)
        .map(|change| change.path.clone())
        .collect();
    for change in decision
        .changes
        .iter_mut()
        .filter(|change| change.op.blocked.is_none())
    {
        change.op.blocked = match obstacles.of(&change.path)? {
            None if makes_way(change) => in_use(place, &change.path, &going)?,
            obstacle => obstacle.map(str::to_owned),
        };
    }
    Ok(())
}

/// Says whether a folder is to make room for something else.
fn makes_way(change: &Change) -> bool {
    entry::is_folder(&change.op.before) && change.op.op == OpKind::Retype
}

/// Says that a folder holds more than what goes with the same plan.
fn in_use(place: &Place, path: &TreePath, going: &BTreeSet<TreePath>) -> Result<Option<String>, Failure> {
    for name in place.root.beneath(path.as_path())?.names()? {
        if !going.contains(&path.join(name.as_bytes())?) {
            return Ok(Some(format!("the folder there is not empty: {}", name.display())));
        }
    }
    Ok(None)
}
