//! Pin and hash what a Python application needs.

mod addresses;
mod args;
mod ask;
mod asked;
mod buildlock;
mod check;
mod failures;
mod heaps;
mod index;
mod inputs;
mod names;
mod old;
mod online;
mod plan;
mod pyproject;
mod report;
mod targets;
mod why;
mod workshop;
mod write;

use args::Args;
use cli::{Done, Failure, Output, Session};
use std::{collections::BTreeMap, process::ExitCode};

fn main() -> ExitCode {
    heaps::share();
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    let args = args.settled()?;
    if let Some(name) = &args.why {
        return old::why(name, &args, session);
    }
    if let Some(before) = &args.diff {
        return old::diff(before, &args, session);
    }
    let asked = inputs::read(&args, session)?;
    let old = old::read(&args.output)?;
    let checked = match args.check {
        true => Some(old::check(&args, &asked, old.as_ref(), session)?),
        false => None,
    };
    if let Some(checked) = checked.clone().filter(|_| !args.online) {
        return Ok(old::answer(checked));
    }
    let (targets, found) = match (ask::find(&args, &asked, old.as_ref(), session), &checked) {
        (Err(failure), Some(checked)) if online::is_answer(&failure) => {
            return Ok(old::answer(online::not_found(checked.clone(), &failure)));
        }
        (found, _) => found?,
    };
    let mut lock = plan::lock(&asked, &targets, &found)?;
    if let (Some(checked), Some(old)) = (checked, &old) {
        return Ok(old::answer(online::check(checked, old, &lock, &found)));
    }
    let mut left_out = BTreeMap::new();
    if let Some(old) = old.as_ref().filter(|_| args.hashes == args::Hashes::Usable) {
        left_out = plan::keep_hashes(&mut lock, old, &old::preferences(&args, Some(old))?);
    }
    for news in plan::news(&lock, old.as_ref(), &left_out) {
        session.warn(news);
    }
    let report = report::Report::new(&lock, old.as_ref(), &left_out);
    if let Some(path) = &args.sources.build_lock {
        buildlock::write(path, &args, &asked, &targets, &found, session)?;
    }
    if args.output.is_empty() {
        return Ok(Done::Yes(Output::text(lock.to_requirements(), report)));
    }
    write::all(&args.output, &lock)?;
    Ok(Done::Yes(Output::report(report)))
}
