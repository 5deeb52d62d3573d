//! `status`: what runs, since when, and what would come next.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cli::{Failure, Session};
use wire::release::{ReleaseState, Status, Summary};

use crate::app::App;
use crate::git::{self, Git};
use crate::state::{self, State};
use crate::{args, drift, local, plan, turn};

/// Looks, without a lock and without changing anything.
pub(crate) fn run(app: &App, args: &args::Status, session: &Session) -> Result<Status, Failure> {
    let state = State::seen(app, session)?;
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
    let switches = told(session, "switches under way", under_way(app));
    (status.switching, status.interrupted) = switches.unwrap_or_default();
    if let Some(current) = current.as_ref().filter(|current| !current.commit.is_empty()) {
        let commits = local::commits(app, &git, &current.commit);
        status.local_commits = told(session, "commits made on this host", commits).unwrap_or_default();
    }
    if let Some(expected) = &args.expect {
        let expected = git.resolve(expected)?;
        status.as_expected = Some(is_of(app, &git, current.as_ref(), &expected)?);
    }
    if args.deep {
        let drift = drifted(app, &git, current.as_ref(), session);
        status.drift = told(session, "differences from the commit", drift).flatten();
        let bytes = bytes(&app.releases(), &mut BTreeSet::new());
        status.bytes = told(session, "the space that is used", bytes);
    }
    status.current = current;
    Ok(status)
}

/// Takes what could be told; warns of what could not, for what runs is told all the same.
fn told<T>(session: &Session, what: &str, result: Result<T, Failure>) -> Option<T> {
    let warn = |failure: Failure| session.warn(format!("not told: {what}: {}", failure.in_one_line()));
    result.map_err(warn).ok()
}

/// Returns where a switch goes to that is at work, and one that was interrupted.
fn under_way(app: &App) -> Result<(Option<String>, Option<String>), Failure> {
    let to = || Ok::<_, Failure>(turn::under_way(app)?.map(|entry| entry.to));
    let Some(first) = to()? else {
        return Ok((None, None));
    };
    match app.is_locked()? {
        true => Ok((Some(first), None)),
        // It may have ended between the two looks.
        false => Ok((None, to()?)),
    }
}

/// Tells whether a release is of a commit, be it with the commits merged that were made on this host.
fn is_of(app: &App, git: &Git, release: Option<&Summary>, commit: &str) -> Result<bool, Failure> {
    let Some(release) = release else {
        return Ok(false);
    };
    // Another tool may have noted the start of its name.
    if git.lookup(&release.commit).as_deref() == Some(commit) {
        return Ok(true);
    }
    // A folder that does not say what it is was staged from nothing.
    state::described(app, &release.id).map_or(Ok(false), |release| local::is_merged(git, &release, commit))
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
    for entry in unless_gone(fs_err::read_dir(folder))?.into_iter().flatten() {
        let path = entry?.path();
        let Some(found) = unless_gone(fs_err::symlink_metadata(&path))? else {
            continue;
        };
        if found.is_dir() {
            total += bytes(&path, seen)?;
        }
        if found.nlink() < 2 || found.is_dir() || seen.insert((found.dev(), found.ino())) {
            total += found.blocks() * 512;
        }
    }
    Ok(total)
}

/// Takes what another run removed meanwhile as absent.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_meanwhile_takes_no_space() {
        let folder = tempfile::tempdir().unwrap();
        let taken = |path: &Path| bytes(path, &mut BTreeSet::new()).unwrap();
        assert_eq!(taken(&folder.path().join("gone")), 0);
        fs_err::write(folder.path().join("file"), "x").unwrap();
        assert!(taken(folder.path()) > 0);
    }
}
