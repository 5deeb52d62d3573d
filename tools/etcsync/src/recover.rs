//! Taking an interrupted run to one of its two ends.

use crate::{
    books::{self, Direction},
    change::Change,
    commit, generations,
    place::Place,
    stage::Stage,
    state::{Running, Store},
    steps::Steps,
};
use cli::Failure;
use wire::{
    Kind,
    etc::{Done, Phase, Recovered},
};

/// Recovers an interrupted run, if there is one; the caller holds the lock.
pub(crate) fn interrupted(
    place: &Place,
    store: &Store,
    steps: &Steps<'_>,
) -> Result<Option<Recovered>, Failure> {
    let Some(mut running) = store.journal().read()? else {
        return Ok(None);
    };
    if running.root != place.real {
        let message = format!("this state belongs to {}", running.root.display());
        return Err(Failure::new(Kind::BadState, message).file(store.path("").display().to_string()));
    }
    let recovered = match running.phase {
        Phase::Staging => {
            disk::remove_tree(&running.stage)?;
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
    steps.step();
    disk::remove_tree(&running.stage)?;
    store.journal().clear()?;
    steps.step();
    Ok(())
}

/// Keeps the state after; its pending reloads run with whatever is done next.
fn forward(store: &Store, running: &Running) -> Result<(), Failure> {
    if running.phase == Phase::Written {
        store.write(&running.new)?;
    }
    let done = running.ops.iter().map(|op| Done {
        op: op.op,
        path: op.path.clone(),
    });
    generations::end(store, running, &done.collect::<Vec<_>>(), &running.source)?;
    disk::remove_tree(&running.stage)?;
    Ok(store.journal().clear()?)
}
