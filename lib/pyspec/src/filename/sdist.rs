//! File names of source distributions (PEP 625).

use std::str::FromStr;

use crate::Error;
use crate::name::Name;
use crate::version::Version;

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
