//! `prune`: releases that nobody needs go, into the trash first.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cli::{Failure, Session};
use disk::Lock;
use wire::release::{Kept, Left, Pruned, Summary};

use crate::app::App;
use crate::in_use::{self, InUse};
use crate::plan::{self, Keeping};
use crate::state::State;
use crate::{args, crash, init, recover};

/// Removes releases, or says which.
pub(crate) fn run(app: &App, args: &args::Prune, session: &Session, wait: u32) -> Result<Pruned, Failure> {
    let config = init::config(app)?;
    let _lock = app.lock("prune", wait)?;
    let mut state = recover::before_work(app, session)?;
    let protect = protected(&state, &config.protect, &args.protect)?;
    let current = app.current()?.map(|current| current.id);
    let in_use = in_use::scan(&fs_err::canonicalize(app.releases())?)?;
    let keeping = Keeping {
        current: current.as_deref(),
        keep: args.keep.unwrap_or(config.keep) as usize,
        protect: &protect,
        used: in_use.releases.keys().cloned().collect(),
    };
    let mut report = Pruned {
        dry_run: args.dry_run,
        unreadable_processes: in_use.unreadable,
        ..Pruned::default()
    };
    judge(app, &state, &keeping, &in_use, &mut report);
    if !args.dry_run {
        remove(app, &mut state, &mut report)?;
        recover::unpin_strays(app, &state, session);
        empty_trash(app, &mut report)?;
    }
    Ok(report)
}

/// Returns the releases that are kept by name. One of the configuration's may be gone by now.
fn protected(state: &State, configured: &[String], given: &[String]) -> Result<Vec<String>, Failure> {
    let starts = |release: &&Summary| {
        configured
            .iter()
            .any(|start| !start.is_empty() && release.id.starts_with(start))
    };
    let configured = state.releases.iter().filter(starts);
    let mut protected: Vec<String> = configured.map(|release| release.id.clone()).collect();
    for id in given {
        protected.push(state.find(id)?.id.clone());
    }
    Ok(protected)
}

/// Fills in what is kept and what is to go. A release that something started by `exec` holds stays.
fn judge(app: &App, state: &State, keeping: &Keeping<'_>, in_use: &InUse, report: &mut Pruned) {
    for (release, why) in plan::prune(state, keeping) {
        let why = why.or_else(|| is_held(&app.release(&release.id)).then_some("in-use"));
        let processes = in_use
            .releases
            .get(&release.id)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        match why {
            Some(why) => report.kept.push(Kept {
                id: release.id.clone(),
                why: why.to_owned(),
                processes,
            }),
            None => report.removed.push(release.id.clone()),
        }
    }
}

/// Tells whether a release is held, or cannot be looked at: then it is better kept. One that is gone is not held.
fn is_held(release: &Path) -> bool {
    match Lock::is_held(release) {
        Ok(held) => held,
        Err(error) => !error.is_not_found(),
    }
}

/// Moves releases into the trash, then forgets them: a crash in between is put in order by the next run.
fn remove(app: &App, state: &mut State, report: &mut Pruned) -> Result<(), Failure> {
    let mut removed = Vec::new();
    for id in std::mem::take(&mut report.removed) {
        match discard(app, &id) {
            Ok(()) => removed.push(id),
            Err(error) => report.left.push(Left {
                path: format!("releases/{id}"),
                why: error,
            }),
        }
    }
    crash::at("discarded");
    // A file system that does not keep the order of names might else know the new list with the old folders.
    disk::sync_directory(&app.releases())?;
    state.forget(&removed);
    state.save(app)?;
    report.removed = removed;
    Ok(())
}

/// Moves one release into the trash, unless something began to use it.
fn discard(app: &App, id: &str) -> Result<(), String> {
    let release = app.release(id);
    let held = match Lock::exclusive_folder(&release) {
        Ok(held) => held,
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let [beside_state, beside_releases] = trashes(app);
    let moved = match move_into(&beside_state, &release, id) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => move_into(&beside_releases, &release, id),
        moved => moved,
    };
    drop(held);
    moved.map_err(|error| error.to_string())
}

fn move_into(trash: &Path, release: &Path, id: &str) -> std::io::Result<()> {
    if !is_folder(trash) {
        fs_err::create_dir(trash)?;
    }
    let place = trash.join(id);
    disk::remove_tree(&place).map_err(std::io::Error::other)?;
    fs_err::rename(release, place)
}

/// Deletes what is in the trash, from earlier runs too, and what killed ones left of their files. What cannot be
/// deleted is told, and does no harm.
pub(crate) fn empty_trash(app: &App, report: &mut Pruned) -> Result<(), Failure> {
    for name in ["state.json", "config.json", "journal"] {
        disk::sweep_files(&app.private().join(name))?;
    }
    for trash in trashes(app).iter().filter(|trash| is_folder(trash)) {
        for entry in fs_err::read_dir(trash)? {
            let path = entry?.path();
            if let Err(error) = disk::remove_tree(&path) {
                report.left.push(left(app, &path, &error));
            }
        }
    }
    Ok(())
}

fn left(app: &App, path: &Path, error: &disk::Error) -> Left {
    let shown = path.strip_prefix(app.root()).unwrap_or(path);
    let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    Left {
        path: shown.display().to_string(),
        why: format!("{error}{cause}"),
    }
}

/// Returns where removed releases go: beside our state, or, as moving them has to be one step, beside the releases if
/// those are on another file system.
fn trashes(app: &App) -> [PathBuf; 2] {
    [app.private().join("trash"), app.releases().join(".trash")]
}

/// Tells whether a folder is there. A link is none: what it leads to is not ours to empty.
fn is_folder(path: &Path) -> bool {
    fs_err::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}
