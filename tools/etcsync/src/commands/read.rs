//! `etcsync diff` and `etcsync check`: a plan, looked at.

use crate::{
    args::ReadArgs,
    check::judge,
    commands::input::{is_plan, read_plan, source},
    place::Place,
    plan::origin::Origin,
    plan::stale,
    plan::survey::{Survey, survey},
    run::steps::Steps,
    show::diff as differences,
    show::people::Page,
    state::store::Store,
};
use cli::{Done, Failure, Output, Session};
use wire::{
    Schema,
    etc::{Checked, Level, Verdict},
};

/// Runs `etcsync diff`.
pub(crate) fn diff(args: &ReadArgs, session: &Session) -> Result<Done, Failure> {
    let (place, survey) = read(args, session)?;
    let differs = !survey.changes.is_empty();
    let text = differences::text(&place, &survey, session.colours_output())?;
    let output = Output::text(text, Page(survey.plan));
    Ok(if args.exit_code && differs {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

/// Runs `etcsync check`.
pub(crate) fn check(args: &ReadArgs, session: &Session) -> Result<Done, Failure> {
    let (place, survey) = read(args, session)?;
    let checks = judge::alone(
        &place,
        &Store::of(&place),
        &survey,
        &Steps::new(session, args.timeout),
    )?;
    let checked = Checked {
        schema: Schema::new(),
        root: place.name.clone(),
        lint: survey.plan.lint,
        checks,
        skipped: survey.plan.skipped,
    };
    let refused = checked
        .checks
        .iter()
        .any(|outcome| outcome.result == Verdict::Failed);
    let ignored = checked.lint.iter().any(|finding| finding.level == Level::Error);
    let output = Output::report(Page(checked));
    Ok(if refused || ignored {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

/// Surveys what diff and check are asked about: layers, or a plan that still holds.
fn read(args: &ReadArgs, session: &Session) -> Result<(Place, Survey), Failure> {
    if let [name] = &args.what[..]
        && (is_plan(name) || !std::path::Path::new(name).is_dir())
    {
        let plan = read_plan(name, session)?;
        let place = Place::open(&plan.root, args.place.state.state.as_deref())?;
        let survey = survey(&place, Origin::of_plan(&plan))?;
        stale::stale(&plan, &survey.plan)?;
        return Ok((place, survey));
    }
    let place = args.place.open()?;
    let survey = survey(&place, Origin::of(&source(&args.what, &args.from)))?;
    Ok((place, survey))
}
