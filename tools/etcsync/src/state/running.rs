//! What the journal says of a run that is under way.

use crate::{
    place::Place,
    state::book::Book,
    state::remembered::{State, StateFile},
    tree::change::Change,
    tree::entry::Attributes,
};
use cli::Failure;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use wire::{
    Document, Schema,
    etc::{Op, Phase, Source},
};

/// A run that is under way: there exactly as long as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    schema: Schema<Self>,
    /// How far it has come.
    pub(crate) phase: Phase,
    /// The root, so that nobody recovers another one by mistake.
    pub(crate) root: PathBuf,
    /// Where the new files wait.
    pub(crate) stage: PathBuf,
    /// Where the contents come from, for the log.
    pub(crate) source: Source,
    /// The changes, in the order of the plan, with true digests.
    pub(crate) ops: Vec<Op>,
    /// What hangs on the files that are replaced, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attributes: Vec<Attributes>,
    /// The commands that keep the distribution's books.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) books: Vec<Book>,
    /// The state before.
    pub(crate) old: StateFile,
    /// The generation that it makes; the state after it is there, or waits, beside the journal.
    pub(crate) generation: u64,
}

impl Document for Running {
    const SCHEMA: &'static str = "etcsync.journal/1";
}

impl Running {
    pub(crate) fn new(
        place: &Place,
        stage: PathBuf,
        source: &Source,
        changes: &[Change],
        books: &[Book],
        old: &State,
        generation: u64,
    ) -> Self {
        Self {
            schema: Schema::new(),
            phase: Phase::Staging,
            root: place.real.clone(),
            stage,
            source: source.clone(),
            ops: changes.iter().map(|change| change.op.clone()).collect(),
            attributes: if changes.iter().all(|change| change.attributes.is_empty()) {
                Vec::new()
            } else {
                changes.iter().map(|change| change.attributes.clone()).collect()
            },
            books: books.to_vec(),
            old: old.into(),
            generation,
        }
    }

    /// Returns what a run needs to be swept up after as long as it has changed nothing.
    pub(crate) fn staging(&self) -> Self {
        Self {
            phase: Phase::Staging,
            ops: Vec::new(),
            attributes: Vec::new(),
            books: Vec::new(),
            old: StateFile::from(&State::default()),
            generation: self.generation,
            root: self.root.clone(),
            stage: self.stage.clone(),
            source: self.source.clone(),
            schema: Schema::new(),
        }
    }

    /// Returns the changes.
    pub(crate) fn changes(&self) -> Result<Vec<Change>, Failure> {
        let attributes = self
            .attributes
            .iter()
            .cloned()
            .chain(std::iter::repeat(Attributes::new()));
        let ops = self.ops.iter().cloned().zip(attributes);
        ops.map(|(op, attributes)| Change::read(op, attributes)).collect()
    }

    /// Says whether recovering it ends in the new state.
    pub(crate) fn goes_forward(&self) -> bool {
        matches!(self.phase, Phase::Written | Phase::Reloading)
    }
}
