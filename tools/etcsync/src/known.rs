//! What is remembered of a root, and what is there: seen to by one processor, while another one
//! reads the layers.

use crate::{
    along::Along,
    look::{Found, Look},
    place::Place,
    seen::Beside,
    state::{State, Store},
};
use cli::Failure;
use etc::TreePath;
use std::{collections::BTreeMap, sync::mpsc::Receiver};
use wire::etc::{Entry, Phase};

/// What is remembered, and what is there.
pub(crate) struct Known {
    /// The state, as it will be once an interrupted run is recovered: apply does that first, so a
    /// plan made meanwhile holds.
    pub(crate) state: State,
    /// What will be under the paths that an interrupted run has in hand, once it is recovered.
    pub(crate) settled: BTreeMap<TreePath, Entry>,
    /// What is there, under the paths that etcsync looks after and those that the layers have.
    pub(crate) found: BTreeMap<TreePath, Found>,
}

/// Reads the state and looks at the root. The paths of the layers come when they are known.
pub(crate) fn known(
    place: &Place,
    store: &Store,
    seen: &Beside<'_>,
    layers: &Receiver<Vec<TreePath>>,
) -> Result<Known, Failure> {
    let (state, settled) = remembered(place, store)?;
    let mut look = Look::remembering(place, seen);
    let mut found = Vec::with_capacity(state.managed.len());
    for path in state.managed.keys() {
        found.push((path.clone(), look.at(path)?));
    }
    let mut managed = Along::new(&state.managed);
    for path in layers.recv().unwrap_or_default() {
        if managed.at(&path).is_none() {
            let there = look.at(&path)?;
            found.push((path, there));
        }
    }
    Ok(Known {
        found: found.into_iter().collect(),
        state,
        settled,
    })
}

/// Returns the state, and what an interrupted run that it tells of has in hand.
fn remembered(place: &Place, store: &Store) -> Result<(State, BTreeMap<TreePath, Entry>), Failure> {
    let Some(running) = store.journal().read()? else {
        return Ok((store.read()?, BTreeMap::new()));
    };
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
        Phase::Written => running.new.read()?,
        // What was reloaded already is no longer pending.
        Phase::Staging | Phase::Reloading => store.read()?,
        Phase::Commit | Phase::Undoing => running.old.read()?,
    };
    Ok((state, settled))
}
