//! The generations that are kept: what was written, and the state after it.

use crate::{
    state::blobs,
    state::remembered::{State, StateFile},
    state::store::Store,
    tree::entry,
};
use cli::Failure;
use disk::Durability;
use std::{collections::BTreeSet, path::PathBuf};
use wire::{Kind, etc::Generation};

/// How many are kept.
const KEPT: usize = 20;

/// Where the state and the log of a generation wait for its files to be in place.
const NEXT: &str = "next";

/// Makes the generation ready that a run is about to make; the caller makes it durable.
pub(crate) fn prepare(store: &Store, state: &StateFile, generation: &Generation) -> Result<(), Failure> {
    forget_next(store)?;
    let next = store.path(NEXT);
    fs_err::create_dir(&next)?;
    fs_err::create_dir_all(store.path("generations"))?;
    store.put(next.join("state.json"), state, Durability::Unsynced)?;
    store.put(next.join("result.json"), generation, Durability::Unsynced)?;
    // The state of the generation and that of the root are one file; neither is ever written to again.
    Ok(fs_err::hard_link(next.join("state.json"), next.join("now.json"))?)
}

/// Returns what [`prepare`] has made.
pub(crate) fn prepared(store: &Store) -> [PathBuf; 3] {
    ["state.json", "result.json", ""].map(|name| store.path(NEXT).join(name))
}

/// Makes what was prepared the state of the root, by two renames; the caller makes them durable.
pub(crate) fn begin(store: &Store, number: u64) -> Result<(), Failure> {
    fs_err::rename(store.path(NEXT).join("now.json"), store.path("state.json"))?;
    let folder = folder(store, number);
    disk::remove_tree(&folder)?;
    Ok(fs_err::rename(store.path(NEXT), folder)?)
}

/// Forgets a generation that was taken back, or never came to be.
pub(crate) fn forget(store: &Store, number: u64) -> Result<(), Failure> {
    forget_next(store)?;
    Ok(disk::remove_tree(&folder(store, number))?)
}

fn forget_next(store: &Store) -> Result<(), Failure> {
    Ok(disk::remove_tree(&store.path(NEXT))?)
}

/// Forgets the oldest generations, with the contents that only they needed.
pub(crate) fn sweep(store: &Store) -> Result<(), Failure> {
    let numbers = numbers(store)?;
    if numbers.len() <= KEPT {
        return Ok(());
    }
    for number in numbers.iter().rev().skip(KEPT) {
        disk::remove_tree(&folder(store, *number))?;
    }
    let mut needed = BTreeSet::new();
    for number in numbers.iter().rev().take(KEPT) {
        let state = state_of(store, *number)?;
        let entries = state
            .managed
            .values()
            .flat_map(|managed| [&managed.wrote, &managed.original]);
        needed.extend(entries.filter_map(entry::digest).map(str::to_owned));
    }
    blobs::sweep(store, &needed)
}

/// Returns the state after a generation; 0 is before the first.
pub(crate) fn state_of(store: &Store, number: u64) -> Result<State, Failure> {
    if number == 0 {
        return Ok(State::default());
    }
    match disk::read_json::<StateFile>(&folder(store, number).join("state.json"))? {
        Some(file) => file.read(),
        None => Err(Failure::new(
            Kind::NotFound,
            format!("there is no generation {number}, or no longer"),
        )
        .hint("see etcsync log")),
    }
}

/// Returns the generations, newest first.
pub(crate) fn all(store: &Store) -> Result<Vec<Generation>, Failure> {
    let mut all = Vec::new();
    for number in numbers(store)?.into_iter().rev() {
        all.extend(disk::read_json(&folder(store, number).join("result.json"))?);
    }
    Ok(all)
}

fn folder(store: &Store, number: u64) -> PathBuf {
    store.path(format!("generations/{number:06}"))
}

fn numbers(store: &Store) -> Result<Vec<u64>, Failure> {
    let folder = store.path("generations");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut numbers = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        numbers.extend(
            entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u64>().ok()),
        );
    }
    numbers.sort_unstable();
    Ok(numbers)
}
