//! After a crash: what was half done is undone, and what was left behind is removed.
//!
//! Every command that changes something does this first; `recover` does it alone, and more thoroughly.

use cli::{Failure, Session};
use disk::Scratch;
use wire::release::{Pruned, Recovered};

use crate::app::App;
use crate::git::Git;
use crate::state::State;
use crate::{pins, prune, turn};

/// Puts everything in order.
///
/// # Errors
/// An interrupted switch cannot be undone completely (a reload fails): the journal stays.
pub(crate) fn run(app: &App, session: &Session, wait: u32) -> Result<Recovered, Failure> {
    let _lock = app.lock("recover", wait)?;
    let mut report = Recovered {
        rebuilt: !State::is_sound(app),
        ..Recovered::default()
    };
    let mut state = State::load(app, session)?;
    if report.rebuilt {
        state.save(app)?;
    }
    match turn::under_way(app)? {
        Some(entry) => {
            report.undone = Some(entry.to.clone());
            report.commands = cli::uninterrupted(|| turn::undo(app, &mut state, entry))?;
        }
        None => turn::journal(app).clear()?,
    }
    if state.follow_link(app) {
        state.save(app)?;
    }
    report.swept = sweep(app, &mut state, session)?;
    if !state.add_described(app)?.is_empty() {
        report.rebuilt = true;
        state.save(app)?;
    }
    report.swept.extend(unpin_strays(app, &state, session));
    let mut emptied = Pruned::default();
    prune::empty_trash(app, &mut emptied)?;
    for left in emptied.left {
        session.warn(format!("{} cannot be removed: {}", left.path, left.why));
    }
    report.current = app.current()?.map(|current| current.id);
    Ok(report)
}

/// Lets commits go that were pinned for releases which never came to be, or are gone.
///
/// A pin that cannot be removed now (another git is at work in the repository, or it is broken) does no harm, and is
/// tried again. Nobody's way back depends on it.
pub(crate) fn unpin_strays(app: &App, state: &State, session: &Session) -> Vec<String> {
    pins::sweep_locks(&app.repository());
    let git = Git::at(app.repository());
    let is_gone = |id: &String| fs_err::symlink_metadata(app.release(id)).is_err();
    let unpin = || -> Result<Vec<String>, Failure> {
        let mut strays = git.pinned()?;
        strays.retain(|id| state.get(id).is_none() && is_gone(id));
        git.unpin(&strays)?;
        Ok(strays)
    };
    unpin().unwrap_or_else(|failure| {
        let causes = failure.causes().join("; ");
        session.warn(format!("commits of old releases stay pinned: {causes}"));
        Vec::new()
    })
}

/// Returns the state, with everything that an earlier run left behind put in order.
///
/// The caller holds the application's lock.
pub(crate) fn before_work(app: &App, session: &Session) -> Result<State, Failure> {
    let mut state = State::load(app, session)?;
    undo_interrupted(app, &mut state, session)?;
    if state.follow_link(app) {
        state.save(app)?;
    }
    sweep(app, &mut state, session)?;
    Ok(state)
}

/// Goes back to the release from which an interrupted switch started.
fn undo_interrupted(app: &App, state: &mut State, session: &Session) -> Result<(), Failure> {
    let journal = turn::journal(app);
    let Some(entry) = turn::under_way(app)? else {
        // What a power cut left of an entry is none.
        return Ok(journal.clear()?);
    };
    let to = entry.to.clone();
    session.warn(format!("the switch to {to} was interrupted; going back"));
    if let Err(failure) = cli::uninterrupted(|| turn::undo(app, state, entry)) {
        // A service that cannot be reloaded must not keep its mended release out.
        session.warn(format!("{}; going on", failure.message()));
        journal.clear()?;
    }
    Ok(())
}

/// Removes what crashed runs left, and returns it.
pub(crate) fn sweep(app: &App, state: &mut State, session: &Session) -> Result<Vec<String>, Failure> {
    let mut swept = Vec::new();
    for folder in Scratch::sweep_folder(&app.releases())? {
        swept.push(
            folder
                .strip_prefix(app.root())
                .unwrap_or(&folder)
                .display()
                .to_string(),
        );
    }
    disk::sweep_links(&app.link())?;
    let gone = forget_gone(app, state, session)?;
    swept.extend(gone);
    for name in &swept {
        session
            .progress()
            .note(&format!("removed {name}, left by an interrupted run"));
    }
    Ok(swept)
}

/// Forgets releases whose folders are gone: never published, or moved into the trash just before a crash.
///
/// Where `current` leads nowhere, more is amiss than that, a disk that is not mounted for example: then nothing is.
fn forget_gone(app: &App, state: &mut State, session: &Session) -> Result<Vec<String>, Failure> {
    let is_gone = |id: &&String| fs_err::symlink_metadata(app.release(id)).is_err();
    let gone: Vec<String> = state
        .releases
        .iter()
        .map(|release| &release.id)
        .filter(is_gone)
        .cloned()
        .collect();
    if gone.is_empty() || app.current().is_err() {
        return Ok(Vec::new());
    }
    state.forget(&gone);
    state.save(app)?;
    unpin_strays(app, state, session);
    Ok(gone)
}
