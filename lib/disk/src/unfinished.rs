//! Which folders of this process are not finished, for the moment when a signal ends it.
//!
//! A signal unwinds nothing, so nothing is dropped. This list is the one piece of state that a clean-up without
//! arguments can reach; only [`Scratch`](crate::Scratch) writes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::remove_tree;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How often removing is tried while other threads of this process may still write into the folder.
const TRIES: usize = 3;

/// Removes every [`Scratch`](crate::Scratch) of this process that is not published yet.
///
/// For the handler of a signal that ends the process: `cli::on_interrupt(disk::remove_unfinished)`. What another
/// thread still writes meanwhile is swept by the next run.
pub fn remove_unfinished() {
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in &*unfinished {
        let _ = (0..TRIES).find(|_| remove_tree(path).is_ok());
    }
}

pub(crate) fn add(path: &Path) {
    UNFINISHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(path.to_path_buf());
}

pub(crate) fn remove(path: &Path) {
    UNFINISHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(path);
}
