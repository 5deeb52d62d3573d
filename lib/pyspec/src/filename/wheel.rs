//! File names of wheels (PEP 427).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::name::Name;
use crate::tags::TagSet;
use crate::version::Version;

/// Is the build tag of a wheel: a number, and a text that decides between equal numbers.
///
/// ```
/// use pyspec::filename::WheelName;
/// let build = |text: &str| text.parse::<WheelName>().unwrap().build;
/// assert!(build("a-1-2-py3-none-any.whl") < build("a-1-10-py3-none-any.whl"));
/// assert!(build("a-1-py3-none-any.whl") < build("a-1-0-py3-none-any.whl"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BuildTag {
    /// The number without leading zeros; of any length, hence a text.
    number: Box<str>,
    /// What follows the number.
    suffix: Box<str>,
}

impl BuildTag {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        // `packaging` reads a line, and what follows it is lost there.
        let line = text.split('\n').next().unwrap_or_default();
        let (number, suffix) = line.split_at(digits);
        let number = match number.trim_start_matches('0') {
            "" if digits == 0 => return None,
            "" => "0",
            number => number,
        };
        Some(Self {
            number: number.into(),
            suffix: suffix.into(),
        })
    }

    /// Returns the number, in decimal digits.
    ///
    /// ```
    /// let name: pyspec::filename::WheelName = "a-1-007b-py3-none-any.whl".parse().unwrap();
    /// let build = name.build.unwrap();
    /// assert_eq!((build.number(), build.suffix()), ("7", "b"));
    /// ```
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Returns what follows the number.
    ///
    /// ```
    /// let name: pyspec::filename::WheelName = "a-1-1_x-py3-none-any.whl".parse().unwrap();
    /// assert_eq!(name.build.unwrap().suffix(), "_x");
    /// ```
    pub fn suffix(&self) -> &str {
        &self.suffix
    }
}

impl Ord for BuildTag {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |tag: &Self| (tag.number.len(), tag.number.clone(), tag.suffix.clone());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for BuildTag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for BuildTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.number, self.suffix)
    }
}

/// Is the file name of a wheel.
///
/// ```
/// let name: pyspec::filename::WheelName = "Django-5.2.1-py3-none-any.whl".parse().unwrap();
/// assert_eq!((name.name.as_str(), name.version.to_string().as_str()), ("django", "5.2.1"));
/// assert_eq!(name.tags.as_str(), "py3-none-any");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WheelName {
    /// The project.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// The build tag, which decides between wheels of one version and one tag: the highest wins.
    pub build: Option<BuildTag>,
    /// What the wheel fits.
    pub tags: TagSet,
}

impl FromStr for WheelName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = |at: usize, expected: &str| Error::syntax("wheel file name", text, at, expected);
        let stem = text
            .strip_suffix(".whl")
            .ok_or_else(|| fault(text.len(), "the ending `.whl`"))?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, tags) = match parts.as_slice() {
            [name, version, _, _, _] => (*name, *version, None, 2),
            [name, version, build, _, _, _] => (*name, *version, Some(*build), 3),
            _ => return Err(fault(stem.len(), "five or six parts joined by `-`")),
        };
        let offset = |part: usize| parts[..part].iter().map(|part| part.len() + 1).sum::<usize>();
        if !is_wheel_project(name) {
            return Err(fault(0, "a project's name, runs of `-_.` written as one `_`"));
        }
        let version = version.parse().map_err(|_| fault(offset(1), "a version"))?;
        let build = match build {
            Some(build) => Some(BuildTag::parse(build).ok_or_else(|| fault(offset(2), "a build number"))?),
            None => None,
        };
        let tags = TagSet::parse(&stem[offset(tags)..]).map_err(|_| fault(offset(tags), "tags"))?;
        Ok(Self {
            name: Name::lenient(name),
            version,
            build,
            tags,
        })
    }
}

/// Tells whether the text is a project's name as a wheel's file name writes it: letters, digits, `_`, `.`.
fn is_wheel_project(name: &str) -> bool {
    let allowed = |character: char| character == '_' || character == '.' || character.is_alphanumeric();
    !name.is_empty() && !name.contains("__") && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_numbers_of_any_length_are_ordered() {
        let build = |text: &str| BuildTag::parse(text).unwrap();
        assert!(build("9") < build("10"));
        assert!(build("010a") < build("10b"));
        assert!(build("99999999999999999999999999998") < build("99999999999999999999999999999"));
        assert_eq!(build("000"), build("0"));
        assert_eq!(BuildTag::parse("a"), None);
    }
}
