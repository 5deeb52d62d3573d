//! The books that a distribution keeps of what is enabled: its own commands are run once the
//! links are as they shall be. A command that fails does not take the configuration back.

use crate::{change::Change, command, place::Place, steps::Steps};
use wire::etc::{Entry, Outcome, Verdict};

/// Whether changes were made or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Made.
    Forward,
    /// Taken back.
    Back,
}

/// Returns the commands that changes of links ask for.
pub(crate) fn commands(changes: &[Change], direction: Direction) -> Vec<Vec<String>> {
    changes
        .iter()
        .filter_map(|change| command_of(change, direction))
        .collect()
}

fn command_of(change: &Change, direction: Direction) -> Option<Vec<String>> {
    let is_link = |entry: &Entry| matches!(entry, Entry::Link { .. });
    let (before, after) = (is_link(&change.op.before), is_link(&change.op.after));
    let (before, after) = if direction == Direction::Forward {
        (before, after)
    } else {
        (after, before)
    };
    let books = etc::books(&change.path)?;
    match (before, after) {
        (false, true) => Some(books.enable),
        (true, false) => Some(books.disable),
        _ => None,
    }
}

/// Brings the books up to date, for `/etc` only.
pub(crate) fn update(
    place: &Place,
    changes: &[Change],
    direction: Direction,
    steps: &Steps<'_>,
) -> Vec<Outcome> {
    if !place.is_etc() {
        return Vec::new();
    }
    let run = |argv: Vec<String>| {
        let mut outcome = command::run(
            &argv.join(" "),
            command::prepare(&argv, &place.real),
            steps.patience,
        );
        command::shorten(&mut outcome);
        if outcome.result != Verdict::Passed {
            steps.warn(&format!(
                "{} did not succeed: the links are right, the books may not be",
                outcome.name
            ));
        }
        outcome
    };
    commands(changes, direction).into_iter().map(run).collect()
}
