//! A root that is being worked on.

use crate::{apply::how::How, apply::recover, place::Place, run::steps::Steps, state::store::Store};
use cli::Failure;
use disk::Lock;
use wire::etc::Recovered;

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
    pub(crate) fn begin(place: &'a Place, how: &How, steps: Steps<'a>) -> Result<Self, Failure> {
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
}
