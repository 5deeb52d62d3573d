//! Version specifiers (PEP 440, "Version specifiers").
//!
//! ```
//! use pyspec::specifier::{Prereleases, Specifiers};
//!
//! let specifiers: Specifiers = "~=2.1, !=2.1.3".parse()?;
//! assert!(specifiers.contains(&"2.4".parse()?, Prereleases::Auto));
//! assert!(!specifiers.contains(&"2.1.3".parse()?, Prereleases::Auto));
//! # Ok::<(), pyspec::Error>(())
//! ```
//!
//! Where this differs from `packaging`: versions that it could not use when it compares are refused
//! when they are read (numbers of more than 4300 digits, letters after `~=` that are not ASCII).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::Error;
use crate::version::Version;

mod describe;
mod matching;
mod parse;
#[cfg(test)]
mod properties;
mod ranges;
mod set;

pub use describe::describe;
pub(crate) use parse::clause;
pub use set::Specifiers;

/// Names the operator of a specifier.
///
/// ```
/// use pyspec::specifier::{Operator, Specifier};
///
/// let specifier: Specifier = "~=1.4".parse()?;
/// assert_eq!(specifier.operator(), Operator::Compatible);
/// assert_eq!(Operator::Compatible.as_str(), "~=");
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `===`: the same text, apart from case.
    Arbitrary,
    /// `~=`: at least this, within the release without its last segment.
    Compatible,
    /// `==`: this version, or with `.*` all that begin so.
    Equal,
    /// `!=`: the opposite of `==`.
    NotEqual,
    /// `<=`: this version or an earlier one.
    LessEqual,
    /// `>=`: this version or a later one.
    GreaterEqual,
    /// `<`: earlier than this version, its pre-releases excepted.
    Less,
    /// `>`: later than this version, its post-releases excepted.
    Greater,
}

impl Operator {
    /// Gives the operator as it is written.
    ///
    /// ```
    /// assert_eq!(pyspec::specifier::Operator::LessEqual.as_str(), "<=");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arbitrary => "===",
            Self::Compatible => "~=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::LessEqual => "<=",
            Self::GreaterEqual => ">=",
            Self::Less => "<",
            Self::Greater => ">",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Says what happens to pre-releases: the `prereleases` argument of `packaging`.
///
/// ```
/// use pyspec::specifier::{Prereleases, Specifiers};
/// use pyspec::version::Version;
///
/// let (stable, beta): (Version, Version) = ("1.0".parse()?, "2.0b1".parse()?);
/// let any = Specifiers::any();
/// assert_eq!(any.filter([&stable, &beta], Prereleases::Auto), [&stable]);
/// assert_eq!(any.filter([&beta], Prereleases::Auto), [&beta]);
/// assert_eq!(any.filter([&beta], Prereleases::Deny), [] as [&Version; 0]);
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Prereleases {
    /// As PEP 440 says (`None`): taken where the specifiers name one, or where nothing else matches.
    #[default]
    Auto,
    /// Like any other version (`True`).
    Allow,
    /// Never (`False`).
    Deny,
}

/// Holds one clause, such as `>=1.0`.
///
/// The text keeps the version as it was written; equality compares what is meant.
///
/// ```
/// use pyspec::specifier::Specifier;
///
/// let specifier: Specifier = "== 1.0.0".parse()?;
/// assert_eq!(specifier.to_string(), "==1.0.0");
/// assert_eq!(specifier, "==v1".parse()?);
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Clone)]
pub struct Specifier {
    operator: Operator,
    /// What follows the operator, without white space around it.
    text: Box<str>,
    /// The version, without `.*`.
    version: Option<Version>,
    is_wildcard: bool,
}

impl Specifier {
    /// Gives the operator.
    ///
    /// ```
    /// use pyspec::specifier::{Operator, Specifier};
    ///
    /// assert_eq!("<2".parse::<Specifier>()?.operator(), Operator::Less);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// Gives what follows the operator as it was written: `1.0`, `1.*`, or anything after `===`.
    ///
    /// ```
    /// use pyspec::specifier::Specifier;
    ///
    /// assert_eq!("== 01.*".parse::<Specifier>()?.version_text(), "01.*");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn version_text(&self) -> &str {
        &self.text
    }

    /// Gives the version, without `.*`; there is none in a `===` with something that is no version.
    ///
    /// ```
    /// use pyspec::specifier::Specifier;
    ///
    /// assert_eq!("==1.*".parse::<Specifier>()?.version(), Some(&"1".parse()?));
    /// assert_eq!("===latest".parse::<Specifier>()?.version(), None);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// Tells whether the version ends in `.*`.
    ///
    /// ```
    /// use pyspec::specifier::Specifier;
    ///
    /// assert!("!=1.4.*".parse::<Specifier>()?.is_wildcard());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.is_wildcard
    }

    /// Tells whether the clause lets pre-releases in because it names one.
    fn names_prerelease(&self) -> bool {
        let can = self.operator != Operator::NotEqual && !self.is_wildcard;
        can && self.version.as_ref().is_some_and(Version::is_prerelease)
    }

    /// Tells whether equality looks at the text instead of the version.
    fn is_compared_as_text(&self) -> bool {
        self.operator == Operator::Arbitrary || self.is_wildcard
    }

    /// Orders clauses as their texts are ordered.
    fn cmp_text(&self, other: &Self) -> Ordering {
        self.text_bytes().cmp(other.text_bytes())
    }

    fn text_bytes(&self) -> impl Iterator<Item = u8> {
        self.operator.as_str().bytes().chain(self.text.bytes())
    }
}

impl PartialEq for Specifier {
    fn eq(&self, other: &Self) -> bool {
        if self.operator != other.operator || self.is_compared_as_text() != other.is_compared_as_text() {
            return false;
        }
        if self.is_compared_as_text() {
            return self.text == other.text;
        }
        // The zeros of `~=1.0` matter.
        let length = |specifier: &Self| specifier.version.as_ref().map(|version| version.release().len());
        self.version == other.version
            && (self.operator != Operator::Compatible || length(self) == length(other))
    }
}

impl Eq for Specifier {}

impl Hash for Specifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operator.hash(state);
        if self.is_compared_as_text() {
            self.text.hash(state);
        } else {
            self.version.hash(state);
        }
    }
}

impl fmt::Debug for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Specifier({:?})", self.to_string())
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.operator, self.text)
    }
}

impl FromStr for Specifier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse::specifier(text)
    }
}
