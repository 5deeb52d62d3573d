//! Which packages of a lock apply to a target.

use crate::{Error, Lock, Package};
use pyspec::{marker::Extras, target::Target};
use std::collections::BTreeMap;

impl Lock {
    /// Returns the packages that apply to a target, by name; each name once.
    ///
    /// # Errors
    ///
    /// A marker has no value on this target, or two requirements for one name apply to it.
    pub fn select(&self, target: &Target) -> Result<Vec<&Package>, Error> {
        let mut chosen: BTreeMap<&str, &Package> = BTreeMap::new();
        for package in &self.packages {
            if !applies(package, target)? {
                continue;
            }
            match chosen.insert(package.name().as_str(), package) {
                Some(first) if !same(first, package) => return Err(twice(first, package, target)),
                _ => {}
            }
        }
        Ok(chosen.into_values().collect())
    }
}

/// Says whether a package's marker holds on a target.
fn applies(package: &Package, target: &Target) -> Result<bool, Error> {
    let Some(marker) = &package.requirement.marker else {
        return Ok(true);
    };
    target
        .evaluate(marker, &Extras::none())
        .map_err(|error| Error::Marker {
            site: package.site.clone(),
            name: package.name().to_string(),
            message: error.to_string(),
        })
}

/// Says whether two lines ask for the same files, so that one of them is enough.
fn same(first: &Package, second: &Package) -> bool {
    first.version == second.version
        && first.hashes == second.hashes
        && first.requirement.source == second.requirement.source
        && first.requirement.extras == second.requirement.extras
}

fn twice(first: &Package, second: &Package, target: &Target) -> Error {
    Error::Twice {
        site: second.site.clone(),
        name: first.name().to_string(),
        target: target.to_string(),
        first: first.requirement.to_string(),
        second: second.requirement.to_string(),
    }
}
