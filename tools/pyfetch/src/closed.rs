//! Whether the wheels need anything that the lock does not have.

use cli::{Failure, Session};
use lock::Lock;
use lock::closure::{self, Present};
use pyspec::metadata::Metadata;
use wire::Kind;

use crate::args::Closure;
use crate::question::Question;

/// A wheel that will be there, and where it can be read.
#[derive(Debug)]
pub(crate) struct Wheel<'a> {
    pub(crate) item: &'a crate::plan::Item,
    pub(crate) name: &'a str,
    pub(crate) path: std::path::PathBuf,
}

/// Checks the wheels of each target against the lock.
pub(crate) fn check(
    wheels: &[Wheel],
    question: &Question,
    what: Closure,
    session: &Session,
) -> Result<(), Failure> {
    if what == Closure::Off {
        return Ok(());
    }
    let read = crate::look::parallel(wheels.len(), 4, |number| needs(&wheels[number], &question.lock))?;
    let mut lines: Vec<String> = Vec::new();
    for (number, goal) in question.goals.iter().enumerate() {
        let used = wheels
            .iter()
            .zip(&read)
            .filter(|(wheel, _)| wheel.item.targets.contains(&number));
        let (mut present, mut unknown) = (Vec::new(), Vec::new());
        for (_, needs) in used {
            present.push(needs.present.clone());
            unknown.extend(needs.unreadable.iter().cloned());
        }
        let missing = closure::check(&present, &question.lock.header, &goal.target).into_iter();
        for line in missing.map(|missing| missing.to_string()).chain(unknown) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    if what == Closure::Warn {
        lines.iter().for_each(|line| session.warn(line));
        return Ok(());
    }
    let hint = "lock again with reqlock, or pass --closure warn for a lock made elsewhere";
    Err(Failure::new(Kind::Closure, lines.join("\n")).hint(hint))
}

/// What a wheel says of its needs.
#[derive(Debug)]
pub(crate) struct Needs {
    pub(crate) present: Present,
    /// What nobody can read of them, as it is with old wheels.
    unreadable: Vec<String>,
}

/// Reads what a wheel says of itself, which must be what its name says.
pub(crate) fn needs(wheel: &Wheel, lock: &Lock) -> Result<Needs, Failure> {
    let bytes = index::metadata_of(&wheel.path, wheel.name)?;
    let bad = |what: String| {
        Failure::new(Kind::BadWheel, format!("{}: METADATA: {what}", wheel.name)).file(wheel.name)
    };
    let metadata = Metadata::parse_leniently(&bytes).map_err(|error| bad(error.to_string()))?;
    let version = wheel.item.version.as_ref();
    if metadata.name != wheel.item.project || version.is_some_and(|version| metadata.version != *version) {
        return Err(bad(format!("it is of {} {}", metadata.name, metadata.version)));
    }
    let packages = lock
        .packages
        .iter()
        .filter(|package| *package.name() == metadata.name);
    let extras = packages
        .flat_map(|package| package.requirement.extras.iter().cloned())
        .collect();
    let unreadable = metadata.unreadable("Requires-Dist");
    let unreadable = unreadable.map(|field| format!("{}: {field} cannot be read", wheel.name));
    Ok(Needs {
        unreadable: unreadable.collect(),
        present: Present {
            name: metadata.name,
            version: metadata.version,
            extras,
            requires: metadata.requires_dist,
        },
    })
}
