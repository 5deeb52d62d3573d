//! Requirements: what a project asks of another (PEP 508).
#![allow(clippy::todo, missing_docs, unused_variables)]
use crate::Error;
use crate::marker::Marker;
use crate::name::Name;
use crate::specifier::Specifiers;

/// Holds where a requirement is satisfied from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// Any index, in one of these versions.
    Index(Specifiers),
    /// This address, as written.
    Url(String),
}

/// Holds a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    pub name: Name,
    /// Sorted by spelling; two spellings of one extra may both be there.
    pub extras: Vec<Name>,
    pub source: Source,
    pub marker: Option<Marker>,
}

impl Requirement {
    /// `name` in any version.
    pub fn new(name: Name) -> Self {
        todo!()
    }
    pub fn specifiers(&self) -> Option<&Specifiers> {
        todo!()
    }
    pub fn url(&self) -> Option<&str> {
        todo!()
    }
}

impl std::str::FromStr for Requirement {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        todo!()
    }
}
impl std::fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl serde::Serialize for Requirement {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Requirement {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        todo!()
    }
}
