//! Pin and hash what a Python application needs.

mod args;
mod ask;
mod index;
mod inputs;
mod names;
mod old;
mod plan;
mod report;
mod targets;
mod workshop;
mod write;

use args::Args;
use cli::{Done, Failure, Output, Session};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    let asked = inputs::read(&args, session)?;
    let old = old::read(&args)?;
    let targets = targets::choose(&args, old.as_ref(), session)?;
    let found = ask::resolve(&args, &asked, &targets, old.as_ref(), session)?;
    let lock = plan::lock(&asked, &targets, found)?;
    let report = report::Report::new(&lock, old.as_ref());
    if args.output.is_empty() {
        return Ok(Done::Yes(Output::text(lock.to_requirements(), report)));
    }
    write::all(&args.output, &lock)?;
    Ok(Done::Yes(Output::report(report)))
}
