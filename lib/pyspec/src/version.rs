//! Versions of projects (PEP 440).
//!
//! ```
//! use pyspec::version::Version;
//!
//! let version: Version = " V1.0.Alpha-2 ".parse()?;
//! assert_eq!(version.to_string(), "1.0a2");
//! assert!(version < "1".parse()?);
//! # Ok::<(), pyspec::Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;
use number::Number;
use parts::{Parts, Rest, SEGMENTS, Suffix};

mod bounds;
pub(crate) mod grammar;
mod number;
mod order;
mod parse;
mod parts;
#[cfg(test)]
mod properties;
mod text;

pub(crate) use parse::parse_quietly;

/// Holds a version of a project.
///
/// Equality, order and hash are those of PEP 440, so that `1.0` equals `1.0.0`; the text keeps the
/// zeros that were written. Numbers may be of any size that Python itself reads (4300 digits).
/// Cloning the usual version allocates nothing.
///
/// ```
/// use pyspec::version::Version;
///
/// let version: Version = "1.0.0".parse()?;
/// assert_eq!(version, "1".parse()?);
/// assert_eq!(version.to_string(), "1.0.0");
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Clone)]
pub struct Version {
    /// Decides most comparisons: see `order`.
    key: u64,
    /// The release, if there is no `rest`.
    segments: [u64; SEGMENTS],
    /// Everything, if it does not fit into the other fields.
    rest: Option<Box<Rest>>,
    /// The number of the suffix, if there is no `rest`.
    number: u32,
    suffix: Suffix,
    /// How many of the segments were written.
    length: u8,
    /// Whether the key holds all that order asks for.
    exact: bool,
}

/// Names the kind of a pre-release.
///
/// ```
/// use pyspec::version::{PreKind, Version};
///
/// let version: Version = "2.0c1".parse()?;
/// assert_eq!(version.pre(), Some((PreKind::Candidate, 1)));
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreKind {
    /// `a`, also written `alpha`.
    Alpha,
    /// `b`, also written `beta`.
    Beta,
    /// `rc`, also written `c`, `pre` or `preview`.
    Candidate,
}

impl Version {
    /// Makes a release without any suffix; no segments make `0`.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!(Version::new(&[3, 12]).to_string(), "3.12");
    /// ```
    #[must_use]
    pub fn new(release: &[u64]) -> Self {
        let release = if release.is_empty() { &[0] } else { release };
        let release = release.iter().copied().map(Number::from).collect();
        Parts {
            epoch: Number::ZERO,
            release,
            pre: None,
            post: None,
            dev: None,
            local: None,
        }
        .into()
    }

    /// Gives the epoch, 0 for most.
    ///
    /// Here and below a number greater than [`u64::MAX`] reads as [`u64::MAX`]; comparison, hash and
    /// text are exact all the same.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("1!2.0".parse::<Version>()?.epoch(), 1);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.rest.as_ref().map_or(0, |rest| rest.parts.epoch.saturated())
    }

    /// Gives the segments of the release as written, trailing zeros included.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("1.20.0a1".parse::<Version>()?.release(), [1, 20, 0]);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn release(&self) -> &[u64] {
        match &self.rest {
            Some(rest) => &rest.release,
            None => self.segments.get(..self.length.into()).unwrap_or(&self.segments),
        }
    }

    /// Gives kind and number of the pre-release.
    ///
    /// ```
    /// use pyspec::version::{PreKind, Version};
    ///
    /// assert_eq!("1.0b2".parse::<Version>()?.pre(), Some((PreKind::Beta, 2)));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn pre(&self) -> Option<(PreKind, u64)> {
        self.pre_number().map(|(kind, number)| (kind, number.saturated()))
    }

    /// Gives the number of the post-release.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("1.0-3".parse::<Version>()?.post(), Some(3));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn post(&self) -> Option<u64> {
        self.post_number().map(|number| number.saturated())
    }

    /// Gives the number of the development release.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("1.0.dev7".parse::<Version>()?.dev(), Some(7));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn dev(&self) -> Option<u64> {
        self.dev_number().map(|number| number.saturated())
    }

    /// Gives the local segment, normalised and without the `+`.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("1.0+Ubuntu-01".parse::<Version>()?.local(), Some("ubuntu.1"));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn local(&self) -> Option<&str> {
        self.rest.as_ref().and_then(|rest| rest.parts.local.as_deref())
    }

    /// Tells whether this is a pre-release or a development release.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert!("1.0rc1".parse::<Version>()?.is_prerelease());
    /// assert!("1.0.post1.dev1".parse::<Version>()?.is_prerelease());
    /// assert!(!"1.0.post1".parse::<Version>()?.is_prerelease());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        match &self.rest {
            Some(rest) => rest.parts.pre.is_some() || rest.parts.dev.is_some(),
            None => !matches!(self.suffix, Suffix::None | Suffix::Post),
        }
    }

    /// Tells whether this is a post-release.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert!("1.0.post1".parse::<Version>()?.is_postrelease());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn is_postrelease(&self) -> bool {
        self.post_number().is_some()
    }

    /// Tells whether this is a development release.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert!("1.0.dev1".parse::<Version>()?.is_devrelease());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn is_devrelease(&self) -> bool {
        self.dev_number().is_some()
    }

    /// Gives the version without its local segment.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("2.1+cu118".parse::<Version>()?.public().to_string(), "2.1");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn public(&self) -> Self {
        if self.local().is_none() {
            return self.clone();
        }
        Parts {
            local: None,
            ..self.parts()
        }
        .into()
    }

    /// Gives epoch and release alone.
    ///
    /// ```
    /// use pyspec::version::Version;
    ///
    /// assert_eq!("1!2.1rc1.post2+x".parse::<Version>()?.base().to_string(), "1!2.1");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn base(&self) -> Self {
        Parts {
            pre: None,
            post: None,
            dev: None,
            local: None,
            ..self.parts()
        }
        .into()
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Version({:?})", self.to_string())
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
