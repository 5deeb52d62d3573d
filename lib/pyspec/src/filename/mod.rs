//! File names of wheels and source distributions (PEP 427, 625), equal to `packaging.utils`.
//!
//! What has another shape is an error that says why, to be skipped with a note: eggs, installers, and
//! whatever comes after wheels. Known differences from `packaging`: a name that is neither ASCII nor letters
//! and digits of some script, but has combining marks, is refused in one and taken in the other.

mod sdist;
mod wheel;

use std::str::FromStr;

use crate::Error;
use crate::name::Name;
use crate::version::Version;

pub use sdist::SdistName;
pub use wheel::{BuildTag, WheelName};

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
