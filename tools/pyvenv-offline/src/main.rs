//! Make a new virtual environment from a wheelhouse, without a network.

mod apply;
mod args;
mod check;
mod choose;
mod input;
mod plan;
mod report;
mod spread;
mod verify;

use std::cmp::Reverse;
use std::process::ExitCode;
use std::time::Instant;

use cli::{Done, Failure, Output, Session};
use disk::Durability;
use lock::Lock;
use pyspec::target::Target;
use python::Invalidation;
use wire::Kind;

use apply::Ways;
use args::{Args, Pyc};
use choose::{Chosen, House};

fn main() -> ExitCode {
    cli::main(run)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of a run")]
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
    make(&args, session)
}

fn make(args: &Args, session: &Session) -> Result<Done, Failure> {
    let (Some(destination), Some(lock), Some(wheels)) = (&args.destination, &args.requirement, &args.wheels)
    else {
        return Err(Failure::new(Kind::Usage, "a destination, -r and -w are needed"));
    };
    let start = Instant::now();
    let destination = plan::destination(destination)?;
    let lock = input::read(lock, args.allow_empty, session)?;
    let interpreter = python::ask(&args.python, &python::Cache::of_user())?;
    let threads = threads();
    let house = House::open(wheels, args.trust_manifest)?;
    let chosen = choose(&lock, &house, &interpreter.target, &args.allow_record, threads)?;
    for one in chosen.iter().filter(|one| one.wheel.about().is_newer()) {
        let name = choose::file_name(one.wheel.path());
        session.warn(format!(
            "{name} follows a newer version of the wheel format than is known here"
        ));
    }
    check::pythons(&chosen, &interpreter.target)?;
    check::closure(&chosen, &lock, &interpreter.target, args.closure, session)?;
    let plan = plan::plan(args, destination, &interpreter, &chosen, &lock.header)?;
    for path in &plan.wheels.collisions {
        session.warn(format!("several wheels install {path}, as allowed"));
    }
    let durability = if args.no_sync {
        Durability::Unsynced
    } else {
        Durability::Synced
    };
    let bytecode = bytecode(args.pyc);
    let ways = Ways {
        threads,
        bytecode,
        modified: modified()?,
        durability,
    };
    let done = apply::apply(&plan, &interpreter, &ways, session)?;
    let made = report::made(&plan, &chosen, &interpreter, &done, start.elapsed());
    Ok(Done::Yes(Output::report(made)))
}

/// Finds and opens the wheel of every package, in the order of the names.
fn choose<'a>(
    lock: &'a Lock,
    house: &House,
    target: &Target,
    allow_record: &[String],
    threads: usize,
) -> Result<Vec<Chosen<'a>>, Failure> {
    let choices = lock
        .select(target)?
        .into_iter()
        .map(|package| house.choose(package, target));
    let mut choices = choices.collect::<Result<Vec<_>, _>>()?;
    choices.sort_by_cached_key(|choice| Reverse(choice.size()));
    let chosen = spread::spread(choices, threads, |choice| choice.open(allow_record));
    let mut chosen = chosen.into_iter().collect::<Result<Vec<_>, _>>()?;
    chosen.sort_by(|one, other| one.package.name().cmp(other.package.name()));
    Ok(chosen)
}

fn bytecode(pyc: Pyc) -> Option<Invalidation> {
    match pyc {
        Pyc::Checked => Some(Invalidation::CheckedHash),
        Pyc::Unchecked => Some(Invalidation::UncheckedHash),
        Pyc::Timestamp => Some(Invalidation::Timestamp),
        Pyc::None => None,
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The time that files get, if the environment fixes one for reproducible results.
fn modified() -> Result<Option<i64>, Failure> {
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let seconds = text.to_str().and_then(|text| text.parse().ok());
    let message = format!("SOURCE_DATE_EPOCH is {}, not a number of seconds", text.display());
    seconds
        .map(Some)
        .ok_or_else(|| Failure::new(Kind::Usage, message))
}
