//! Names of projects and extras (PEP 503, PEP 685).

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;

/// Holds a name of a project or of an extra, compared and shown in its normalised form.
///
/// Cloning is cheap.
///
/// ```
/// use pyspec::name::Name;
///
/// let name = Name::parse("Zope.Interface")?;
/// assert_eq!(name.as_str(), "zope-interface");
/// assert_eq!(name.as_written(), "Zope.Interface");
/// assert_eq!(name, Name::parse("zope__interface")?);
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Clone)]
pub struct Name {
    normalised: Arc<str>,
    /// The spelling that was read, unless it was the normalised one.
    written: Option<Arc<str>>,
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// Anything but ASCII letters, digits, `.`, `_` and `-`, or one of the last three at either end.
    ///
    /// ```
    /// use pyspec::name::Name;
    ///
    /// assert!(Name::parse("requests").is_ok());
    /// assert!(Name::parse("-requests").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let bytes = text.as_bytes();
        if let Some(at) = bytes.iter().position(|byte| !inner(byte)) {
            return Err(Error::syntax(
                "name",
                text,
                at,
                "a letter, a digit, `.`, `_` or `-`",
            ));
        }
        let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        if !is_edge(bytes.first()) {
            return Err(Error::syntax(
                "name",
                text,
                0,
                "a letter or a digit at the beginning",
            ));
        }
        if !is_edge(bytes.last()) {
            return Err(Error::syntax(
                "name",
                text,
                text.len() - 1,
                "a letter or a digit at the end",
            ));
        }
        Ok(Self::lenient(text))
    }

    /// Takes any spelling, as `packaging` does for the name in a requirement.
    pub(crate) fn lenient(text: &str) -> Self {
        if is_normalised(text) {
            return Self {
                normalised: text.into(),
                written: None,
            };
        }
        Self {
            normalised: canonicalize(text).into(),
            written: Some(text.into()),
        }
    }

    /// Gives the normalised form.
    ///
    /// ```
    /// assert_eq!(pyspec::name::Name::parse("Foo_Bar")?.as_str(), "foo-bar");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normalised
    }

    /// Gives the name as it was read.
    ///
    /// ```
    /// assert_eq!(pyspec::name::Name::parse("Foo_Bar")?.as_written(), "Foo_Bar");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn as_written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.normalised)
    }
}

/// Normalises a name, and anything else: lower case, runs of `-`, `_` and `.` become one `-`.
///
/// ```
/// assert_eq!(pyspec::name::canonicalize("Foo.-_Bar"), "foo-bar");
/// assert_eq!(pyspec::name::canonicalize("_not legal"), "-not legal");
/// ```
#[must_use]
pub fn canonicalize(text: &str) -> String {
    let lowered = text.to_lowercase();
    let mut normalised = String::with_capacity(lowered.len());
    for character in lowered.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normalised.push(character);
        } else if !normalised.ends_with('-') {
            normalised.push('-');
        }
    }
    normalised
}

/// Tells whether a text is what [`canonicalize`] would make of it.
fn is_normalised(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(plain) && !text.contains("--")
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.normalised)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Name({:?})", self.as_written())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.normalised == other.normalised
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.normalised.cmp(&other.normalised)
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalised.hash(state);
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.normalised
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.normalised
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.normalised)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_case_and_runs() {
        for text in ["Foo.Bar", "foo--bar", "FOO_._BAR", "foo-bar"] {
            assert_eq!(Name::parse(text).unwrap().as_str(), "foo-bar");
        }
    }

    #[test]
    fn refuses_with_the_place() {
        for (text, at) in [("", 0), ("-a", 0), ("a-", 1), ("a b", 1), ("aé", 1), ("a\n", 1)] {
            assert_eq!(Name::parse(text).unwrap_err().position(), Some(at), "{text:?}");
        }
    }

    #[test]
    fn canonicalize_takes_anything() {
        assert_eq!(canonicalize(""), "");
        assert_eq!(canonicalize("ÀÉ..x"), "àé-x");
        assert_eq!(canonicalize("-._"), "-");
    }

    #[test]
    fn serde_uses_the_normalised_form() {
        let name = Name::parse("Foo_Bar").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"foo-bar\"");
        assert_eq!(serde_json::from_str::<Name>("\"Foo_Bar\"").unwrap(), name);
        assert!(serde_json::from_str::<Name>("\"!\"").is_err());
    }
}
