//! What a build needs, out of the folder of wheels.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use build::Wheels;
use cli::Session;
use lock::Lock;
use pyspec::hash::Algorithm;
use pyspec::marker::Extras;
use pyspec::requirement::Requirement;
use pyspec::specifier::Prereleases;
use pyspec::target::Target;
use wheel::{Unverified, Wheel};
use wire::{Fault, Kind};

use crate::choose::{House, file_name};

/// Which wheels may be used for building.
pub(crate) enum Locked {
    /// Those that this lock names, by their hashes.
    Only(Lock),
    /// All; those of a project that this lock names by their hashes.
    IfNamed(Lock),
}

/// The build requirements of a run.
pub(crate) struct Requirements<'a> {
    pub(crate) house: &'a House,
    pub(crate) locked: Locked,
    pub(crate) target: &'a Target,
    pub(crate) session: &'a Session,
}

/// Why requirements cannot be had.
#[derive(Debug)]
struct Refused(Kind, String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl std::error::Error for Refused {}

impl Fault for Refused {
    fn kind(&self) -> Kind {
        self.0
    }

    fn hint(&self) -> Option<String> {
        Some("put it into the folder of wheels; --build-lock names a lock of build requirements".to_owned())
    }
}

impl From<wheel::Error> for Refused {
    fn from(error: wheel::Error) -> Self {
        Self(error.kind(), error.to_string())
    }
}

impl Wheels for Requirements<'_> {
    fn wheels(&self, requirements: &[String]) -> Result<Vec<PathBuf>, Box<dyn Fault + Send + Sync>> {
        self.choose(requirements)
            .map_err(|refused| Box::new(refused) as _)
    }
}

impl Requirements<'_> {
    /// Chooses the newest wheels that satisfy the requirements, and all that those need.
    ///
    /// Each requirement that comes up narrows the choice, and it is made again, until nothing new comes up.
    fn choose(&self, requirements: &[String]) -> Result<Vec<PathBuf>, Refused> {
        let mut wanted: BTreeMap<String, Vec<Requirement>> = BTreeMap::new();
        for text in requirements {
            let bad = |_| {
                Refused(
                    Kind::BadSyntax,
                    format!("build requirement {text:?} cannot be read"),
                )
            };
            self.want(&mut wanted, text.parse().map_err(bad)?, &Extras::none());
        }
        loop {
            let mut chosen = Vec::new();
            let before: usize = wanted.values().map(Vec::len).sum();
            for (name, requirements) in wanted.clone() {
                let wheel = self.best(&name, &requirements)?;
                let extras = requirements.iter().flat_map(|one| &one.extras).map(Extras::one);
                for extras in std::iter::once(Extras::none()).chain(extras) {
                    for requirement in &wheel.metadata().requires_dist {
                        self.want(&mut wanted, requirement.clone(), &extras);
                    }
                }
                chosen.push(wheel.path().to_owned());
            }
            if wanted.values().map(Vec::len).sum::<usize>() == before {
                return Ok(chosen);
            }
        }
    }

    /// Notes a requirement, if it is one for this interpreter.
    fn want(&self, wanted: &mut BTreeMap<String, Vec<Requirement>>, one: Requirement, extras: &Extras) {
        let applies = one
            .marker
            .as_ref()
            .is_none_or(|marker| self.target.evaluate(marker, extras).unwrap_or(true));
        let known = wanted
            .get(one.name.as_str())
            .is_some_and(|known| known.contains(&one));
        if applies && !known {
            wanted.entry(one.name.to_string()).or_default().push(one);
        }
    }

    fn best(&self, name: &str, requirements: &[Requirement]) -> Result<Wheel, Refused> {
        let mut refused = None;
        for (wheel, path) in self.house.newest(name, self.target) {
            let meets = |one: &Requirement| {
                let specifiers = one.specifiers();
                specifiers.is_none_or(|wanted| wanted.contains(&wheel.version, Prereleases::Allow))
            };
            if !requirements.iter().all(meets) {
                continue;
            }
            match self.open(name, path)? {
                Some(wheel) => return Ok(wheel),
                None => refused = refused.or(Some(file_name(path))),
            }
        }
        let all: Vec<String> = requirements.iter().map(ToString::to_string).collect();
        Err(match refused {
            Some(file) => Refused(
                Kind::HashMismatch,
                format!("{file} is not the one that is locked"),
            ),
            None => Refused(Kind::NoWheel, format!("no wheel for {}", all.join(", "))),
        })
    }

    /// Opens a wheel, if the lock lets it be used.
    fn open(&self, name: &str, path: &std::path::Path) -> Result<Option<Wheel>, Refused> {
        let (lock, is_strict) = match &self.locked {
            Locked::Only(lock) => (lock, true),
            Locked::IfNamed(lock) => (lock, false),
        };
        let file = Unverified::open(path)?;
        let hash = file.hash(Algorithm::Sha256)?;
        let mut named = lock
            .packages
            .iter()
            .filter(|package| package.name().as_str() == name)
            .peekable();
        let is_named = named.peek().is_some();
        if named.any(|package| package.allows(&hash)) {
            return Ok(Some(file.into_wheel(wheel::Recorded::Strictly)?));
        }
        if is_strict || is_named {
            return Ok(None);
        }
        let file_name = file_name(path);
        self.session
            .warn(format!("{file_name} is in no lock; it is used for building only"));
        Ok(Some(file.into_wheel(wheel::Recorded::Strictly)?))
    }
}
