//! The part of a run that changes the root: putting changes in place, telling the services, and going back
//! where either fails.

use crate::{
    apply::commit,
    apply::how::How,
    apply::recover,
    apply::reload,
    apply::report::{self, names, told},
    apply::work::Work,
    check::judge,
    plan::survey::Survey,
    stage::ready::Stage,
    state::generations,
    state::remembered::StateFile,
    state::running::Running,
};
use cli::Failure;
use wire::{
    Kind,
    etc::{Phase, Report, Verdict},
};

impl Work<'_> {
    /// Puts the changes in place; what fails half-way is taken back.
    pub(crate) fn commit(
        &self,
        stage: &Stage,
        running: &mut Running,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<(), Failure> {
        cli::uninterrupted(|| {
            match self.put(stage, running, survey) {
                Ok(notes) => report.notes.extend(notes),
                Err(failure) => {
                    let failure = self.take_back(stage, running, failure, Kind::ApplyFailed);
                    return Err(failure.report(&self.after_failure(report, survey)));
                }
            }
            report.generation = survey.new.generation;
            report.done = survey.changes.iter().map(report::done).collect();
            Ok(())
        })
    }

    /// Puts files, then the state, in place, and waits until both are on the disk.
    fn put(&self, stage: &Stage, running: &mut Running, survey: &Survey) -> Result<Vec<String>, Failure> {
        let notes = commit::put(self.place, stage, &survey.changes, &self.steps)?;
        generations::begin(&self.store, survey.new.generation)?;
        self.steps.step();
        running.phase = Phase::Written;
        if commit::has_many_folders(&survey.changes) && self.stages_with_state(running) {
            // One wait for everything. Whoever finds the mark after a power cut looks whether the rest is there.
            self.store.journal().unsynced().mark(&running.phase)?;
            commit::sync(self.place, &survey.changes)?;
        } else {
            commit::sync(self.place, &survey.changes)?;
            disk::sync_directory(&self.store.path("generations"))?;
            disk::sync_directory(&self.store.path(""))?;
            self.store.journal().mark(&running.phase)?;
        }
        self.steps.step();
        Ok(notes)
    }

    /// Runs the checks that could not run before, then the reloads; goes back if one fails.
    pub(crate) fn tell(
        &self,
        stage: &Stage,
        running: &mut Running,
        survey: &Survey,
        how: &How,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let late = judge::after(self.place, survey, &report.checks, &self.steps);
        report.checks.retain(|outcome| {
            outcome.result != Verdict::Unavailable || !late.iter().any(|new| new.name == outcome.name)
        });
        report.checks.extend(late);
        if let Some(outcome) = report
            .checks
            .iter()
            .find(|outcome| outcome.result == Verdict::Failed)
        {
            let failure = told(outcome, "the check of");
            let failure = self.take_back(stage, running, failure, Kind::ApplyFailed);
            return Err(failure.report(&self.after_failure(report, survey)));
        }
        report.books = self.keep_books(survey);
        let mut state = survey.new.clone();
        if how.no_reload || state.pending.is_empty() {
            report.pending = names(&state);
            return Ok(());
        }
        running.phase = Phase::Reloading;
        self.store.journal().mark(&running.phase)?;
        self.steps.step();
        report.reloads = reload::pending(self.place, &self.store, &mut state, &self.steps)?;
        report.pending = names(&state);
        let Some(outcome) = reload::failed(&report.reloads) else {
            return Ok(());
        };
        let failure = told(outcome, "the reload of");
        let failure = self.back_and_reload(stage, running, survey, failure);
        Err(failure.report(&self.after_failure(report, survey)))
    }

    /// Puts files and state back after a reload that failed, and tells the services that.
    fn back_and_reload(
        &self,
        stage: &Stage,
        running: &mut Running,
        survey: &Survey,
        failure: Failure,
    ) -> Failure {
        // The services concerned have to read the old files again: what was pending before, and these.
        let mut back = survey.old.clone();
        back.pending.clone_from(&survey.new.pending);
        running.old = StateFile::from(&back);
        let failure = self.take_back(stage, running, failure, Kind::ReloadFailed);
        if failure.kind() != Some(Kind::ReloadFailed) {
            return failure;
        }
        let mut state = back;
        let again = reload::pending(self.place, &self.store, &mut state, &self.steps);
        match again.as_deref().map(reload::failed) {
            Ok(None) => failure,
            Ok(Some(outcome)) => {
                told(outcome, "with the old files back, the reload of").into_kind(Kind::NeedsRecover)
            }
            Err(error) => Failure::new(Kind::NeedsRecover, error.message().to_owned()),
        }
    }

    /// Takes changes back: the failure says whether that went well.
    fn take_back(&self, stage: &Stage, running: &mut Running, failure: Failure, kind: Kind) -> Failure {
        let undone = self.phase(running, Phase::Undoing).and_then(|()| {
            let changes = running.changes()?;
            recover::back(self.place, &self.store, stage, &changes, running, &self.steps)
        });
        match undone {
            Ok(()) => failure.into_kind(kind),
            Err(undo) => undo
                .into_kind(Kind::NeedsRecover)
                .cause(failure.message().to_owned()),
        }
    }

    fn phase(&self, running: &mut Running, phase: Phase) -> Result<(), Failure> {
        running.phase = phase;
        self.store.journal().write(running)?;
        self.steps.step();
        Ok(())
    }
}
