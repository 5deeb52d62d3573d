//! The resolver's window to the world.

use crate::{Set, TargetId};
use pyspec::{name::Name, requirement::Requirement, specifier::Specifiers, version::Version};
use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

/// Knows which versions there are and what they depend on.
///
/// Every method may wait for an answer; [`expect`](Self::expect) tells early what will be asked.
pub trait Candidates {
    /// Why an answer cannot be had at all; it ends the resolution.
    type Error: Error + 'static;

    /// Returns what is known of a project, as far as it concerns one target.
    fn versions(&self, name: &Name, target: TargetId) -> Result<Arc<Versions>, Self::Error>;

    /// Returns what one version depends on.
    fn dependencies(&self, name: &Name, version: &Version, target: TargetId) -> Result<Answer, Self::Error>;

    /// Takes notice that a version of `name` in `range`, perhaps with an extra, will soon be asked for.
    fn expect(&self, name: &Name, extra: Option<&Name>, range: &Set, target: TargetId) {
        let _ = (name, extra, range, target);
    }

    /// Returns an error when it is time to give up.
    fn patience(&self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// All versions of a project.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// Whether there is such a project at all.
    pub known: bool,
    /// The versions, newest first.
    pub list: Vec<Candidate>,
}

/// A version and whether it may be taken.
#[derive(Clone)]
pub struct Candidate {
    /// The version.
    pub version: Version,
    standing: OnceLock<Standing>,
    judge: Option<(Arc<dyn Judge>, usize)>,
}

/// Says whether versions may be taken; of most of them nobody wants to know.
pub trait Judge: Send + Sync {
    /// Judges the version that has this place among those of its project.
    fn standing(&self, place: usize) -> Standing;
}

impl Candidate {
    /// Makes a candidate of which it is known whether it may be taken.
    pub fn new(version: Version, standing: Standing) -> Self {
        Self {
            version,
            standing: standing.into(),
            judge: None,
        }
    }

    /// Makes a candidate that is judged when somebody wants to know.
    pub fn judged(version: Version, judge: Arc<dyn Judge>, place: usize) -> Self {
        Self {
            version,
            standing: OnceLock::new(),
            judge: Some((judge, place)),
        }
    }

    /// Returns whether it may be taken.
    pub fn standing(&self) -> &Standing {
        self.standing.get_or_init(|| match &self.judge {
            Some((judge, place)) => judge.standing(*place),
            None => Standing::Usable,
        })
    }

    /// Says whether it may be taken, by those who ask for exactly this version at least.
    pub fn is_possible(&self) -> bool {
        !matches!(self.standing(), Standing::Unusable(_))
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.version, self.standing())
    }
}

impl Versions {
    /// Finds a version.
    pub fn find(&self, version: &Version) -> Option<&Candidate> {
        let place = self
            .list
            .binary_search_by(|candidate| version.cmp(&candidate.version));
        self.list.get(place.ok()?)
    }
}

/// Whether a version may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Usable,
    /// Its author took it back, perhaps with a reason: only for those who ask for exactly this version (PEP 592).
    Yanked(Option<String>),
    /// It may not.
    Unusable(Reason),
}

/// Why a version may not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The sort of reason.
    pub kind: ReasonKind,
    /// The reason as it follows a version in a sentence: `has no wheel for cp312-manylinux_2_28_x86_64`.
    pub text: String,
}

/// The sort of a [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonKind {
    /// No file fits the target.
    NoWheel,
    /// It needs another Python.
    Python,
    /// Anything else.
    Other,
}

impl Reason {
    /// Makes a reason.
    pub fn new(kind: ReasonKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// What is known of one version.
#[derive(Clone, Debug)]
pub enum Answer {
    /// What it depends on.
    Dependencies(Arc<Dependencies>),
    /// It turned out to be unusable: its metadata cannot be read, or had.
    Unusable(Reason),
}

/// What one version says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependencies {
    /// `Requires-Dist`.
    pub requires: Vec<Requirement>,
    /// `Requires-Python`.
    pub requires_python: Option<Specifiers>,
    /// `Provides-Extra`.
    pub extras: Vec<Name>,
}
