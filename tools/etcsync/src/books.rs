//! The books that a distribution keeps of what is enabled: its own commands are run once the
//! files and links are as they shall be. A command that fails does not take the configuration back.

use crate::{
    change::Change,
    command, discreet,
    place::Place,
    state::{State, Store},
    steps::Steps,
};
use cli::Failure;
use etc::{Books, TreePath};
use fs_err::os::unix::fs::symlink;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use wire::etc::{Entry, Outcome, Verdict};

/// Folders whose links start a script of `init.d`.
const STARTING: [&str; 4] = ["rc2.d", "rc3.d", "rc4.d", "rc5.d"];

/// A command that brings the books up to date, and the one that takes that back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) run: Vec<String>,
    pub(crate) undo: Vec<String>,
    /// The link concerned, where the commands are shown a folder of links of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<Link>,
}

/// A link that the commands are to make or remove in a folder of their own: in the real one it is
/// done already, and they would find nothing to write down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// The variable that names the folder to them.
    variable: String,
    /// The link below the root.
    path: String,
    /// Whether it is there once `run` is due.
    there: bool,
    /// Whether what it meant is gone by then, and only the books are left.
    #[serde(default)]
    forgotten: bool,
}

/// Whether changes were made or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Made.
    Forward,
    /// Taken back.
    Back,
}

impl Book {
    fn enable(path: &TreePath, books: Books) -> Self {
        Self {
            run: books.enable,
            undo: books.disable,
            link: books.links.map(|variable| Link {
                variable: variable.to_owned(),
                path: path.text(),
                there: true,
                forgotten: false,
            }),
        }
    }

    fn disable(path: &TreePath, books: Books) -> Self {
        let Self { run, undo, link } = Self::enable(path, books);
        Self {
            run: undo,
            undo: run,
            link: link.map(|link| Link { there: false, ..link }),
        }
    }

    fn forgetting(self) -> Self {
        let link = self.link.map(|link| Link {
            forgotten: true,
            ..link
        });
        Self { link, ..self }
    }
}

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

/// Brings the books up to date, for `/etc` only.
pub(crate) fn update(
    place: &Place,
    state: &State,
    books: &[Book],
    direction: Direction,
    steps: &Steps<'_>,
) -> Vec<Outcome> {
    if !place.is_etc() {
        return Vec::new();
    }
    books
        .iter()
        .map(|book| run(place, state, book, direction, steps))
        .collect()
}

fn run(place: &Place, state: &State, book: &Book, direction: Direction, steps: &Steps<'_>) -> Outcome {
    let argv = match direction {
        Direction::Forward => &book.run,
        Direction::Back => &book.undo,
    };
    let mut command = command::prepare(argv, &place.real);
    let aside = book.link.as_ref().map(|link| Aside::make(place, link, direction));
    // Without the folder the command runs all the same: it may then find nothing to write down.
    if let (Some(Ok(aside)), Some(link)) = (&aside, &book.link) {
        command.env(&link.variable, &aside.path);
    }
    let mut outcome = command::run(&argv.join(" "), command, steps.patience);
    command::shorten(&mut outcome);
    discreet::hide(place, state, None, &mut outcome);
    if outcome.result != Verdict::Passed {
        steps.warn(&format!(
            "{} did not succeed: the links are right, the books may not be",
            outcome.name
        ));
    }
    outcome
}

/// A folder like the one with the links, as it was before a link came or went; removed when dropped.
struct Aside {
    path: PathBuf,
}

impl Aside {
    fn make(place: &Place, link: &Link, direction: Direction) -> Result<Self, Failure> {
        let aside = Self {
            path: Store::of(place).path("links"),
        };
        disk::remove_tree(&aside.path)?;
        fs_err::create_dir(&aside.path)?;
        let (folder, name) = place.root.parent_of(Path::new(&link.path))?;
        let real = place.real.join(&link.path);
        for other in folder.names()?.iter().filter(|other| **other != name) {
            symlink(real.with_file_name(other), aside.path.join(other))?;
        }
        let forward = direction == Direction::Forward;
        if link.there != forward && !(link.forgotten && forward) {
            symlink(&real, aside.path.join(&name))?;
        }
        Ok(aside)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // The next run removes what cannot go now.
        _ = disk::remove_tree(&self.path);
    }
}
