//! METADATA and PKG-INFO: what a distribution says of itself, versions 1.0 to 2.4 and their successors.
//!
//! Standard: core metadata. Fields are read as Python's `email` parser reads them. Unlike pip, a file that is
//! not UTF-8 is refused, whether the fault is in a field or in the description.

use crate::error::{Document, Error};
use crate::headers::{Field, Headers};
use crate::name::Name;
use crate::requirement::Requirement;
use crate::specifier::Specifiers;
use crate::version::Version;

/// Is the metadata of a distribution; what installing and resolving need is read, the rest is there as text.
///
/// ```
/// let text = b"Metadata-Version: 2.1\nName: Django\nVersion: 5.2.1\nRequires-Python: >=3.10\n\
///              Requires-Dist: asgiref (>=3.8.1,<4)\nProvides-Extra: argon2\nSummary: A framework\n\nText.\n";
/// let metadata = pyspec::metadata::Metadata::parse(text).unwrap();
/// assert_eq!(metadata.name.as_str(), "django");
/// assert_eq!(metadata.requires_dist[0].name.as_str(), "asgiref");
/// assert_eq!(metadata.get("summary"), Some("A framework"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The version of the metadata format, major and minor.
    pub metadata_version: (u32, u32),
    /// The project.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// Which Pythons it is for.
    pub requires_python: Option<Specifiers>,
    /// What it needs, extras' needs included (their markers name the extra).
    pub requires_dist: Vec<Requirement>,
    /// The extras that it offers.
    pub provides_extra: Vec<Name>,
    /// The fields that a source distribution leaves to its build, in lower case (metadata 2.2).
    pub dynamic: Vec<String>,
    /// The fields that [`Metadata::parse_leniently`] could not read.
    unreadable: Headers,
    headers: Headers,
}

/// The newest major version of the format that is known here.
const KNOWN_MAJOR: u32 = 2;

impl Metadata {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not UTF-8; `Metadata-Version`, `Name` or `Version` is missing, stands twice or is malformed; the
    /// format's major version is above 2; a requirement, `Requires-Python` or extra is malformed.
    ///
    /// ```
    /// use pyspec::metadata::Metadata;
    /// assert!(Metadata::parse(b"Metadata-Version: 2.1\nName: a\n").is_err());
    /// assert!(Metadata::parse(b"Metadata-Version: 3.0\nName: a\nVersion: 1\n").is_err());
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse_as(bytes, |_, error| Err(error))
    }

    /// Reads the file of a distribution that is to be installed whatever it says of its needs: what cannot be read of
    /// `Requires-Dist` and `Requires-Python` is left out, and kept apart ([`Metadata::unreadable`]). Old distributions
    /// have specifiers like `>=3.6.*`.
    ///
    /// # Errors
    /// As [`Metadata::parse`], but for these two fields.
    ///
    /// ```
    /// use pyspec::metadata::Metadata;
    /// let text = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Python: >=3.6.*\nRequires-Dist: b\n";
    /// assert!(Metadata::parse(text).is_err());
    /// let metadata = Metadata::parse_leniently(text).unwrap();
    /// assert!(metadata.requires_python.is_none() && metadata.requires_dist.len() == 1);
    /// ```
    pub fn parse_leniently(bytes: &[u8]) -> Result<Self, Error> {
        let mut unreadable = Headers::default();
        let mut metadata = Self::parse_as(bytes, |field, _| {
            unreadable.fields.push(field.clone());
            Ok(())
        })?;
        metadata.unreadable = unreadable;
        Ok(metadata)
    }

    /// Reads the file; `fault` decides what becomes of a need that cannot be read.
    fn parse_as(
        bytes: &[u8],
        mut fault: impl FnMut(&Field, Error) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let text = crate::error::utf8(Document::Metadata, bytes)?;
        let reader = Reader {
            text,
            headers: Headers::parse(text),
        };
        let metadata_version = reader.metadata_version()?;
        reader.at_most_one("Requires-Python")?;
        Ok(Self {
            metadata_version,
            name: reader.required("Name", Name::parse)?,
            version: reader.required("Version", str::parse)?,
            requires_python: reader.needs("Requires-Python", &mut fault)?.pop(),
            requires_dist: reader.needs("Requires-Dist", &mut fault)?,
            provides_extra: reader.all("Provides-Extra", Name::parse)?,
            dynamic: reader
                .headers
                .all("Dynamic")
                .map(|field| field.value.to_ascii_lowercase())
                .collect(),
            unreadable: Headers::default(),
            headers: reader.headers,
        })
    }

    /// Returns the first field of a name, whatever its case, folded lines joined.
    ///
    /// ```
    /// let text = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nLicense: MIT\n";
    /// let metadata = pyspec::metadata::Metadata::parse(text).unwrap();
    /// assert_eq!(metadata.get("license"), Some("MIT"));
    /// ```
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.first(name).map(|field| field.value.as_str())
    }

    /// Yields every field of a name, in their order.
    ///
    /// ```
    /// let text = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nClassifier: A\nClassifier: B\n";
    /// let metadata = pyspec::metadata::Metadata::parse(text).unwrap();
    /// assert_eq!(metadata.all("Classifier").collect::<Vec<_>>(), ["A", "B"]);
    /// ```
    pub fn all<'metadata>(&'metadata self, name: &'metadata str) -> impl Iterator<Item = &'metadata str> {
        self.headers.all(name).map(|field| field.value.as_str())
    }

    /// Yields the fields of a name that [`Metadata::parse_leniently`] could not read, each on one line.
    ///
    /// ```
    /// use pyspec::metadata::Metadata;
    /// let text = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nrequires-dist: b (>dev)\nRequires-Dist: c\n";
    /// let metadata = Metadata::parse_leniently(text).unwrap();
    /// assert_eq!(metadata.unreadable("Requires-Dist").collect::<Vec<_>>(), ["requires-dist: b (>dev)"]);
    /// assert_eq!(metadata.unreadable("Requires-Python").count(), 0);
    /// ```
    pub fn unreadable<'metadata>(
        &'metadata self,
        name: &'metadata str,
    ) -> impl Iterator<Item = String> + 'metadata {
        let fields = self.unreadable.all(name);
        fields.map(|field| format!("{}: {}", field.name, field.unfolded()))
    }

    /// Returns the description: what follows the fields.
    ///
    /// ```
    /// let text = b"Metadata-Version: 2.1\nName: a\nVersion: 1\n\n# A\n";
    /// assert_eq!(pyspec::metadata::Metadata::parse(text).unwrap().body(), "# A\n");
    /// ```
    pub fn body(&self) -> &str {
        &self.headers.body
    }

    /// Tells whether the format is one that names the fields which are left to the build (2.2 or later, PEP 643).
    ///
    /// ```
    /// use pyspec::metadata::Metadata;
    /// let follows = |text: &str| Metadata::parse(text.as_bytes()).unwrap().follows_pep_643();
    /// assert!(follows("Metadata-Version: 2.2\nName: a\nVersion: 1\n"));
    /// assert!(!follows("Metadata-Version: 2.1\nName: a\nVersion: 1\n"));
    /// ```
    pub fn follows_pep_643(&self) -> bool {
        self.metadata_version >= (2, 2)
    }

    /// Tells whether a source distribution's fields say what its wheel will say (PEP 643), so that it need
    /// not be built to be resolved: the format is 2.2 or later and nothing of it is left to the build.
    ///
    /// ```
    /// use pyspec::metadata::Metadata;
    /// let is_static = |text: &str| Metadata::parse(text.as_bytes()).unwrap().is_static();
    /// assert!(is_static("Metadata-Version: 2.2\nName: a\nVersion: 1\n"));
    /// assert!(!is_static("Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: Requires-Dist\n"));
    /// assert!(!is_static("Metadata-Version: 2.1\nName: a\nVersion: 1\n"));
    /// ```
    pub fn is_static(&self) -> bool {
        let needed = ["version", "requires-dist", "requires-python", "provides-extra"];
        self.follows_pep_643() && !self.dynamic.iter().any(|field| needed.contains(&field.as_str()))
    }
}

/// Reads fields of one file, with the places of their faults.
struct Reader<'text> {
    text: &'text str,
    headers: Headers,
}

impl Reader<'_> {
    fn fault(&self, at: usize, reason: String) -> Error {
        Error::document(Document::Metadata, self.text, at, reason)
    }

    fn read<T>(&self, field: &Field, parse: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
        parse(&field.unfolded()).map_err(|error| self.fault(field.offset, format!("{}: {error}", field.name)))
    }

    fn all<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        self.headers
            .all(name)
            .map(|field| self.read(field, &parse))
            .collect()
    }

    fn needs<T: std::str::FromStr<Err = Error>>(
        &self,
        name: &str,
        fault: &mut impl FnMut(&Field, Error) -> Result<(), Error>,
    ) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        for field in self.headers.all(name) {
            match self.read(field, str::parse) {
                Ok(need) => found.push(need),
                Err(error) => fault(field, error)?,
            }
        }
        Ok(found)
    }

    fn at_most_one(&self, name: &str) -> Result<Option<&Field>, Error> {
        if let Some(second) = self.headers.all(name).nth(1) {
            return Err(self.fault(second.offset, format!("{name} a second time")));
        }
        Ok(self.headers.first(name))
    }

    fn required<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
        match self.at_most_one(name)? {
            Some(field) => self.read(field, parse),
            None => Err(self.fault(0, format!("no {name}"))),
        }
    }

    fn metadata_version(&self) -> Result<(u32, u32), Error> {
        let name = "Metadata-Version";
        let field = self
            .at_most_one(name)?
            .ok_or_else(|| self.fault(0, format!("no {name}")))?;
        let fault = |reason: &str| self.fault(field.offset, format!("{name} {:?} {reason}", field.value));
        let version = field.value.split_once('.').and_then(|(major, minor)| {
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            (digits(major) && digits(minor)).then(|| Some((major.parse().ok()?, minor.parse().ok()?)))?
        });
        match version {
            None => Err(fault("is no version")),
            Some((major, _)) if major > KNOWN_MAJOR => Err(fault("is not supported, up to 2.x is")),
            Some(version) => Ok(version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Metadata-Version: 2.1\nName: a\nVersion: 1\n";

    fn fault(text: &str) -> Error {
        Metadata::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(fault(&format!("{HEAD}Requires-Dist: a b\n")).line(), Some(4));
        assert_eq!(
            fault(&format!("{HEAD}Requires-Python: python3\n")).line(),
            Some(4)
        );
        assert_eq!(
            fault("Metadata-Version: 2\nName: a\nVersion: 1\n").line(),
            Some(1)
        );
        assert_eq!(
            fault("Metadata-Version: 2.1\nName: a b\nVersion: 1\n").line(),
            Some(2)
        );
        assert_eq!(
            fault("Metadata-Version: 2.1\nName: a\nVersion: x\n").line(),
            Some(3)
        );
        assert_eq!(fault(&format!("{HEAD}Name: b\n")).line(), Some(4));
        assert_eq!(fault("").line(), Some(1));
    }

    #[test]
    fn bad_utf8_names_its_byte() {
        let mut bytes = HEAD.as_bytes().to_vec();
        bytes.extend(b"\nbody \xe9");
        let error = Metadata::parse(&bytes).unwrap_err();
        assert_eq!((error.line(), error.position()), (Some(5), Some(HEAD.len() + 6)));
    }

    #[test]
    fn folded_requirements_are_read() {
        let metadata =
            Metadata::parse(format!("{HEAD}Requires-Dist: b>=1;\n  extra == 'x'\n").as_bytes()).unwrap();
        assert!(metadata.requires_dist[0].marker.is_some());
    }

    #[test]
    fn a_file_without_a_body_has_an_empty_one() {
        assert_eq!(Metadata::parse(HEAD.as_bytes()).unwrap().body(), "");
    }
}
