//! Version specifiers (PEP 440).
#![allow(clippy::todo, missing_docs, unused_variables)]
use crate::Error;
use crate::version::Version;
use version_ranges::Ranges;

/// Names the operator of a specifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `===`
    Arbitrary,
    /// `~=`
    Compatible,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<=`
    LessEqual,
    /// `>=`
    GreaterEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
}

/// Says what happens to pre-releases: `packaging`'s `prereleases=None`, `True`, `False`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Prereleases {
    /// As PEP 440 says: taken when the specifiers name one, or when nothing else matches.
    #[default]
    Auto,
    /// Like any other version.
    Allow,
    /// Never.
    Deny,
}

/// Holds one clause: an operator and a version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Specifier {
    text: String,
}

impl Specifier {
    pub fn operator(&self) -> Operator {
        todo!()
    }
    /// The version as written: `1.0`, `1.*`, or any text after `===`.
    pub fn version_text(&self) -> &str {
        todo!()
    }
    /// The version (without `.*`); `None` for `===` on something that is no version.
    pub fn version(&self) -> Option<&Version> {
        todo!()
    }
    /// Whether it ends in `.*`.
    pub fn is_wildcard(&self) -> bool {
        todo!()
    }
    pub fn contains(&self, version: &Version, prereleases: Prereleases) -> bool {
        todo!()
    }
}

/// Holds clauses that must all hold; none: any version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Specifiers {
    clauses: Vec<Specifier>,
}

impl Specifiers {
    /// No clause: any version.
    pub fn any() -> Self {
        Self::default()
    }
    /// `==version` (`===` never).
    pub fn exactly(version: &Version) -> Self {
        todo!()
    }
    pub fn is_empty(&self) -> bool {
        todo!()
    }
    pub fn iter(&self) -> std::slice::Iter<'_, Specifier> {
        todo!()
    }
    /// Both sets of clauses.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        todo!()
    }
    /// `SpecifierSet.contains(Version(…), prereleases=…)`.
    pub fn contains(&self, version: &Version, prereleases: Prereleases) -> bool {
        todo!()
    }
    /// `SpecifierSet.contains("…", prereleases=…)`: `===` compares the text; text that is no version is no error.
    pub fn contains_str(&self, version: &str, prereleases: Prereleases) -> bool {
        todo!()
    }
    /// `SpecifierSet.filter(…)`.
    pub fn filter<'v>(
        &self,
        versions: impl IntoIterator<Item = &'v Version>,
        prereleases: Prereleases,
    ) -> Vec<&'v Version> {
        todo!();
        #[allow(unreachable_code)]
        Vec::new()
    }
    /// Whether a clause names a pre-release and so lets pre-releases in under [`Prereleases::Auto`].
    pub fn names_prerelease(&self) -> bool {
        todo!()
    }
    /// Whether there is a `===`, which ranges cannot express: test the candidate with `contains_str`.
    pub fn has_arbitrary(&self) -> bool {
        todo!()
    }
    /// The versions for which `contains(version, Prereleases::Allow)` holds (`===` counts as any version).
    pub fn ranges(&self) -> Ranges<Version> {
        todo!()
    }
}

/// Writes ranges as people write specifiers (`>=1.0,<2 | ==3.1`); use it in messages instead of `Ranges`' own text.
pub fn describe(ranges: &Ranges<Version>) -> String {
    todo!()
}

impl std::str::FromStr for Specifier {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        todo!()
    }
}
impl std::fmt::Display for Specifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl std::str::FromStr for Specifiers {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        todo!()
    }
}
/// Sorted by text, joined by `,`, as `str(SpecifierSet)`.
impl std::fmt::Display for Specifiers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl serde::Serialize for Specifiers {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Specifiers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        todo!()
    }
}
