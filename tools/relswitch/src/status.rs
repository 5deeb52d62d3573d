//! `status`: what runs, since when, and what would come next.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cli::{Failure, Session};
use wire::release::{ReleaseState, Status, Summary};

use crate::app::App;
use crate::git::{self, Git};
use crate::state::State;
use crate::{args, drift, local, plan, turn};

/// Looks, without a lock and without changing anything.
pub(crate) fn run(app: &App, args: &args::Status, session: &Session) -> Result<Status, Failure> {
    let state = State::load(app, session)?;
    let git = Git::at(app.repository());
    let current = app.current()?.map(|current| shown(&state, &current.id));
    let id = current.as_ref().map(|release| release.id.as_str());
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
    if let Some(entry) = turn::under_way(app)? {
        match app.is_locked()? {
            true => status.switching = Some(entry.to),
            // It may have ended between the two looks.
            false => status.interrupted = turn::under_way(app)?.map(|entry| entry.to),
        }
    }
    let commit = current.as_ref().map_or("", |release| release.commit.as_str());
    if !commit.is_empty() {
        status.local_commits = local::commits(app, &git, commit)?;
    }
    if let Some(expected) = &args.expect {
        let expected = git.resolve(expected)?;
        // Another tool may have noted the start of its name.
        status.as_expected = Some(git.lookup(commit) == Some(expected));
    }
    if args.deep {
        status.drift = drifted(app, &git, current.as_ref(), session)?;
        status.bytes = Some(bytes(&app.releases(), &mut BTreeSet::new())?);
    }
    status.current = current;
    Ok(status)
}

/// Returns what is known of the release that `current` leads to; it need not be one of ours.
fn shown(state: &State, id: &str) -> Summary {
    let known = plan::shown(state, Some(id))
        .into_iter()
        .find(|release| release.id == id);
    known.unwrap_or_else(|| Summary {
        id: id.to_owned(),
        state: ReleaseState::Current,
        ..Summary::default()
    })
}

/// Compares a release with its commit; `None` if there is no such commit here.
fn drifted(
    app: &App,
    git: &Git,
    release: Option<&Summary>,
    session: &Session,
) -> Result<Option<Vec<String>>, Failure> {
    let Some(release) = release else {
        return Ok(Some(Vec::new()));
    };
    // The archive is made as the repository's configuration says.
    git::refuse_foreign(&app.repository())?;
    if git.has(&release.commit)? {
        return drift::find(app, git, &release.id).map(Some);
    }
    session.warn(format!(
        "there is no commit here that the files of {} could be compared with",
        release.id
    ));
    Ok(None)
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
