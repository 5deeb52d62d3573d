//! File names of wheels and source distributions (PEP 427, 625), equal to `packaging.utils`.
//!
//! What has another shape is an error that says why, to be skipped with a note: eggs, installers, and
//! whatever comes after wheels. Known differences from `packaging`: a name that is neither ASCII nor letters
//! and digits of some script, but has combining marks, is refused in one and taken in the other.

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

/// Is the file name of a source distribution, `.tar.gz` or `.zip`.
///
/// ```
/// let name: pyspec::filename::SdistName = "docopt-0.6.2.tar.gz".parse().unwrap();
/// assert_eq!((name.name.as_str(), name.version.to_string().as_str()), ("docopt", "0.6.2"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SdistName {
    /// The project.
    pub name: Name,
    /// Its version.
    pub version: Version,
}

impl FromStr for SdistName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault =
            |at: usize, expected: &str| Error::syntax("source distribution file name", text, at, expected);
        let stem = [".tar.gz", ".zip"]
            .iter()
            .find_map(|ending| text.strip_suffix(ending));
        let stem = stem.ok_or_else(|| fault(text.len(), "the ending `.tar.gz` or `.zip`"))?;
        let (name, version) = stem
            .rsplit_once('-')
            .ok_or_else(|| fault(stem.len(), "`-` and a version"))?;
        if name.is_empty() {
            return Err(fault(0, "a project's name"));
        }
        let version = version.parse().map_err(|_| fault(name.len() + 1, "a version"))?;
        Ok(Self {
            name: Name::lenient(name),
            version,
        })
    }
}

/// Is the file name of a distribution, whichever kind it is.
///
/// ```
/// use pyspec::filename::DistributionFile;
/// let file: DistributionFile = "docopt-0.6.2.tar.gz".parse().unwrap();
/// assert!(matches!(file, DistributionFile::Sdist(_)));
/// assert_eq!(file.name().as_str(), "docopt");
/// assert!("docopt-0.6.2-py2.7.egg".parse::<DistributionFile>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DistributionFile {
    /// A wheel.
    Wheel(WheelName),
    /// A source distribution.
    Sdist(SdistName),
}

impl DistributionFile {
    /// Reads a file name as that of a project: an older source distribution's may be ambiguous
    /// (`a-b-1.tar.gz` is `b-1` of `a` or `1` of `a-b`), and the project's name decides.
    ///
    /// # Errors
    /// As its `FromStr`, or the file is of another project.
    ///
    /// ```
    /// use pyspec::{filename::DistributionFile, name::Name};
    /// let project = Name::parse("foo").unwrap();
    /// let file = DistributionFile::of_project("foo-1.0-1.tar.gz", &project).unwrap();
    /// assert_eq!(file.version().to_string(), "1.0.post1");
    /// ```
    pub fn of_project(text: &str, project: &Name) -> Result<Self, Error> {
        let read = text.parse::<Self>();
        if let Ok(file) = &read
            && file.name() == project
        {
            return read;
        }
        if let Some(version) = version_behind(text, project) {
            return Ok(Self::Sdist(SdistName {
                name: project.clone(),
                version,
            }));
        }
        read.and_then(|_| {
            Err(Error::syntax(
                "file name",
                text,
                0,
                format!("a file of `{project}`"),
            ))
        })
    }

    /// Returns the project.
    ///
    /// ```
    /// let file: pyspec::filename::DistributionFile = "a-1-py3-none-any.whl".parse().unwrap();
    /// assert_eq!(file.name().as_str(), "a");
    /// ```
    pub fn name(&self) -> &Name {
        match self {
            Self::Wheel(wheel) => &wheel.name,
            Self::Sdist(sdist) => &sdist.name,
        }
    }

    /// Returns the version.
    ///
    /// ```
    /// let file: pyspec::filename::DistributionFile = "a-1-py3-none-any.whl".parse().unwrap();
    /// assert_eq!(file.version().to_string(), "1");
    /// ```
    pub fn version(&self) -> &Version {
        match self {
            Self::Wheel(wheel) => &wheel.version,
            Self::Sdist(sdist) => &sdist.version,
        }
    }

    /// Returns the wheel's name, if it is one.
    ///
    /// ```
    /// let file: pyspec::filename::DistributionFile = "a-1.tar.gz".parse().unwrap();
    /// assert!(file.wheel().is_none());
    /// ```
    pub fn wheel(&self) -> Option<&WheelName> {
        match self {
            Self::Wheel(wheel) => Some(wheel),
            Self::Sdist(_) => None,
        }
    }
}

impl FromStr for DistributionFile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.ends_with(".whl") {
            return text.parse().map(Self::Wheel);
        }
        if text.ends_with(".tar.gz") || text.ends_with(".zip") {
            return text.parse().map(Self::Sdist);
        }
        Err(Error::syntax(
            "file name",
            text,
            text.len(),
            "the ending `.whl`, `.tar.gz` or `.zip`",
        ))
    }
}

/// Reads the version of a source distribution whose name, up to some `-`, is the project's.
fn version_behind(text: &str, project: &Name) -> Option<Version> {
    let stem = [".tar.gz", ".zip"]
        .iter()
        .find_map(|ending| text.strip_suffix(ending))?;
    let mut dashes = stem.rmatch_indices('-').map(|(at, _)| at);
    let at = dashes.find(|at| crate::name::canonicalize(&stem[..*at]) == project.as_str())?;
    stem[at + 1..].parse().ok()
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
    fn wheels_come_apart() {
        let wheel: WheelName = "foo_bar-1.0.post1-1a-cp39.cp310-abi3-win32.whl".parse().unwrap();
        assert_eq!(wheel.name.as_str(), "foo-bar");
        assert_eq!(wheel.build.as_ref().unwrap().to_string(), "1a");
        assert_eq!(wheel.tags.iter().count(), 2);
    }

    #[test]
    fn what_is_no_wheel_says_where() {
        for (text, at) in [
            ("foo-1.0-py3-none-any.wheel", 26),
            ("foo-1.0-py3-none.whl", 16),
            ("foo-1.0-1-1-py3-none-any.whl", 24),
            ("foo__bar-1.0-py3-none-any.whl", 0),
            ("-1.0-py3-none-any.whl", 0),
            ("foo-x.y-py3-none-any.whl", 4),
            ("foo-1.0-x-py3-none-any.whl", 8),
            ("foo-1.0-py3--any.whl", 8),
            ("foo bar-1.0-py3-none-any.whl", 0),
        ] {
            assert_eq!(
                text.parse::<WheelName>().unwrap_err().position(),
                Some(at),
                "{text}"
            );
        }
    }

    #[test]
    fn build_numbers_of_any_length_are_ordered() {
        let build = |text: &str| BuildTag::parse(text).unwrap();
        assert!(build("9") < build("10"));
        assert!(build("010a") < build("10b"));
        assert!(build("99999999999999999999999999998") < build("99999999999999999999999999999"));
        assert_eq!(build("000"), build("0"));
        assert_eq!(BuildTag::parse("a"), None);
    }

    #[test]
    fn sources_come_apart() {
        let sdist: SdistName = "foo-bar-1.0.zip".parse().unwrap();
        assert_eq!(
            (sdist.name.as_str(), sdist.version.to_string().as_str()),
            ("foo-bar", "1.0")
        );
        for wrong in [
            "foo-1.0.tar.bz2",
            "foo.tar.gz",
            "-1.0.tar.gz",
            "foo-x.tar.gz",
            "",
            ".zip",
        ] {
            assert!(wrong.parse::<SdistName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_project_decides_where_the_name_ends() {
        let project = Name::parse("foo-2").unwrap();
        let file = DistributionFile::of_project("foo-2-1.0-3.tar.gz", &project).unwrap();
        assert_eq!(file.version().to_string(), "1.0.post3");
        assert!(DistributionFile::of_project("bar-1.0.tar.gz", &project).is_err());
        assert!(DistributionFile::of_project("foo-2-1.0.exe", &project).is_err());
    }
}
