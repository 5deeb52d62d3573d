//! The generations that are kept: what was written, and the state after it.

use crate::{
    blobs, entry, stage,
    state::{Running, State, StateFile, Store},
};
use cli::Failure;
use disk::Durability;
use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};
use wire::{
    Kind,
    etc::{Done, Generation, Source},
};

/// How many are kept.
const KEPT: usize = 20;

/// Keeps what a run has made, as a generation of its own.
pub(crate) fn end(store: &Store, running: &Running, done: &[Done], source: &Source) -> Result<(), Failure> {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let number = running.new.generation();
    let generation = Generation {
        number,
        time,
        source: source.clone(),
        done: done.to_vec(),
    };
    keep(store, &generation, running)
}

/// Keeps a generation, and forgets the oldest ones with the contents that only they needed.
///
/// The state itself may have been written without waiting for the disk; this waits for both.
fn keep(store: &Store, generation: &Generation, running: &Running) -> Result<(), Failure> {
    let folder = folder(store, generation.number);
    fs_err::create_dir_all(&folder)?;
    let files = ["state.json", "result.json"].map(|name| folder.join(name));
    store.put(&files[0], &running.new, Durability::Unsynced)?;
    store.put(&files[1], generation, Durability::Unsynced)?;
    let [state, result] = files;
    store.sync(
        &[
            store.path("state.json"),
            state,
            result,
            folder,
            store.path("generations"),
        ],
        running.ops.len() > stage::FEW,
    )?;
    let numbers = numbers(store)?;
    if numbers.len() <= KEPT {
        return Ok(());
    }
    for number in numbers.iter().rev().skip(KEPT) {
        disk::remove_tree(&self::folder(store, *number))?;
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
