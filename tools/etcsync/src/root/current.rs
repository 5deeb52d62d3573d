//! The files that are there now.

use crate::{place::Place, root::crontab, tree::entry};
use cli::Failure;
use etc::TreePath;
use std::fs::File;
use wire::etc::Entry;

/// Opens the file that is there now, if it is one.
pub(crate) fn open(place: &Place, path: &TreePath, now: &Entry) -> Result<Option<File>, Failure> {
    if !entry::is_file(now) {
        return Ok(None);
    }
    if let Some(user) = crontab::user(path).filter(|_| crontab::are_applied(place)) {
        return crontab::open(&user).map(Some);
    }
    let (folder, name) = place.root.parent_of(path.as_path())?;
    Ok(Some(folder.open_file(&name)?))
}
