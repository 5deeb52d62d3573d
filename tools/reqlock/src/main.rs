//! Pin and hash what a Python application needs.

mod args;
mod ask;
mod check;
mod index;
mod inputs;
mod names;
mod old;
mod plan;
mod pyproject;
mod report;
mod targets;
mod why;
mod workshop;
mod write;

use args::Args;
use cli::{Done, Failure, Output, Session};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    if let Some(name) = &args.why {
        return old::why(name, &args, session);
    }
    if let Some(before) = &args.diff {
        return old::diff(before, &args, session);
    }
    let asked = inputs::read(&args, session)?;
    let old = old::read(&args)?;
    if args.check {
        return old::check(&args, &asked, old.as_ref(), session);
    }
    let targets = targets::choose(&args, old.as_ref(), session)?;
    targets.suit(&asked)?;
    let found = ask::resolve(&args, &asked, &targets, old.as_ref(), session)?;
    let mut lock = plan::lock(&asked, &targets, &found)?;
    if let Some(old) = old.as_ref().filter(|_| args.hashes == args::Hashes::Usable) {
        for line in plan::keep_hashes(&mut lock, old, &old::preferences(&args, Some(old))?) {
            session.warn(line);
        }
    }
    let report = report::Report::new(&lock, old.as_ref());
    if args.output.is_empty() {
        return Ok(Done::Yes(Output::text(lock.to_requirements(), report)));
    }
    write::all(&args.output, &lock)?;
    Ok(Done::Yes(Output::report(report)))
}
