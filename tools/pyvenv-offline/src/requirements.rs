//! What a build needs, out of the folder of wheels.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use build::Wheels;
use cli::Session;
use lock::{Lock, Package, fit};
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
                wanted
                    .keys()
                    .zip(&chosen)
                    .for_each(|(name, path)| self.warn(name, path));
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
                // Where the newest is not for this interpreter, an older one may be.
                Some(opened) if !self.is_for_us(&opened) => {}
                Some(opened) => return Ok(opened),
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

    fn is_for_us(&self, wheel: &Wheel) -> bool {
        fit::fits(
            wheel.name(),
            wheel.metadata().requires_python.as_ref(),
            self.target,
        )
    }

    /// Opens a wheel, if the lock lets it be used.
    fn open(&self, name: &str, path: &Path) -> Result<Option<Wheel>, Refused> {
        let file = Unverified::open(path)?;
        if self.is_vouched_for(name) {
            let hash = file.hash(Algorithm::Sha256)?;
            if !self.named(name).any(|package| package.allows(&hash)) {
                return Ok(None);
            }
        }
        Ok(Some(file.into_wheel(wheel::Recorded::Strictly)?))
    }

    /// Says whether only what the lock names of a project may be used.
    fn is_vouched_for(&self, name: &str) -> bool {
        matches!(self.locked, Locked::Only(_)) || self.named(name).next().is_some()
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Package> {
        let (Locked::Only(lock) | Locked::IfNamed(lock)) = &self.locked;
        lock.packages
            .iter()
            .filter(move |package| package.name().as_str() == name)
    }

    fn warn(&self, name: &str, path: &Path) {
        if !self.is_vouched_for(name) {
            let file_name = file_name(path);
            let warning = format!("{file_name} is in no lock; it is used for building only");
            self.session.warn(warning);
        }
    }
}
