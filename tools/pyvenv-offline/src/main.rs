//! Make a new virtual environment from a wheelhouse, without a network.

mod apply;
mod args;
mod bytecode;
mod check;
mod choose;
mod extra;
mod input;
mod make;
mod own;
mod plan;
mod report;
mod requirements;
mod spread;
mod store;
mod trouble;
mod verify;

use std::process::ExitCode;

use cli::{Done, Failure, Output, Session};

use args::Args;

fn main() -> ExitCode {
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    if args.probe_script {
        return Ok(Done::Yes(Output::text(python::PROBE, report::Script::new())));
    }
    if args.probe {
        let interpreter = python::ask(&args.python, &python::Cache::of_user())?;
        return Ok(Done::Yes(Output::report(report::Probed(interpreter.document))));
    }
    if let (true, Some(environment)) = (args.freeze, &args.destination) {
        return verify::freeze(environment);
    }
    if let (true, Some(environment)) = (args.verify, &args.destination) {
        return verify::verify(environment, args.requirement.as_deref(), threads(), session);
    }
    cli::refuse_root(args.allow_root)?;
    if args.store_list {
        return store::list(&args);
    }
    if args.store_prune {
        return store::prune(&args);
    }
    if args.store_verify {
        return store::verify(&args, threads());
    }
    make::make(&args, threads(), session)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
