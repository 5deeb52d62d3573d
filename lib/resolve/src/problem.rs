//! What is to be solved.

use crate::{Policy, Set};
use pyspec::{name::Name, requirement::Requirement, specifier::Specifiers, target::Target, version::Version};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The place of a target in [`Problem::targets`].
pub type TargetId = usize;

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file as given, or another name for where it came from.
    pub file: String,
    /// The line, counted from 1, if there is one.
    pub line: Option<u32>,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.file),
            None => formatter.write_str(&self.file),
        }
    }
}

/// A requirement that somebody wrote down, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The requirement.
    pub requirement: Requirement,
    /// Where it stands.
    pub origin: Origin,
}

/// Requirements, targets and rules.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// What must be in the set.
    pub wanted: Vec<Wanted>,
    /// What limits the versions of a project if it is in the set.
    pub constraints: Vec<Wanted>,
    /// What replaces every requirement on the same project, whoever makes it.
    pub overrides: Vec<Wanted>,
    /// What is left out, whoever asks for it.
    pub excludes: BTreeSet<Name>,
    /// What the set must work on; at least one.
    pub targets: Vec<Target>,
    /// Versions to be taken if nothing speaks against them, best first: the pins of an older lock.
    pub preferences: BTreeMap<Name, Vec<Version>>,
    /// Which pre-releases are welcome.
    pub policy: Policy,
}

/// Returns the versions that specifiers allow, `===` included.
pub(crate) fn set_of(specifiers: &Specifiers) -> Set {
    let mut set = specifiers.ranges();
    if specifiers.has_arbitrary() {
        for clause in specifiers
            .iter()
            .filter(|clause| clause.to_string().starts_with("==="))
        {
            let exact = clause.version_text().parse::<Version>();
            set = set.intersection(&exact.map_or_else(|_| Set::empty(), Set::singleton));
        }
    }
    set
}

/// Returns the versions that a requirement allows; an address allows the one that is found there.
pub(crate) fn range_of(requirement: &Requirement) -> Set {
    requirement.specifiers().map_or_else(Set::full, set_of)
}
