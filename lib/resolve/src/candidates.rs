//! The resolver's window to the world.

use crate::{Set, TargetId};
use pyspec::{name::Name, requirement::Requirement, specifier::Specifiers, version::Version};
use std::{error::Error, fmt, sync::Arc};

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

    /// Takes notice that a version of `name` in `range` will soon be asked for.
    fn expect(&self, name: &Name, range: &Set, target: TargetId) {
        let _ = (name, range, target);
    }

    /// Returns an error when it is time to give up.
    fn patience(&self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// All versions of a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Versions {
    /// Whether there is such a project at all.
    pub known: bool,
    /// The versions, newest first.
    pub list: Vec<Candidate>,
}

/// A version and whether it may be taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The version.
    pub version: Version,
    /// Whether it may be taken.
    pub standing: Standing,
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
