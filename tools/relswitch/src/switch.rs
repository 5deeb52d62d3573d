//! `switch` and `rollback`: another release becomes current.

use cli::{Failure, Session};
use wire::Kind;
use wire::release::Switched;

use crate::app::{App, Current};
use crate::hooks::Hooks;
use crate::state::State;
use crate::turn::{self, Wanted};
use crate::{args, init, plan, recover};

/// What does not go back with the code.
const NOTE: &str = "code went back; databases and files in shared/ did not";

/// Makes a release current.
pub(crate) fn switch(
    app: &App,
    id: &str,
    after: &args::After,
    session: &Session,
    wait: u32,
) -> Result<Switched, Failure> {
    let hooks = Hooks::new(after, &init::config(app)?)?;
    let _lock = app.lock(&format!("switch {id}"), wait)?;
    let mut state = recover::before_work(app, session)?;
    let from = app.current()?;
    let release = state.find(id)?;
    plan::refuse_unready(release)?;
    let to = release.id.clone();
    if from.as_ref().is_some_and(|from| from.id == to) {
        return Ok(nothing_to_do(&to));
    }
    go(
        app,
        &mut state,
        &Wanted {
            to,
            from,
            mark_bad: false,
            hooks,
        },
    )
}

/// Makes the release current that was current before, or a named one.
pub(crate) fn rollback(
    app: &App,
    args: &args::Rollback,
    session: &Session,
    wait: u32,
) -> Result<Switched, Failure> {
    let hooks = Hooks::new(&args.after, &init::config(app)?)?;
    let _lock = app.lock("rollback", wait)?;
    let mut state = recover::before_work(app, session)?;
    let from = app.current()?;
    let to = target(&state, from.as_ref(), args.id.as_deref())?;
    if from.as_ref().is_some_and(|from| from.id == to) {
        return Ok(nothing_to_do(&to));
    }
    let switched = go(
        app,
        &mut state,
        &Wanted {
            to,
            from,
            mark_bad: !args.keep_good,
            hooks,
        },
    )?;
    Ok(Switched {
        note: Some(NOTE.to_owned()),
        ..switched
    })
}

fn target(state: &State, from: Option<&Current>, named: Option<&str>) -> Result<String, Failure> {
    if let Some(named) = named {
        let release = state.find(named)?;
        plan::refuse_unready(release)?;
        return Ok(release.id.clone());
    }
    let previous = plan::previous(state, from.map(|from| from.id.as_str()));
    previous.map(|release| release.id.clone()).ok_or_else(|| {
        Failure::new(Kind::BadState, "no other release was current and is still good")
            .hint("relswitch list shows all; name one to go to it")
    })
}

/// Switches without letting a signal cut it in two: it ends after the release or after going back.
fn go(app: &App, state: &mut State, wanted: &Wanted) -> Result<Switched, Failure> {
    app.refuse_no_folder(&wanted.to)?;
    cli::uninterrupted(|| turn::make(app, state, wanted))
}

fn nothing_to_do(id: &str) -> Switched {
    let id = id.to_owned();
    Switched {
        from: Some(id.clone()),
        current: Some(id.clone()),
        id,
        ..Switched::default()
    }
}
