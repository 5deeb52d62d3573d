//! `fail`: a release that did not work out is marked, so that nobody switches to it.

use cli::{Failure, Session};
use wire::Kind;
use wire::release::{Release, ReleaseState};

use crate::app::App;
use crate::{recover, state};

/// Marks a release as failed; as bad if it was current once.
pub(crate) fn run(app: &App, id: &str, session: &Session, wait: u32) -> Result<Release, Failure> {
    let _lock = app.lock(&format!("fail {id}"), wait)?;
    let mut state = recover::before_work(app, session)?;
    let id = state.find(id)?.id.clone();
    if app.current()?.is_some_and(|current| current.id == id) {
        return Err(Failure::new(Kind::BadState, format!("release {id} is current"))
            .hint("relswitch rollback goes back and marks it bad"));
    }
    let bad = if state.was_current(&id) {
        ReleaseState::Bad
    } else {
        ReleaseState::Failed
    };
    let described = state::described(app, &id)?;
    state.mark(app, &id, bad);
    state.save(app)?;
    Ok(Release {
        state: bad,
        ..described
    })
}
