//! Which commands keep the books of what is enabled.

use crate::{place::Place, state::book::Book, tree::change::Change};
use etc::{Books, TreePath};
use std::{collections::BTreeSet, path::Path};
use wire::etc::Entry;

/// Folders whose links start a script of `init.d`.
const STARTING: [&str; 4] = ["rc2.d", "rc3.d", "rc4.d", "rc5.d"];

/// Returns the commands that changes of links ask for.
pub(crate) fn of_links(changes: &[Change]) -> Vec<Book> {
    let gone = |path: &TreePath| {
        let same = changes.iter().find(|change| change.path == *path);
        same.is_some_and(|change| change.op.after == Entry::Absent)
    };
    changes
        .iter()
        .filter_map(|change| of_link(change, &gone))
        .collect()
}

fn of_link(change: &Change, gone: &dyn Fn(&TreePath) -> bool) -> Option<Book> {
    let is_link = |entry: &Entry| matches!(entry, Entry::Link { .. });
    let books = etc::books(&change.path)?;
    match (is_link(&change.op.before), is_link(&change.op.after)) {
        (false, true) => Some(Book::enable(&change.path, books)),
        (true, false) if etc::meant_by(&change.path).as_ref().is_some_and(gone) => {
            let disable = books.forget.clone();
            Some(Book::disable(&change.path, Books { disable, ..books }).forgetting())
        }
        (true, false) => Some(Book::disable(&change.path, books)),
        _ => None,
    }
}

/// Scripts of `init.d`, whose links only the distribution's own command can number.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    pub(crate) books: Vec<Book>,
    /// Those that etcsync has enabled, then.
    pub(crate) ours: BTreeSet<TreePath>,
}

/// Decides which scripts are to be enabled, and which no longer: what is enabled without us
/// stays so, and stays nobody's.
pub(crate) fn of_scripts(place: &Place, ours: &BTreeSet<TreePath>, wanted: &BTreeSet<TreePath>) -> Scripts {
    let new: BTreeSet<&TreePath> = wanted.iter().filter(|script| !starts(place, script)).collect();
    let going = ours
        .difference(wanted)
        .filter_map(|script| Some(Book::disable(script, etc::script_books(script)?)));
    let coming = new
        .iter()
        .filter_map(|script| Some(Book::enable(script, etc::script_books(script)?)));
    Scripts {
        books: going.chain(coming).collect(),
        ours: ours.intersection(wanted).chain(new).cloned().collect(),
    }
}

/// Says whether a link starts a script in any runlevel: `rc2.d/S01name`.
fn starts(place: &Place, script: &TreePath) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let is_its_link = |name: &[u8]| name.first() == Some(&b'S') && name.get(3..) == Some(script.name());
    let names = STARTING
        .iter()
        .filter_map(|folder| place.root.beneath(Path::new(folder)).ok()?.names().ok());
    names.flatten().any(|name| is_its_link(name.as_bytes()))
}
