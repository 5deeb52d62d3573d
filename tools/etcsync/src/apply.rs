//! Doing: all changes or none, then the reloads.

use crate::{
    args::HowArgs,
    attributes,
    books::{self, Direction},
    change::Change,
    check, commit,
    compare::Depth,
    generations,
    place::Place,
    recover, refuse, reload,
    stage::{self, Stage},
    state::{Running, State, StateFile, Store},
    steps::Steps,
    survey::{Survey, survey},
};
use cli::Failure;
use disk::Lock;
use wire::{
    Kind, Schema,
    etc::{Done, Outcome, Phase, Plan, Recovered, Report, Source, Verdict},
};

/// A root that nobody else works on until this is dropped.
pub(crate) struct Work<'a> {
    pub(crate) place: &'a Place,
    pub(crate) store: Store,
    pub(crate) steps: Steps<'a>,
    pub(crate) recovered: Option<Recovered>,
    _lock: Lock,
}

impl<'a> Work<'a> {
    /// Takes the lock, and recovers an interrupted run first.
    pub(crate) fn begin(place: &'a Place, how: &HowArgs, steps: Steps<'a>) -> Result<Self, Failure> {
        place.make_state()?;
        let store = Store::of(place);
        let lock = store.lock(how.wait)?;
        let recovered = recover::interrupted(place, &store, &steps)?;
        Ok(Self {
            place,
            store,
            steps,
            recovered,
            _lock: lock,
        })
    }

    /// Applies a plan made earlier, if it would be made just so now.
    pub(crate) fn apply(&self, plan: &Plan, how: &HowArgs) -> Result<Report, Failure> {
        let now = survey(self.place, &plan.source, Depth::Digests)?;
        refuse::stale(plan, &now.plan)?;
        self.carry_out(now, how)
    }

    /// Applies what has just been surveyed.
    pub(crate) fn carry_out(&self, mut survey: Survey, how: &HowArgs) -> Result<Report, Failure> {
        refuse::undecided(&survey, how)?;
        // A memory that cannot be kept costs time, no more.
        _ = survey.seen.keep(&self.store);
        attributes::gather(self.place, &mut survey)?;
        let mut report = self.report(&survey);
        let mut state = survey.new.clone();
        if survey.changes.is_empty() {
            report.books = self.keep_books(&survey);
            if survey.new != survey.old {
                self.store.write(&(&state).into())?;
            }
            self.reload_alone(&mut state, how, &mut report)?;
            return Ok(report);
        }
        let mut running = self.stage(&survey, &mut report)?;
        let stage = Stage::open(&running.stage)?;
        self.commit(&stage, &mut running, &survey, &mut report)?;
        self.tell(&stage, &mut running, &survey, how, &mut report)?;
        self.end(stage, &running, &survey.plan.source, &mut report)?;
        Ok(report)
    }

    fn keep_books(&self, survey: &Survey) -> Vec<Outcome> {
        books::update(
            self.place,
            &survey.new,
            &survey.books,
            Direction::Forward,
            &self.steps,
        )
    }

    /// Makes everything ready, has it checked, and looks once more. Nothing is changed yet.
    fn stage(&self, survey: &Survey, report: &mut Report) -> Result<Running, Failure> {
        let path = stage::place_for(self.place, &self.store)?;
        let running = Running::new(self.place, path, survey);
        let journal = self.store.journal();
        // Until the commit there is only the stage to be swept; where every run makes its own at the
        // same place, a power cut may forget it.
        let swept = running.stage.starts_with(self.store.path(""));
        let first = if swept {
            self.store.journal().unsynced()
        } else {
            self.store.journal()
        };
        first.write(&running.staging())?;
        self.steps.step();
        let ready = self.make_ready(&running, survey, report);
        if ready.is_err() {
            // Nothing was changed: leave nothing behind either. A later run sweeps what cannot go now.
            _ = disk::remove_tree(&running.stage);
            _ = journal.clear();
        }
        ready.map(|()| running)
    }

    fn make_ready(&self, running: &Running, survey: &Survey, report: &mut Report) -> Result<(), Failure> {
        let stage = Stage::make(&running.stage)?;
        self.steps.step();
        stage::originals(self.place, &self.store, &survey.changes)?;
        self.steps.step();
        report.notes = stage::changes(self.place, &self.store, &stage, survey)?;
        self.steps
            .note(&format!("staged {} changes", survey.changes.len()));
        self.steps.step();
        report.checks = check::before(self.place, &self.store, &stage, survey, &self.steps)?;
        refuse::moved(self.place, &survey.changes)
    }

    /// Puts the changes in place; what fails half-way is taken back.
    fn commit(
        &self,
        stage: &Stage,
        running: &mut Running,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<(), Failure> {
        cli::uninterrupted(|| {
            self.phase(running, Phase::Commit)?;
            let written = commit::put(self.place, stage, &survey.changes, &self.steps).and_then(|notes| {
                self.phase(running, Phase::Written)?;
                self.store.write_unsynced(&running.new)?;
                Ok(notes)
            });
            match written {
                Ok(notes) => report.notes.extend(notes),
                Err(failure) => {
                    let failure = self.take_back(stage, running, failure, Kind::ApplyFailed);
                    return Err(failure.report(&self.after_failure(report, survey)));
                }
            }
            self.steps.step();
            report.generation = survey.new.generation;
            report.done = survey.changes.iter().map(done).collect();
            Ok(())
        })
    }

    /// Runs the checks that could not run before, then the reloads; goes back if one fails.
    fn tell(
        &self,
        stage: &Stage,
        running: &mut Running,
        survey: &Survey,
        how: &HowArgs,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let late = check::after(self.place, survey, &report.checks, &self.steps);
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
        self.phase(running, Phase::Reloading)?;
        report.reloads = reload::pending(self.place, &self.store, &mut state, &self.steps)?;
        running.new = StateFile::from(&state);
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

    /// Runs reloads that were left pending, where there is nothing else to do.
    fn reload_alone(&self, state: &mut State, how: &HowArgs, report: &mut Report) -> Result<(), Failure> {
        if !how.no_reload {
            report.reloads = reload::pending(self.place, &self.store, state, &self.steps)?;
        }
        report.pending = names(state);
        match reload::failed(&report.reloads) {
            None => Ok(()),
            Some(outcome) => Err(told(outcome, "the reload of")
                .into_kind(Kind::ReloadFailed)
                .report(report)),
        }
    }

    /// Keeps the generation and forgets the run.
    fn end(
        &self,
        stage: Stage,
        running: &Running,
        source: &Source,
        report: &mut Report,
    ) -> Result<(), Failure> {
        generations::end(&self.store, running, &report.done, source)?;
        self.steps.step();
        stage.remove()?;
        self.store.journal().clear()?;
        self.steps.step();
        Ok(())
    }
}

impl Work<'_> {
    /// Ends what an interrupted or unlucky run left pending.
    pub(crate) fn finish_pending(&self, how: &HowArgs) -> Result<Report, Failure> {
        let mut state = self.store.read()?;
        let mut report = self.empty_report(&state);
        self.reload_alone(&mut state, how, &mut report)?;
        Ok(report)
    }

    fn report(&self, survey: &Survey) -> Report {
        Report {
            skipped: survey.plan.skipped.clone(),
            ..self.empty_report(&survey.old)
        }
    }

    fn empty_report(&self, state: &State) -> Report {
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
    fn after_failure(&self, report: &Report, survey: &Survey) -> Report {
        Report {
            generation: survey.old.generation,
            done: Vec::new(),
            pending: self.store.read().map(|state| names(&state)).unwrap_or_default(),
            ..report.clone()
        }
    }
}

fn names(state: &State) -> Vec<String> {
    state.pending.iter().map(|reload| reload.name.clone()).collect()
}

fn done(change: &Change) -> Done {
    Done {
        op: change.op.op,
        path: change.path.text(),
    }
}

fn told(outcome: &Outcome, what: &str) -> Failure {
    let failure = Failure::new(Kind::CheckFailed, format!("{what} {} failed", outcome.name));
    outcome.output.iter().cloned().fold(failure, Failure::cause)
}
