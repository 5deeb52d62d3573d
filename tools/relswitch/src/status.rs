//! `status`: what runs, since when, and what would come next.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cli::{Failure, Session};
use wire::release::Status;

use crate::app::App;
use crate::git::Git;
use crate::state::State;
use crate::{args, drift, local, plan, turn};

/// Looks, without a lock and without changing anything.
pub(crate) fn run(app: &App, args: &args::Status, session: &Session) -> Result<Status, Failure> {
    let state = State::load(app, session)?;
    let git = Git::at(app.repository());
    let current = app.current()?.map(|current| current.id);
    let id = current.as_deref();
    let shown = plan::shown(&state, id)
        .into_iter()
        .find(|release| Some(release.id.as_str()) == id);
    let since = state
        .history
        .iter()
        .rev()
        .find(|turn| Some(turn.id.as_str()) == id);
    let mut status = Status {
        since: since.map(|turn| turn.at.clone()),
        previous: plan::previous(&state, id).map(|release| release.id.clone()),
        next: plan::next(&state, id).map(|release| release.id.clone()),
        ..Status::default()
    };
    if let Some(entry) = turn::journal(app).read()? {
        match app.is_locked()? {
            true => status.switching = Some(entry.to),
            // It may have ended between the two looks.
            false => status.interrupted = turn::journal(app).read()?.map(|entry| entry.to),
        }
    }
    let commit = shown.as_ref().map(|release| release.commit.clone());
    if let Some(commit) = commit.as_deref().filter(|commit| !commit.is_empty()) {
        status.local_commits = local::commits(app, &git, commit)?;
    }
    if let Some(expected) = &args.expect {
        status.as_expected = Some(commit == Some(git.resolve(expected)?));
    }
    if args.deep {
        status.drift = Some(
            id.map(|id| drift::find(app, &git, id))
                .transpose()?
                .unwrap_or_default(),
        );
        status.bytes = Some(bytes(&app.releases(), &mut BTreeSet::new())?);
    }
    status.current = shown;
    Ok(status)
}

/// Adds up the space that a tree takes on the disk; a file with several names counts once.
fn bytes(folder: &Path, seen: &mut BTreeSet<(u64, u64)>) -> Result<u64, Failure> {
    let mut total = 0;
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let found = fs_err::symlink_metadata(&path)?;
        if found.is_dir() {
            total += bytes(&path, seen)?;
        }
        if found.nlink() < 2 || found.is_dir() || seen.insert((found.dev(), found.ino())) {
            total += found.blocks() * 512;
        }
    }
    Ok(total)
}
