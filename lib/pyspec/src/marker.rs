//! Environment markers (PEP 508).
#![allow(clippy::todo, missing_docs, unused_variables)]
use crate::Error;
use crate::name::Name;
use std::collections::BTreeSet;

/// Names a variable of markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    ImplementationName,
    ImplementationVersion,
    OsName,
    PlatformMachine,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonFullVersion,
    PlatformPythonImplementation,
    PythonVersion,
    SysPlatform,
    Extra,
    Extras,
    DependencyGroups,
}

/// Holds the marker variables of a Python. `None`: not known; a marker that depends on it is an error.
///
/// `python_full_version` `None` stands for every patch release of `python_version`, so comparisons that come out the
/// same for all of them are answered; the same for `implementation_version` where `implementation_name` is `cpython`.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(default)]
pub struct Environment {
    pub implementation_name: Option<String>,
    pub implementation_version: Option<String>,
    pub os_name: Option<String>,
    pub platform_machine: Option<String>,
    pub platform_release: Option<String>,
    pub platform_system: Option<String>,
    pub platform_version: Option<String>,
    pub python_full_version: Option<String>,
    pub platform_python_implementation: Option<String>,
    pub python_version: Option<String>,
    pub sys_platform: Option<String>,
}

/// Holds what `extra`, `extras` and `dependency_groups` stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// `None`: undefined (an error where it is asked for); empty: no extra.
    pub extra: Option<String>,
    pub extras: Option<BTreeSet<String>>,
    pub dependency_groups: Option<BTreeSet<String>>,
}

impl Extras {
    /// In metadata, without an extra.
    pub fn none() -> Self {
        todo!()
    }
    /// In metadata, for one extra.
    pub fn one(extra: &Name) -> Self {
        todo!()
    }
    /// In a lock file.
    pub fn lock_file<'n>(
        extras: impl IntoIterator<Item = &'n Name>,
        groups: impl IntoIterator<Item = &'n Name>,
    ) -> Self {
        todo!()
    }
}

/// Says why a marker has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MarkerError {
    #[error("marker `{marker}` depends on {variable}, which is not known for this target")]
    Unknown { marker: String, variable: &'static str },
    #[error("marker `{marker}` asks for `{name}`, which is not defined here")]
    Undefined { marker: String, name: String },
    #[error("marker `{marker}`: `{comparison}` has no meaning")]
    Meaningless { marker: String, comparison: String },
}

/// Holds a marker. Equal when its text is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker {
    text: String,
}

impl Marker {
    pub fn try_evaluate(&self, environment: &Environment, extras: &Extras) -> Result<bool, MarkerError> {
        todo!()
    }
    /// `false` where [`Marker::try_evaluate`] fails.
    pub fn evaluate(&self, environment: &Environment, extras: &Extras) -> bool {
        todo!()
    }
    /// The variables it uses.
    pub fn variables(&self) -> BTreeSet<Variable> {
        todo!()
    }
    /// `a and extra == 'x' and b` → (`x`, `a and b`): `None` where there is no such comparison at the top, or another use of `extra`.
    pub fn split_extra(&self) -> Option<(Name, Option<Marker>)> {
        todo!()
    }
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        todo!()
    }
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        todo!()
    }
}

impl std::str::FromStr for Marker {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        todo!()
    }
}
impl std::fmt::Display for Marker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl serde::Serialize for Marker {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Marker {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        todo!()
    }
}
