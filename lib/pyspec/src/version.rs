//! Versions of projects (PEP 440).
#![allow(clippy::todo, missing_docs, unused_variables)]
use crate::Error;

/// Holds a version. Equality, order and hash follow PEP 440 (`1.0 == 1.0.0`); text keeps what was written, normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    text: String,
}

/// Names the kind of a pre-release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreKind {
    /// `a`
    Alpha,
    /// `b`
    Beta,
    /// `rc`
    Candidate,
}

impl Version {
    /// Makes a plain release: `Version::new(&[3, 12])` is `3.12`. No segments: `0`.
    pub fn new(release: &[u64]) -> Self {
        todo!()
    }
    pub fn epoch(&self) -> u64 {
        todo!()
    }
    /// Segments as written, trailing zeros included (a number beyond `u64::MAX` reads as `u64::MAX`).
    pub fn release(&self) -> &[u64] {
        todo!()
    }
    pub fn pre(&self) -> Option<(PreKind, u64)> {
        todo!()
    }
    pub fn post(&self) -> Option<u64> {
        todo!()
    }
    pub fn dev(&self) -> Option<u64> {
        todo!()
    }
    /// The normalised local segment, without `+`.
    pub fn local(&self) -> Option<&str> {
        todo!()
    }
    /// Pre-release or development release.
    pub fn is_prerelease(&self) -> bool {
        todo!()
    }
    pub fn is_postrelease(&self) -> bool {
        todo!()
    }
    pub fn is_devrelease(&self) -> bool {
        todo!()
    }
    /// Without the local segment.
    #[must_use]
    pub fn public(&self) -> Self {
        todo!()
    }
    /// Epoch and release only.
    #[must_use]
    pub fn base(&self) -> Self {
        todo!()
    }
}

impl std::str::FromStr for Version {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        todo!()
    }
}
impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        todo!()
    }
}
