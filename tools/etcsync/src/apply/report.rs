//! What a run says of itself.

use crate::{apply::work::Work, plan::survey::Survey, state::remembered::State, tree::change::Change};
use cli::Failure;
use wire::{
    Kind, Schema,
    etc::{Done, Outcome, Report},
};

impl Work<'_> {
    /// Returns the report of a run that begins.
    pub(crate) fn report(&self, survey: &Survey) -> Report {
        Report {
            skipped: survey.plan.skipped.clone(),
            ..self.empty_report(&survey.old)
        }
    }

    /// Returns the report of a run that has nothing to do.
    pub(crate) fn empty_report(&self, state: &State) -> Report {
        Report {
            schema: Schema::new(),
            root: self.place.name.clone(),
            generation: state.generation,
            recovered: self.recovered,
            done: Vec::new(),
            checks: Vec::new(),
            books: Vec::new(),
            reloads: Vec::new(),
            pending: names(state),
            skipped: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns the report of a run that was put back: what was done no longer holds.
    pub(crate) fn after_failure(&self, report: &Report, survey: &Survey) -> Report {
        Report {
            generation: survey.old.generation,
            done: Vec::new(),
            pending: self.store.read().map(|state| names(&state)).unwrap_or_default(),
            ..report.clone()
        }
    }
}

/// Names the services that still have to be told.
pub(crate) fn names(state: &State) -> Vec<String> {
    state.pending.iter().map(|reload| reload.name.clone()).collect()
}

/// Says that a change was made.
pub(crate) fn done(change: &Change) -> Done {
    Done {
        op: change.op.op,
        path: change.path.text(),
    }
}

/// Makes a failure of what a command wrote.
pub(crate) fn told(outcome: &Outcome, what: &str) -> Failure {
    let failure = Failure::new(Kind::CheckFailed, format!("{what} {} failed", outcome.name));
    outcome.output.iter().cloned().fold(failure, Failure::cause)
}
