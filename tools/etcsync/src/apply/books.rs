//! The books that a distribution keeps of what is enabled: its own commands are run once the
//! files and links are as they shall be. A command that fails does not take the configuration back.

use crate::{
    check::discreet,
    place::Place,
    run::command,
    run::steps::Steps,
    state::book::{Book, Link},
    state::remembered::State,
    state::store::Store,
};
use cli::Failure;
use fs_err::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use wire::etc::{Outcome, Verdict};

/// Whether changes were made or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Made.
    Forward,
    /// Taken back.
    Back,
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
