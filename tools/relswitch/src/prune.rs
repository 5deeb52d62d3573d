//! `prune`: releases that nobody needs go, into the trash first.

use std::path::Path;

use cli::{Failure, Session};
use disk::Lock;
use wire::release::{Kept, Left, Pruned};

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
    let mut protect = config.protect;
    for id in &args.protect {
        protect.push(state.find(id)?.id.clone());
    }
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
        recover::unpin_strays(app, &state, session)?;
        empty_trash(app, &mut report)?;
    }
    Ok(report)
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
    let trash = trash(app);
    fs_err::create_dir_all(&trash)?;
    let mut removed = Vec::new();
    for id in std::mem::take(&mut report.removed) {
        match discard(&app.release(&id), &trash.join(&id)) {
            Ok(()) => removed.push(id),
            Err(error) => report.left.push(Left {
                path: format!("releases/{id}"),
                why: error,
            }),
        }
    }
    crash::at("discarded");
    state.forget(&removed);
    state.save(app)?;
    report.removed = removed;
    Ok(())
}

/// Moves one release into the trash, unless something began to use it.
fn discard(release: &Path, place: &Path) -> Result<(), String> {
    let held = match Lock::exclusive_folder(release) {
        Ok(held) => held,
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let moved = disk::remove_tree(place).map_err(|error| error.to_string());
    let moved = moved.and_then(|()| fs_err::rename(release, place).map_err(|error| error.to_string()));
    drop(held);
    moved
}

/// Deletes what is in the trash, from earlier runs too. What cannot be deleted is told, and does no harm.
pub(crate) fn empty_trash(app: &App, report: &mut Pruned) -> Result<(), Failure> {
    let trash = trash(app);
    if !trash.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(&trash)? {
        let path = entry?.path();
        if let Err(error) = disk::remove_tree(&path) {
            let shown = path
                .strip_prefix(app.root())
                .unwrap_or(&path)
                .display()
                .to_string();
            let cause =
                std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
            report.left.push(Left {
                path: shown,
                why: format!("{error}{cause}"),
            });
        }
    }
    Ok(())
}

fn trash(app: &App) -> std::path::PathBuf {
    app.private().join("trash")
}
