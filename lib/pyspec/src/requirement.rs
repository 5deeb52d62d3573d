//! Requirements: what a project asks of another (PEP 508).
//!
//! ```
//! use pyspec::requirement::Requirement;
//!
//! let requirement: Requirement = "Requests[Socks] (>=2.8) ; os_name == 'nt'".parse()?;
//! assert_eq!(requirement.name.as_str(), "requests");
//! assert_eq!(requirement.to_string(), r#"Requests[Socks]>=2.8; os_name == "nt""#);
//! # Ok::<(), pyspec::Error>(())
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;
use crate::marker::Marker;
use crate::name::Name;
use crate::specifier::Specifiers;

mod parse;
#[cfg(test)]
mod properties;

/// Says where a requirement is satisfied from.
///
/// ```
/// use pyspec::requirement::{Requirement, Source};
///
/// let requirement: Requirement = "pip @ https://example.com/pip.zip".parse()?;
/// assert_eq!(requirement.source, Source::Url("https://example.com/pip.zip".into()));
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// An index, in one of these versions.
    Index(Specifiers),
    /// This address and no other, as it was written.
    Url(String),
}

/// Holds a requirement.
///
/// Names keep their spelling for printing and are compared in normalised form.
///
/// ```
/// use pyspec::requirement::Requirement;
///
/// let requirement: Requirement = "Foo_Bar[B,a]==1.0".parse()?;
/// assert_eq!(requirement, "foo-bar [A, b] == 1.0.0".parse()?);
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The name of the project. It may end in `_`, which `packaging` lets pass here.
    pub name: Name,
    /// The extras asked for, sorted by spelling; one may be there in several spellings.
    pub extras: Vec<Name>,
    /// Where from.
    pub source: Source,
    /// Where it applies; everywhere if there is none.
    pub marker: Option<Marker>,
}

impl Requirement {
    /// Asks for a project in any version.
    ///
    /// ```
    /// use pyspec::name::Name;
    /// use pyspec::requirement::Requirement;
    ///
    /// assert_eq!(Requirement::new(Name::parse("pip")?).to_string(), "pip");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            extras: Vec::new(),
            source: Source::Index(Specifiers::any()),
            marker: None,
        }
    }

    /// Gives the specifiers, if it is not a URL that is asked for.
    ///
    /// ```
    /// use pyspec::requirement::Requirement;
    ///
    /// let requirement: Requirement = "pip>=24".parse()?;
    /// assert_eq!(requirement.specifiers().map(ToString::to_string), Some(">=24".into()));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn specifiers(&self) -> Option<&Specifiers> {
        match &self.source {
            Source::Index(specifiers) => Some(specifiers),
            Source::Url(_) => None,
        }
    }

    /// Gives the URL, if one is asked for.
    ///
    /// ```
    /// use pyspec::requirement::Requirement;
    ///
    /// let requirement: Requirement = "pip @ git+ssh://git@example.com:pip".parse()?;
    /// assert_eq!(requirement.url(), Some("git+ssh://git@example.com:pip"));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.source {
            Source::Index(_) => None,
            Source::Url(url) => Some(url),
        }
    }

    fn extra_set(&self) -> BTreeSet<&Name> {
        self.extras.iter().collect()
    }
}

impl PartialEq for Requirement {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.extra_set() == other.extra_set()
            && self.source == other.source
            && self.marker == other.marker
    }
}

impl Eq for Requirement {}

impl Hash for Requirement {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.extra_set().hash(state);
        self.source.hash(state);
        self.marker.hash(state);
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name.as_written())?;
        if !self.extras.is_empty() {
            let extras: BTreeSet<&str> = self.extras.iter().map(Name::as_written).collect();
            write!(
                formatter,
                "[{}]",
                extras.into_iter().collect::<Vec<_>>().join(",")
            )?;
        }
        match &self.source {
            Source::Index(specifiers) => write!(formatter, "{specifiers}")?,
            Source::Url(url) => write!(formatter, " @ {url}")?,
        }
        match &self.marker {
            // A URL would go on to the semicolon.
            Some(marker) if self.url().is_some() => write!(formatter, " ; {marker}"),
            Some(marker) => write!(formatter, "; {marker}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Requirement {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse::requirement(text)
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
