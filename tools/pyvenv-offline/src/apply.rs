//! Making the environment: beside its place, then in one step into it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use cli::{Failure, Session};
use disk::{Durability, Scratch};
use python::venv;
use wheel::Written;

use crate::plan::Plan;

/// The unfinished folder that an interrupt removes.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// How it is made.
pub(crate) struct Ways {
    pub(crate) threads: usize,
    pub(crate) modified: Option<i64>,
    pub(crate) durability: Durability,
}

/// Makes the environment. After any failure nothing is at its place.
pub(crate) fn apply(plan: &Plan, ways: &Ways, session: &Session) -> Result<Written, Failure> {
    let scratch = Scratch::beside(&plan.destination, 0o755)?;
    remember(Some(scratch.path().to_owned()));
    cli::on_interrupt(clean_up);
    venv::write(&plan.items, scratch.path())?;
    let options = wheel::Options {
        threads: ways.threads,
        modified: ways.modified,
        progress: session.progress(),
    };
    let written = wheel::install(&plan.wheels, &plan.parts, scratch.path(), &options)?;
    cli::uninterrupted(|| {
        remember(None);
        scratch.publish(ways.durability)
    })?;
    Ok(written)
}

fn remember(path: Option<PathBuf>) {
    *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = path;
}

/// Removes what an interrupted run has made. What a thread still writes meanwhile, the next run sweeps.
fn clean_up() {
    if let Some(path) = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = disk::remove_tree(&path);
    }
}
