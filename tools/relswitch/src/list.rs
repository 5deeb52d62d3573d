//! `list`: all releases.

use cli::{Failure, Session};
use wire::release::ReleaseList;

use crate::app::App;
use crate::plan;
use crate::state::State;

/// Lists the releases, without a lock: the state is replaced whole, so it is always one that was true.
pub(crate) fn run(app: &App, session: &Session) -> Result<ReleaseList, Failure> {
    let state = State::seen(app, session)?;
    // A link that is no use is `switch`'s business.
    let current = app.current().ok().flatten().map(|current| current.id);
    let previous = plan::previous(&state, current.as_deref()).map(|release| release.id.clone());
    let releases = plan::shown(&state, current.as_deref());
    Ok(ReleaseList {
        current,
        previous,
        releases,
        ..ReleaseList::default()
    })
}
