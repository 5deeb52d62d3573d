//! Reading what the user asks for: the files that the command line names, and what it says itself.

mod far;
mod files;
mod lines;
mod projects;
mod requirements;
mod settings;

use crate::{args::Args, asked::Asked, names::is_far, pyproject::Parts};
use cli::{Failure, Session};
use files::Files;
use lines::Role;
use pyspec::name::Name;
use wire::Kind;

/// Reads all files that the command line names.
pub(crate) fn read(args: &Args, session: &Session) -> Result<Asked, Failure> {
    let files = Files::new(args, session)?;
    let mut asked = Asked::default();
    for (role, names) in [
        (Role::Input, &args.inputs),
        (Role::Constraint, &args.constraints),
        (Role::Override, &args.overrides),
    ] {
        for name in names {
            take(name, role, args, &files, &mut asked)?;
        }
    }
    asked.inputs.sort_by(|one, other| one.name.cmp(&other.name));
    asked.inputs.dedup();
    command_line(args, &mut asked)?;
    if asked.wanted.is_empty() && asked.far.is_empty() && !args.allow_empty {
        let message = format!("{} asks for nothing", args.inputs.join(", "));
        let failure = Failure::new(Kind::NoInput, message).file(&args.inputs[0]);
        return Err(failure.hint("--allow-empty if that is meant"));
    }
    Ok(asked)
}

/// Takes up a file. One at an address is read as requirements, whatever its name.
fn take(given: &str, role: Role, args: &Args, files: &Files, asked: &mut Asked) -> Result<(), Failure> {
    let (name, bytes) = files.open(given)?;
    if role != Role::Input || is_far(given) || !name.ends_with(".toml") {
        return requirements::take(&bytes, &name, role, files, asked);
    }
    let parts = Parts {
        extras: args.project.extras.clone(),
        all_extras: args.project.all_extras,
        groups: args.project.groups.clone(),
    };
    projects::take(&bytes, &name, &parts, asked)
}

/// Takes up what the command line itself says of packages.
fn command_line(args: &Args, asked: &mut Asked) -> Result<(), Failure> {
    let usage = |said: String| Failure::new(Kind::Usage, said);
    for name in &args.pre {
        asked
            .add_prereleases(name)
            .map_err(|error| usage(format!("--pre {name}: {error}")))?;
    }
    for name in &args.excludes {
        let name = Name::parse(name).map_err(|error| usage(format!("--exclude: {error}")))?;
        asked.excludes.push(name);
    }
    Ok(())
}
