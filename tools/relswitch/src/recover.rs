//! After a crash: what was half done is undone, and what was left behind is removed.

use cli::{Failure, Session};
use disk::Scratch;
use wire::release::ReleaseState;

use crate::app::App;
use crate::git::Git;
use crate::state::State;
use crate::turn;

/// Returns the state, with everything that an earlier run left behind put in order.
///
/// The caller holds the application's lock.
pub(crate) fn before_work(app: &App, session: &Session) -> Result<State, Failure> {
    let mut state = State::load(app, session)?;
    undo_interrupted(app, &mut state, session)?;
    sweep(app, &mut state, session)?;
    Ok(state)
}

/// Goes back to the release from which an interrupted switch started.
fn undo_interrupted(app: &App, state: &mut State, session: &Session) -> Result<(), Failure> {
    let journal = turn::journal(app);
    let Some(entry) = journal.read()? else {
        return Ok(());
    };
    let to = entry.to.clone();
    session.warn(format!("the switch to {to} was interrupted; going back"));
    if let Err(failure) = turn::undo(app, state, entry) {
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
    let gone = |release: &&wire::release::Summary| {
        release.state == ReleaseState::Staging && fs_err::symlink_metadata(app.release(&release.id)).is_err()
    };
    let lost: Vec<String> = state
        .releases
        .iter()
        .filter(gone)
        .map(|release| release.id.clone())
        .collect();
    if !lost.is_empty() {
        let git = Git::at(app.repository());
        for id in &lost {
            git.unpin(id)?;
        }
        state.releases.retain(|release| !lost.contains(&release.id));
        state.save(app)?;
        swept.extend(lost);
    }
    for name in &swept {
        session
            .progress()
            .note(&format!("removed {name}, left by an interrupted run"));
    }
    Ok(swept)
}
