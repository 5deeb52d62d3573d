//! `ready`: what is shared is linked in, everything is on the disk, and the release can be switched to.

use std::path::{Component, Path, PathBuf};

use cli::{Failure, Session};
use disk::Durability;
use wire::Kind;
use wire::release::{Release, ReleaseState};

use crate::app::{App, RELEASE_FILE};
use crate::state::{self, State};
use crate::{crash, extract, init, recover};

/// A file whose only purpose is that git tracks its folder.
const KEEPER: &str = ".gitkeep";

/// Makes a staged release ready.
pub(crate) fn run(app: &App, id: &str, session: &Session, wait: u32) -> Result<Release, Failure> {
    let _lock = app.lock(&format!("ready {id}"), wait)?;
    let mut state = recover::before_work(app, session)?;
    let id = state.find(id)?.id.clone();
    app.refuse_no_folder(&id)?;
    let shared = init::config(app)?.shared;
    for path in &shared {
        link(app, &id, path)?;
    }
    crash::at("linked");
    // What a killed run left of it would go on to production.
    disk::sweep_files(&app.release(&id).join(RELEASE_FILE))?;
    disk::sync_filesystem(&app.release(&id))?;
    let release = state::describe(app, &id, Durability::Synced, |release| {
        release.state = ReleaseState::Ready;
        release.shared = shared;
    })?;
    crash::at("described");
    record(app, &mut state, &id)?;
    Ok(release)
}

fn record(app: &App, state: &mut State, id: &str) -> Result<(), Failure> {
    if state
        .get(id)
        .is_some_and(|release| release.state == ReleaseState::Ready)
    {
        return Ok(());
    }
    state.mark(app, id, ReleaseState::Ready);
    state.save(app)
}

/// Links one shared path into a release.
fn link(app: &App, id: &str, shared: &str) -> Result<(), Failure> {
    let path = plain(shared)?;
    let source = app.shared().join(&path);
    if shared.ends_with('/') {
        fs_err::create_dir_all(&source)?;
    } else if fs_err::symlink_metadata(&source).is_err() {
        return Err(Failure::new(
            Kind::NotFound,
            format!("shared path {} is missing", source.display()),
        )
        .file(source.display().to_string())
        .hint("make it; a folder is made for you if its name in the configuration ends in /"));
    }
    refuse_way_out(&app.release(id), &path, shared)?;
    let place = app.release(id).join(&path);
    let target = target(&path);
    if fs_err::read_link(&place).is_ok_and(|found| found == target) {
        return Ok(());
    }
    clear(&place, shared)?;
    extract::make_parents(&place)?;
    Ok(fs_err::os::unix::fs::symlink(target, place)?)
}

/// Refuses a path that a link in the release would lead astray, or a file would end.
fn refuse_way_out(release: &Path, path: &Path, shared: &str) -> Result<(), Failure> {
    let folders = path.ancestors().skip(1).map(|folder| release.join(folder));
    for folder in folders {
        if fs_err::symlink_metadata(&folder).is_ok_and(|found| !found.is_dir()) {
            let message = format!("the shared path {shared} leads through something that is no folder");
            return Err(Failure::new(Kind::Collision, message)
                .file(folder.display().to_string())
                .hint("remove that from the repository, or the path from the configuration"));
        }
    }
    Ok(())
}

/// Removes a folder that holds nothing but its keeper; whatever else is tracked stays, and is refused.
fn clear(place: &Path, shared: &str) -> Result<(), Failure> {
    let Ok(found) = fs_err::symlink_metadata(place) else {
        return Ok(());
    };
    let refuse = || {
        Failure::new(
            Kind::Collision,
            format!("the release has files of its own at the shared path {shared}"),
        )
        .file(place.display().to_string())
        .hint("remove them from the repository, or the path from the configuration")
    };
    if !found.is_dir() {
        return Err(refuse());
    }
    for entry in fs_err::read_dir(place)? {
        if entry?.file_name() != KEEPER {
            return Err(refuse());
        }
    }
    Ok(disk::remove_tree(place)?)
}

/// Returns the way from a release's path to the shared one: up to the application's folder, then down.
fn target(path: &Path) -> PathBuf {
    let up = path.components().count() + 1;
    let mut target: PathBuf = std::iter::repeat_n("..", up).collect();
    target.push("shared");
    target.join(path)
}

fn plain(shared: &str) -> Result<PathBuf, Failure> {
    let path = Path::new(shared);
    if !shared.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(path.components().collect());
    }
    Err(Failure::new(
        Kind::BadSyntax,
        format!("shared path {shared:?} is not a plain relative path"),
    )
    .file(".relswitch/config.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_relative() {
        assert_eq!(target(Path::new("media")), Path::new("../../shared/media"));
        assert_eq!(target(Path::new("a/b")), Path::new("../../../shared/a/b"));
    }

    #[test]
    fn paths_that_leave_are_refused() {
        for bad in ["", "/etc", "../x", "a/../../b", "./a"] {
            assert!(plain(bad).is_err(), "{bad:?}");
        }
        assert_eq!(plain("media/").unwrap(), Path::new("media"));
    }
}
