//! `etcsync apply`, `rollback` and `recover`: what changes the root.

use crate::{
    apply::work::Work,
    args::{ApplyArgs, RecoverArgs, RollbackArgs},
    commands::input::read_plan,
    place::Place,
    plan::origin::Origin,
    plan::survey::{survey, survey_to_apply},
    run::steps::Steps,
    show::people::Page,
    state::store::Store,
};
use cli::{Done, Failure, Output, Session};
use wire::{Kind, etc::Source};

/// Runs `etcsync apply`.
pub(crate) fn apply(args: &ApplyArgs, session: &Session) -> Result<Done, Failure> {
    let plan = read_plan(&args.plan, session)?;
    let place = Place::open(&plan.root, args.state.state.as_deref())?;
    let work = Work::begin(&place, &args.how, Steps::new(session, args.how.timeout))?;
    let report = work.apply(&plan, &args.how)?;
    Ok(Done::Yes(Output::report(Page(report))))
}

/// Runs `etcsync rollback`.
pub(crate) fn rollback(args: &RollbackArgs, session: &Session) -> Result<Done, Failure> {
    let place = args.place.open()?;
    if args.plan {
        let source = Source::Generation {
            to: generation_before(&place, args)?,
        };
        return Ok(Done::Yes(Output::report(Page(
            survey(&place, Origin::of(&source))?.plan,
        ))));
    }
    let work = Work::begin(&place, &args.how, Steps::new(session, args.how.timeout))?;
    let source = Source::Generation {
        to: generation_before(&place, args)?,
    };
    let report = work.carry_out(survey_to_apply(&place, Origin::of(&source))?, &args.how)?;
    Ok(Done::Yes(Output::report(Page(report))))
}

fn generation_before(place: &Place, args: &RollbackArgs) -> Result<u64, Failure> {
    let now = Store::of(place).read()?.generation;
    match args.generation {
        Some(to) if to < now => Ok(to),
        Some(to) => Err(Failure::new(
            Kind::NotFound,
            format!("generation {to} is not before {now}, which holds now"),
        )),
        None if now > 0 => Ok(now - 1),
        None => Err(Failure::new(Kind::NotFound, "nothing was applied yet")),
    }
}

/// Runs `etcsync recover`.
pub(crate) fn recover(args: &RecoverArgs, session: &Session) -> Result<Done, Failure> {
    let place = args.place.open()?;
    let work = Work::begin(&place, &args.how, Steps::new(session, args.how.timeout))?;
    Ok(Done::Yes(Output::report(Page(work.finish_pending(&args.how)?))))
}
