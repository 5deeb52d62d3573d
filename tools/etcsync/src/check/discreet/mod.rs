//! What commands say, without what they quote of files that are not for everybody.
//!
//! A validator that stumbles over a line likes to print it. Reports and logs are for more eyes than
//! a file of mode 0640, so whatever stands in such a file is blotted out of what a command wrote.

mod files;
mod lines;
mod quotes;

use crate::{place::Place, stage::ready::Stage, state::remembered::State, tree::change::Change};
use files::{Known, Reader};
use quotes::Quotes;
use wire::etc::Outcome;

/// Files that are being made ready, and the changes that they are for.
pub(crate) type Staged<'a> = (&'a Stage, &'a [Change]);

/// Blots out of what a command wrote all that stands in private files, those that not everybody
/// may read or that a rule calls secret, in the root or among what is staged, and in no other file
/// there.
pub(crate) fn hide(place: &Place, state: &State, staged: Option<Staged<'_>>, outcome: &mut Outcome) {
    if outcome.output.is_empty() {
        return;
    }
    let known = Known { place, state, staged };
    let mut quotes = Quotes::possible(&outcome.output);
    let read = known
        .each(Reader::Few, &mut |content| quotes.found_in_private(content))
        .and_then(|()| {
            quotes.forget_others();
            known.each(Reader::All, &mut |content| quotes.found_in_public(content))
        });
    if read.is_err() {
        outcome.output =
            vec!["what it wrote is kept back: a private file could not be read to compare".to_owned()];
        return;
    }
    let paths = known.paths();
    let root = format!("{}/", place.real.display());
    for line in &mut outcome.output {
        *line = quotes.blot(line, &root, &paths);
    }
}
