//! What is remembered of a root.

use crate::{
    place::Place, root::look::Look, state::remembered::State, state::running::Running, state::store::Store,
    tree::entry,
};
use cli::Failure;
use etc::TreePath;
use std::collections::BTreeMap;
use wire::etc::{Entry, Phase};

/// What is remembered.
pub(crate) struct Known {
    /// The state, as it will be once an interrupted run is recovered: apply does that first, so a
    /// plan made meanwhile holds.
    pub(crate) state: State,
    /// What will be under the paths that an interrupted run has in hand, once it is recovered.
    pub(crate) settled: BTreeMap<TreePath, Entry>,
}

/// Reads the state, and what an interrupted run has in hand.
pub(crate) fn known(place: &Place, store: &Store) -> Result<Known, Failure> {
    let Some(mut running) = store.running()? else {
        return Ok(Known {
            state: store.read()?,
            settled: BTreeMap::new(),
        });
    };
    if running.phase == Phase::Written && !is_complete(place, store, &running)? {
        running.phase = Phase::Commit;
    }
    let forward = running.goes_forward();
    let mut settled = BTreeMap::new();
    let mut look = Look::new(place);
    for change in running.changes()? {
        let now = look.at(&change.path)?.entry;
        let op = change.op;
        let is_ours = now == op.before || now == op.after || now == Entry::Absent;
        if is_ours {
            settled.insert(change.path, if forward { op.after } else { op.before });
        }
    }
    let state = match running.phase {
        Phase::Staging | Phase::Written | Phase::Reloading => store.read()?,
        Phase::Commit | Phase::Undoing => running.old.read()?,
    };
    Ok(Known { state, settled })
}

/// Says whether everything that was written is there. After a power cut the mark that says so may be, and
/// the rest not; what somebody else changed since is nobody's reason to go back.
pub(crate) fn is_complete(place: &Place, store: &Store, running: &Running) -> Result<bool, Failure> {
    if store.read()?.generation != running.generation {
        return Ok(false);
    }
    let mut look = Look::new(place);
    for change in running.changes()? {
        let op = &change.op;
        if !entry::same(&op.before, &op.after) && look.at(&change.path)?.entry == op.before {
            return Ok(false);
        }
    }
    Ok(true)
}
