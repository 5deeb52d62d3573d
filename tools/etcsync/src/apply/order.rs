//! Doing: the order of a run. All changes or none, then the reloads.

use crate::{
    apply::books::{self, Direction},
    apply::how::How,
    apply::refuse,
    apply::reload,
    apply::report::{done, names, told},
    apply::work::Work,
    check::judge,
    plan::origin::Origin,
    plan::stale,
    plan::survey::{Survey, survey_to_apply},
    stage::gather,
    stage::ready::{self, Stage},
    state::generations,
    state::remembered::State,
    state::running::Running,
    state::store::Store,
};
use cli::Failure;
use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};
use wire::{
    Kind,
    etc::{Generation, Outcome, Phase, Plan, Report},
};

impl Work<'_> {
    /// Applies a plan made earlier, if it would be made just so now.
    pub(crate) fn apply(&self, plan: &Plan, how: &How) -> Result<Report, Failure> {
        stale::withheld(plan)?;
        let now = survey_to_apply(self.place, Origin::of_plan(plan))?;
        stale::stale(plan, &now.plan)?;
        self.carry_out(now, how)
    }

    /// Applies what has just been surveyed.
    pub(crate) fn carry_out(&self, mut survey: Survey, how: &How) -> Result<Report, Failure> {
        refuse::undecided(self.place, &survey, how)?;
        // A memory that cannot be kept costs time, no more.
        _ = survey.seen.keep(&self.store);
        gather::gather(self.place, &mut survey)?;
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
        self.end(stage)?;
        Ok(report)
    }

    pub(crate) fn keep_books(&self, survey: &Survey) -> Vec<Outcome> {
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
        let path = ready::place_for(self.place, &self.store)?;
        let mut running = Running::new(
            self.place,
            path,
            &survey.plan.source,
            &survey.changes,
            &survey.books,
            &survey.old,
            survey.new.generation,
        );
        // Until the commit there is only the stage to be swept; where every run makes its own at the
        // same place, a power cut may forget it.
        let first = if self.stages_with_state(&running) {
            self.store.journal().unsynced()
        } else {
            self.store.journal()
        };
        first.write(&running.staging())?;
        self.steps.step();
        let ready = self.make_ready(&mut running, survey, report);
        if ready.is_err() {
            // Nothing was changed: leave nothing behind either. A later run sweeps what cannot go now.
            _ = disk::remove_tree(&running.stage);
            _ = generations::forget(&self.store, running.generation);
            _ = self.store.journal().clear();
        }
        ready.map(|()| running)
    }

    /// Says whether new files wait on the file system of the state.
    pub(crate) fn stages_with_state(&self, running: &Running) -> bool {
        running.stage.starts_with(self.store.path(""))
    }

    fn make_ready(&self, running: &mut Running, survey: &Survey, report: &mut Report) -> Result<(), Failure> {
        let stage = Stage::make(&running.stage)?;
        self.steps.step();
        let mut kept = ready::originals(self.place, &self.store, &survey.changes)?;
        self.steps.step();
        let (place, store) = (self.place, &self.store);
        let (next, notes) = threads::both(
            || prepare(store, survey),
            || ready::changes(place, store, &stage, survey),
        );
        report.notes = notes?;
        next?;
        self.steps
            .note(&format!("staged {} changes", survey.changes.len()));
        self.steps.step();
        report.checks = judge::before(self.place, &self.store, &stage, survey, &self.steps)?;
        refuse::moved(self.place, &survey.changes)?;
        kept.extend(generations::prepared(&self.store));
        self.promise(&stage, running, survey, &kept)
    }

    /// Waits until all that was made ready is on the disk, with a journal that says how to get back.
    fn promise(
        &self,
        stage: &Stage,
        running: &mut Running,
        survey: &Survey,
        kept: &[PathBuf],
    ) -> Result<(), Failure> {
        running.phase = Phase::Commit;
        let many = survey.changes.len() > ready::FEW;
        if many && self.stages_with_state(running) {
            // One wait for everything. A journal that does not get as far counts as none.
            self.store.journal().unsynced().write(running)?;
            stage.sync(many)?;
        } else {
            stage.sync(many)?;
            self.store.sync(kept, many)?;
            self.store.journal().write(running)?;
        }
        self.steps.step();
        Ok(())
    }

    /// Runs reloads that were left pending, where there is nothing else to do.
    fn reload_alone(&self, state: &mut State, how: &How, report: &mut Report) -> Result<(), Failure> {
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

    /// Forgets the run, and what it leaves to be forgotten.
    fn end(&self, stage: Stage) -> Result<(), Failure> {
        generations::sweep(&self.store)?;
        stage.remove()?;
        // The mark in it is on the disk: if it comes back after a power cut, nothing is taken back.
        self.store.journal().unsynced().clear()?;
        self.steps.step();
        Ok(())
    }
}

impl Work<'_> {
    /// Ends what an interrupted or unlucky run left pending.
    pub(crate) fn finish_pending(&self, how: &How) -> Result<Report, Failure> {
        let mut state = self.store.read()?;
        let mut report = self.empty_report(&state);
        self.reload_alone(&mut state, how, &mut report)?;
        Ok(report)
    }
}

/// Makes the state ready that holds once the changes are in place.
fn prepare(store: &Store, survey: &Survey) -> Result<(), Failure> {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let generation = Generation {
        number: survey.new.generation,
        time: time.as_secs(),
        source: survey.plan.source.clone(),
        done: survey.changes.iter().map(done).collect(),
    };
    generations::prepare(store, &(&survey.new).into(), &generation)
}
