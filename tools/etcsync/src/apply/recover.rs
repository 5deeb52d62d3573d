//! Taking an interrupted run to one of its two ends.

use crate::{
    apply::books::{self, Direction},
    apply::commit,
    place::Place,
    plan::known,
    run::steps::Steps,
    stage::ready::Stage,
    state::generations,
    state::running::Running,
    state::store::Store,
    tree::change::Change,
};
use cli::Failure;
use wire::{
    Kind,
    etc::{Phase, Recovered},
};

/// Recovers an interrupted run, if there is one; the caller holds the lock.
pub(crate) fn interrupted(
    place: &Place,
    store: &Store,
    steps: &Steps<'_>,
) -> Result<Option<Recovered>, Failure> {
    let Some(mut running) = store.running()? else {
        return Ok(None);
    };
    if running.root != place.real {
        let message = format!("this state belongs to {}", running.root.display());
        return Err(Failure::new(Kind::BadState, message).file(store.path("").display().to_string()));
    }
    if running.phase == Phase::Written && !known::is_complete(place, store, &running)? {
        running.phase = Phase::Commit;
    }
    let recovered = match running.phase {
        Phase::Staging => {
            disk::remove_tree(&running.stage)?;
            generations::forget(store, running.generation)?;
            store.journal().clear()?;
            Recovered::Nothing
        }
        Phase::Commit | Phase::Undoing => {
            let stage = Stage::make(&running.stage)?;
            running.phase = Phase::Undoing;
            store.journal().write(&running)?;
            back(place, store, &stage, &running.changes()?, &running, steps)?;
            Recovered::Back
        }
        Phase::Written | Phase::Reloading => {
            forward(store, &running)?;
            books::update(place, &store.read()?, &running.books, Direction::Forward, steps);
            Recovered::Forward
        }
    };
    steps.warn(match recovered {
        Recovered::Nothing => "an interrupted run had changed nothing; swept",
        Recovered::Back => "an interrupted run was taken back",
        Recovered::Forward => "an interrupted run was complete but for its reloads",
    });
    Ok(Some(recovered))
}

/// Takes files and state back, and forgets the run.
pub(crate) fn back(
    place: &Place,
    store: &Store,
    stage: &Stage,
    changes: &[Change],
    running: &Running,
    steps: &Steps<'_>,
) -> Result<(), Failure> {
    commit::undo(place, store, stage, changes, steps)?;
    let old = running.old.clone().read()?;
    books::update(place, &old, &running.books, Direction::Back, steps);
    store.write(&running.old)?;
    generations::forget(store, running.generation)?;
    steps.step();
    disk::remove_tree(&running.stage)?;
    store.journal().clear()?;
    steps.step();
    Ok(())
}

/// Forgets the run: its state is in place, and the pending reloads run with whatever is done next.
fn forward(store: &Store, running: &Running) -> Result<(), Failure> {
    // Where only the process was killed, this is still on its way to the disk.
    store.sync(&[store.path("state.json"), store.path("generations")], false)?;
    generations::sweep(store)?;
    disk::remove_tree(&running.stage)?;
    Ok(store.journal().clear()?)
}
