//! One tag, and the compressed set of them in a wheel's file name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Is one tag: interpreter, ABI and platform, in lower case.
///
/// ```
/// let tag = pyspec::tags::Tag::new("cp312", "abi3", "win_amd64");
/// assert_eq!(tag.to_string(), "cp312-abi3-win_amd64");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The interpreter, `cp312` or `py3`.
    pub interpreter: String,
    /// The ABI, `cp312`, `abi3` or `none`.
    pub abi: String,
    /// The platform, `manylinux_2_17_x86_64` or `any`.
    pub platform: String,
}

impl Tag {
    /// Makes a tag of its three parts, lowering their case.
    ///
    /// ```
    /// assert_eq!(pyspec::tags::Tag::new("PY3", "none", "any").interpreter, "py3");
    /// ```
    pub fn new(interpreter: &str, abi: &str, platform: &str) -> Self {
        Self {
            interpreter: interpreter.to_lowercase(),
            abi: abi.to_lowercase(),
            platform: platform.to_lowercase(),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}-{}", self.interpreter, self.abi, self.platform)
    }
}

/// Is a compressed set of tags, as a wheel's file name writes it: every combination of its parts.
///
/// ```
/// let set = pyspec::tags::TagSet::parse("py2.py3-none-any").unwrap();
/// let tags: Vec<String> = set.iter().map(|tag| tag.to_string()).collect();
/// assert_eq!(tags, ["py2-none-any", "py3-none-any"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagSet {
    /// The whole, in lower case.
    text: Box<str>,
    /// Where the ABI begins.
    abi: usize,
    /// Where the platform begins.
    platform: usize,
}

impl TagSet {
    /// Reads `interpreters-abis-platforms`, each a list joined by dots.
    ///
    /// # Errors
    /// There are not three parts, a member is empty, or an interpreter is no identifier.
    ///
    /// ```
    /// use pyspec::tags::TagSet;
    /// assert!(TagSet::parse("cp39-abi3-win32").is_ok());
    /// assert!(TagSet::parse("cp39-abi3").is_err());
    /// assert!(TagSet::parse("cp39..cp310-abi3-win32").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let lowered = text.to_lowercase();
        let parts: Vec<&str> = lowered.split('-').collect();
        let &[interpreters, abis, platforms] = parts.as_slice() else {
            return Err(Error::syntax(
                "tag",
                text,
                text.len(),
                "three parts joined by `-`",
            ));
        };
        if [interpreters, abis, platforms]
            .iter()
            .any(|part| part.split('.').any(str::is_empty))
        {
            return Err(Error::syntax("tag", text, 0, "no empty part"));
        }
        if !interpreters.split('.').all(is_identifier) {
            return Err(Error::syntax(
                "tag",
                text,
                0,
                "an identifier for each interpreter",
            ));
        }
        let abi = interpreters.len() + 1;
        let platform = abi + abis.len() + 1;
        Ok(Self {
            abi,
            platform,
            text: lowered.into(),
        })
    }

    /// Returns the set as written, in lower case.
    ///
    /// ```
    /// assert_eq!(pyspec::tags::TagSet::parse("Py3-none-any").unwrap().as_str(), "py3-none-any");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Yields the interpreters of the set.
    ///
    /// ```
    /// let set = pyspec::tags::TagSet::parse("py2.py3-none-any").unwrap();
    /// assert_eq!(set.interpreters().collect::<Vec<_>>(), ["py2", "py3"]);
    /// ```
    pub fn interpreters(&self) -> impl Iterator<Item = &str> {
        self.text[..self.abi - 1].split('.')
    }

    /// Yields the ABIs of the set.
    ///
    /// ```
    /// let set = pyspec::tags::TagSet::parse("cp310-cp310.abi3-any").unwrap();
    /// assert_eq!(set.abis().collect::<Vec<_>>(), ["cp310", "abi3"]);
    /// ```
    pub fn abis(&self) -> impl Iterator<Item = &str> {
        self.text[self.abi..self.platform - 1].split('.')
    }

    /// Yields the platforms of the set.
    ///
    /// ```
    /// let set = pyspec::tags::TagSet::parse("py3-none-any").unwrap();
    /// assert_eq!(set.platforms().collect::<Vec<_>>(), ["any"]);
    /// ```
    pub fn platforms(&self) -> impl Iterator<Item = &str> {
        self.text[self.platform..].split('.')
    }

    /// Yields every tag of the set, in the order in which it is written.
    ///
    /// ```
    /// let set = pyspec::tags::TagSet::parse("cp310-cp310.abi3-win32.win_amd64").unwrap();
    /// assert_eq!(set.iter().count(), 4);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Tag> {
        self.interpreters().flat_map(move |interpreter| {
            self.abis().flat_map(move |abi| {
                self.platforms()
                    .map(move |platform| Tag::new(interpreter, abi, platform))
            })
        })
    }
}

impl fmt::Display for TagSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl TryFrom<String> for TagSet {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<TagSet> for String {
    fn from(set: TagSet) -> Self {
        set.text.into()
    }
}

/// Tells whether Python would take the text as an identifier.
///
/// Differs from Python for a few combining marks, which no interpreter's name has.
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic());
    first && characters.all(|rest| rest == '_' || rest.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_every_combination() {
        let set = TagSet::parse("cp310.cp311-cp310.abi3-Linux_x86_64").unwrap();
        let tags: Vec<String> = set.iter().map(|tag| tag.to_string()).collect();
        assert_eq!(
            tags,
            [
                "cp310-cp310-linux_x86_64",
                "cp310-abi3-linux_x86_64",
                "cp311-cp310-linux_x86_64",
                "cp311-abi3-linux_x86_64"
            ]
        );
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for wrong in [
            "",
            "-",
            "--",
            "py3--any",
            "3py-none-any",
            "py3-none-any-more",
            "py3-none-.any",
        ] {
            assert!(TagSet::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn serde_carries_the_text() {
        let set = TagSet::parse("py3-none-any").unwrap();
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, "\"py3-none-any\"");
        assert_eq!(serde_json::from_str::<TagSet>(&text).unwrap(), set);
        assert!(serde_json::from_str::<TagSet>("\"x\"").is_err());
    }
}
