//! `--build-lock`: build requirements come from a lock of their own, and from nowhere else.

use std::fmt;
use std::path::{Path, PathBuf};

use cli::{Failure, Session};
use index::{Client, Partial};
use lock::{Lock, Package};
use pyspec::marker::Extras;
use pyspec::requirement::Requirement;
use pyspec::specifier::Prereleases;
use pyspec::target::Target;
use source::Formats;
use wire::{Fault, Kind};

use crate::plan::{self, Goal, Rules};
use crate::{look, question};

/// A failure that can travel through the builder.
#[derive(Debug)]
pub(crate) struct Refused {
    kind: Kind,
    message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

impl Fault for Refused {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self {
            kind: failure.kind().unwrap_or(Kind::Closure),
            message: failure.message().to_owned(),
        }
    }
}

/// Reads the lock.
pub(crate) fn read(name: &str, session: &Session) -> Result<Lock, Failure> {
    let lock = question::read_lock(name, session)?;
    if let Some(bare) = lock.unlocked().next() {
        let message = format!("{} in {name} is not pinned and hashed", bare.requirement);
        return Err(Failure::new(Kind::MissingHash, message).file(name));
    }
    Ok(lock)
}

/// Gets all wheels of the lock for a target into `folder`, having made sure that they meet the requirements.
pub(crate) fn wheels(
    lock: &Lock,
    requirements: &[String],
    target: &Target,
    client: &Client,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let packages = lock.select(target)?;
    for text in requirements {
        meet(text, &packages, target)?;
    }
    let goals = [Goal {
        number: 0,
        target,
        is_native: false,
    }];
    let rules = Rules {
        formats: &Formats::default(),
        only_binary: &[],
        build: false,
        all_files: false,
        keep_sdist: false,
    };
    let choosing = Choosing {
        packages: &packages,
        goals: &goals,
        rules: &rules,
    };
    let found = look::all(client, &packages, 8, &choosing)?;
    let mut paths = Vec::new();
    for (package, candidates) in packages.iter().zip(&found) {
        let items = plan::choose(package, &goals, candidates, &rules);
        let items = items.map_err(|refusals| crate::items::refused(&refusals))?;
        for item in items {
            paths.push(get(&item, client, folder)?);
        }
    }
    Ok(paths)
}

/// What is looked for: a wheel of each package.
struct Choosing<'a> {
    packages: &'a [&'a Package],
    goals: &'a [Goal<'a>],
    rules: &'a Rules<'a>,
}

impl look::Finding for Choosing<'_> {
    fn enough(&self, number: usize, found: &[plan::Candidate]) -> bool {
        plan::choose(self.packages[number], self.goals, found, self.rules).is_ok()
    }
}

fn get(item: &plan::Item, client: &Client, folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(&item.file.name);
    let mut partial = Partial::open(folder.join(format!("{}.part", item.file.name)))?;
    client.download(&item.file, &item.expected, &mut partial, &|_| ())?;
    partial.persist(&path)?;
    Ok(path)
}

/// Makes sure that the lock has what a build asks for.
fn meet(text: &str, packages: &[&Package], target: &Target) -> Result<(), Failure> {
    let bad = |why: &str| Failure::new(Kind::Closure, format!("build requirement {text} {why}"));
    let requirement: Requirement = text.parse().map_err(|_| bad("cannot be read"))?;
    let marker = requirement.marker.as_ref();
    if marker.is_some_and(|marker| !target.evaluate(marker, &Extras::none()).unwrap_or(true)) {
        return Ok(());
    }
    let locked = packages
        .iter()
        .find(|package| *package.name() == requirement.name);
    let locked = locked.and_then(|package| package.version.as_ref());
    let version = locked.ok_or_else(|| bad("is not in the build lock"))?;
    let met = requirement
        .specifiers()
        .is_none_or(|wanted| wanted.contains(version, Prereleases::Allow));
    if met {
        Ok(())
    } else {
        Err(bad(&format!("is not met by the build lock, which has {version}")))
    }
}
