//! Lock files `pylock.toml` (PEP 751): read, selected from for a target, written. Equal to `packaging.pylock`.
//!
//! Known differences: the TOML is that of version 1.1 (line ends within inline tables), a size is not below zero,
//! a pre-release of Python counts as its release, and a target that means every patch release is held to what is
//! true of them all.

mod raw;
mod read;
mod select;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::hash::{Algorithm, Hash};
use crate::marker::Marker;
use crate::name::Name;
use crate::specifier::Specifiers;
use crate::url;
use crate::version::Version;

pub use select::{Choice, Selected};
pub use toml::Table;
pub use toml::value::Datetime;

/// Is a lock file.
///
/// ```
/// use pyspec::pylock::Pylock;
/// use pyspec::target::Target;
/// let text = r#"
/// lock-version = "1.0"
/// created-by = "me"
/// [[packages]]
/// name = "a"
/// version = "1"
/// wheels = [{url = "https://example.com/a-1-py3-none-any.whl", hashes = {sha256 = "00"}}]
/// "#;
/// let lock = Pylock::parse(text.as_bytes()).unwrap();
/// let target = Target::parse("cp312-win_amd64").unwrap();
/// let selected = lock.select(&target, &[], None).unwrap();
/// assert_eq!(selected[0].choice.filename().as_deref(), Some("a-1-py3-none-any.whl"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pylock {
    /// The version of the format, `1.0`.
    pub lock_version: Version,
    /// The environments that the file is for; `None` where it does not say.
    pub environments: Option<Vec<Marker>>,
    /// Which Pythons it is for.
    pub requires_python: Option<Specifiers>,
    /// The extras that it can be installed with.
    pub extras: Option<Vec<Name>>,
    /// The dependency groups that it can be installed with.
    pub dependency_groups: Option<Vec<String>>,
    /// The groups that are installed where nobody says which.
    pub default_groups: Option<Vec<String>>,
    /// The program that wrote it.
    pub created_by: String,
    /// The packages.
    pub packages: Vec<Package>,
    /// What tools keep in it, by the tool's name.
    pub tool: Option<Table>,
}

/// Is a package of a lock file.
///
/// ```
/// use pyspec::pylock::{File, Origin, Package};
/// let origin = Origin::Distributions { sdist: None, wheels: vec![File::default()] };
/// let package = Package::new(pyspec::name::Name::parse("a").unwrap(), origin);
/// assert!(package.version.is_none());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// The project.
    pub name: Name,
    /// Its version; absent where the source decides it.
    pub version: Option<Version>,
    /// When it is installed.
    pub marker: Option<Marker>,
    /// Which Pythons it is for.
    pub requires_python: Option<Specifiers>,
    /// What it depends on, each a part of another package's entry.
    pub dependencies: Option<Vec<Table>>,
    /// Where it comes from.
    pub origin: Origin,
    /// The index it was found on.
    pub index: Option<String>,
    /// Who vouches for it.
    pub attestation_identities: Option<Vec<Table>>,
    /// What tools keep with it, by the tool's name.
    pub tool: Option<Table>,
}

impl Package {
    /// Makes a package that says no more than where it comes from.
    ///
    /// ```
    /// use pyspec::pylock::{Directory, Origin, Package};
    /// let origin = Origin::Directory(Directory { path: ".".to_owned(), ..Directory::default() });
    /// assert_eq!(Package::new(pyspec::name::Name::parse("a").unwrap(), origin).index, None);
    /// ```
    #[must_use]
    pub fn new(name: Name, origin: Origin) -> Self {
        Self {
            name,
            version: None,
            marker: None,
            requires_python: None,
            dependencies: None,
            origin,
            index: None,
            attestation_identities: None,
            tool: None,
        }
    }
}

/// Says where a package comes from.
///
/// ```
/// use pyspec::pylock::{Origin, Vcs};
/// let vcs = Vcs { kind: "git".to_owned(), commit_id: "0".repeat(40), ..Vcs::default() };
/// assert!(matches!(Origin::Vcs(vcs), Origin::Vcs(_)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A commit of a repository.
    Vcs(Vcs),
    /// A folder.
    Directory(Directory),
    /// An archive that is neither a wheel nor a source distribution of an index.
    Archive(Archive),
    /// Files of an index, at least one.
    Distributions {
        /// The source distribution.
        sdist: Option<File>,
        /// The wheels.
        wheels: Vec<File>,
    },
}

/// Is a commit of a repository.
///
/// ```
/// assert_eq!(pyspec::pylock::Vcs::default().subdirectory, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vcs {
    /// The program, `git`.
    pub kind: String,
    /// The repository's address.
    pub url: Option<String>,
    /// Its path, relative to the lock file.
    pub path: Option<String>,
    /// What was asked for: a branch, a tag.
    pub requested_revision: Option<String>,
    /// The commit.
    pub commit_id: String,
    /// The folder in it that holds the project.
    pub subdirectory: Option<String>,
}

/// Is a folder.
///
/// ```
/// assert_eq!(pyspec::pylock::Directory::default().editable, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// The path, relative to the lock file.
    pub path: String,
    /// Whether to install it in editable mode.
    pub editable: Option<bool>,
    /// The folder in it that holds the project.
    pub subdirectory: Option<String>,
}

/// Is an archive.
///
/// ```
/// assert_eq!(pyspec::pylock::Archive::default().file.size, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Archive {
    /// Where it is, and its size and digests; without a name.
    pub file: File,
    /// The folder in it that holds the project.
    pub subdirectory: Option<String>,
}

/// Is a file of an index.
///
/// ```
/// use pyspec::pylock::File;
/// let file = File { path: Some("wheels/a-1-py3-none-any.whl".to_owned()), ..File::default() };
/// assert_eq!(file.filename().as_deref(), Some("a-1-py3-none-any.whl"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// Its name, if that is not the end of its address or path.
    pub name: Option<String>,
    /// When it was uploaded.
    pub upload_time: Option<Datetime>,
    /// Its address.
    pub url: Option<String>,
    /// Its path, relative to the lock file.
    pub path: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its digests by algorithm.
    pub hashes: BTreeMap<String, String>,
}

impl File {
    /// Returns the file's name: as given, or else the end of its path or address.
    ///
    /// ```
    /// use pyspec::pylock::File;
    /// let file = File { url: Some("https://example.com/a%2B1.zip#x".to_owned()), ..File::default() };
    /// assert_eq!(file.filename().as_deref(), Some("a+1.zip"));
    /// ```
    #[must_use]
    pub fn filename(&self) -> Option<Cow<'_, str>> {
        let given = self.name.as_deref().filter(|name| !name.is_empty());
        let end = || {
            self.path
                .as_deref()
                .filter(|path| !path.is_empty())
                .map(last_part)
        };
        let name = given.or_else(end).map(Cow::Borrowed);
        let name = name.or_else(|| self.url.as_deref().and_then(url::filename));
        name.filter(|name| !name.is_empty())
    }

    /// Returns its digests, as far as they are strong and well formed.
    ///
    /// ```
    /// use pyspec::pylock::File;
    /// let hashes = [("md5".to_owned(), "0".to_owned()), ("sha256".to_owned(), "0".repeat(64))].into();
    /// assert_eq!(File { hashes, ..File::default() }.strong_hashes().len(), 1);
    /// ```
    #[must_use]
    pub fn strong_hashes(&self) -> Vec<Hash> {
        let strong = self
            .hashes
            .iter()
            .filter_map(|(name, digest)| Some((Algorithm::from_name(name)?, digest)));
        strong
            .filter_map(|(algorithm, digest)| Hash::from_hex(algorithm, digest).ok())
            .collect()
    }
}

/// Tells whether a file of this name is a lock file: `pylock.toml` or `pylock.NAME.toml`.
///
/// ```
/// use pyspec::pylock::is_lock_name;
/// assert!(is_lock_name("pylock.toml") && is_lock_name("pylock.dev.toml"));
/// assert!(!is_lock_name("pylock.a.b.toml") && !is_lock_name("pylock..toml"));
/// ```
#[must_use]
pub fn is_lock_name(name: &str) -> bool {
    let middle = name
        .strip_prefix("pylock.")
        .and_then(|rest| rest.strip_suffix(".toml"));
    name == "pylock.toml" || middle.is_some_and(|middle| !middle.is_empty() && !middle.contains('.'))
}

/// Returns what follows a path's last `/`, or, in one without any, its last backslash.
fn last_part(path: &str) -> &str {
    let separator = if path.contains('/') { '/' } else { '\\' };
    path.rsplit(separator).next().unwrap_or(path)
}
