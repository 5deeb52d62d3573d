//! Making the environment: beside its place, then in one step into it.

use std::path::Path;

use cli::{Failure, Session};
use disk::{Durability, Scratch};
use python::{Compiled, Interpreter, Invalidation, Sources, venv};
use wheel::Written;

use crate::plan::Plan;

/// How it is made.
pub(crate) struct Ways {
    pub(crate) threads: usize,
    pub(crate) bytecode: Option<Invalidation>,
    pub(crate) modified: Option<i64>,
    pub(crate) durability: Durability,
}

/// Makes the environment. After any failure nothing is at its place.
pub(crate) fn apply(
    plan: &Plan,
    interpreter: &Interpreter,
    ways: &Ways,
    session: &Session,
) -> Result<(Written, Compiled), Failure> {
    let scratch = Scratch::beside(&plan.destination, 0o755)?;
    cli::on_interrupt(disk::remove_unfinished);
    venv::write(&plan.items, scratch.path())?;
    let options = wheel::Options {
        threads: ways.threads,
        modified: ways.modified,
        progress: session.progress(),
    };
    let written = wheel::install(&plan.wheels, &plan.parts, scratch.path(), &options)?;
    let compiled = match ways.bytecode {
        Some(invalidation) => compile(
            plan,
            interpreter,
            scratch.path(),
            (invalidation, ways.threads),
            session,
        )?,
        None => Compiled::default(),
    };
    cli::uninterrupted(|| scratch.publish(ways.durability))?;
    Ok((written, compiled))
}

/// Compiles every module of the wheels. What cannot be compiled is no failure: it may be meant so.
fn compile(
    plan: &Plan,
    interpreter: &Interpreter,
    root: &Path,
    (invalidation, workers): (Invalidation, usize),
    session: &Session,
) -> Result<Compiled, Failure> {
    let scheme = &interpreter.facts().scheme;
    let in_library = |path: &&str| path.starts_with(&scheme.purelib) || path.starts_with(&scheme.platlib);
    let paths = plan.wheels.files.iter().map(|file| file.path.as_str());
    let mut files: Vec<&str> = paths
        .filter(|path| path.ends_with(".py"))
        .filter(in_library)
        .collect();
    files.sort_unstable();
    let sources = Sources {
        root,
        destination: &plan.destination,
        files: &files,
        invalidation,
    };
    let compiled = python::compile(interpreter, &sources, workers, session.progress())?;
    for (file, why) in &compiled.failed {
        session
            .progress()
            .note(&format!("{file} cannot be compiled: {why}"));
    }
    Ok(compiled)
}
