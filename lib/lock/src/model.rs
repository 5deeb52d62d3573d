//! What a lock is, whatever it was written in.

use crate::Header;
use pyspec::{
    hash::{self, Hash},
    name::Name,
    requirement::{Requirement, Source},
    requirements_file::Setting,
    specifier::Specifiers,
    url::split_fragment,
    version::Version,
};
use std::collections::BTreeSet;
use wire::Place;

/// A set of requirements that is to be fetched or installed; locked when all are pinned and hashed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// What the comments on top say: inputs, targets, overrides, excludes.
    pub header: Header,
    /// The options of the file: indexes, wheels, pre-releases.
    pub options: Vec<Directive>,
    /// The packages, in the order of the file.
    pub packages: Vec<Package>,
    /// What `-c` files bound; nothing that is to be installed.
    pub constraints: Vec<Requirement>,
}

/// An option line of a requirements file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// What it says, variables replaced: it may hold a password.
    pub setting: Setting,
    /// What was written, variables not replaced.
    pub written: String,
}

/// One requirement of a lock.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// Name, extras, pin or address, and marker.
    pub requirement: Requirement,
    /// The version that it is pinned to; `None` if it is not.
    pub version: Option<Version>,
    /// The hashes of the files allowed.
    pub hashes: BTreeSet<Hash>,
    /// The files, where the form of the lock names them.
    pub files: Vec<File>,
    /// Who asked for it: `django>=3.8.1,<4` or `requirements.in:3`.
    pub via: Vec<String>,
    /// The name of the index that it is pinned to.
    pub index: Option<String>,
    /// The address of the index that it is from, without credentials, where the form of the lock has a place for it.
    pub origin: Option<String>,
    /// The day on which the first of its files was uploaded, `2026-03-01`, if the index says it.
    pub released: Option<String>,
    /// Why the version was yanked, perhaps without words; `None` if it was not.
    pub yanked: Option<String>,
    /// Why the targets do not share a newer version, if another pin of the package has that.
    pub because: Option<String>,
    /// Where it stands.
    pub site: Site,
}

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name of the file.
    pub name: String,
    /// Its hash.
    pub hash: Hash,
    /// Its size in bytes, if known.
    pub size: Option<u64>,
    /// Where to get it.
    pub url: Option<String>,
    /// When it was uploaded, as the index says it.
    pub uploaded: Option<String>,
}

impl File {
    /// Returns the day of the upload, if that can be read.
    pub fn day(&self) -> Option<&str> {
        let day = self.uploaded.as_deref()?.get(..10)?;
        let digits = |place: std::ops::Range<usize>| day[place].bytes().all(|byte| byte.is_ascii_digit());
        let dashes = day.as_bytes()[4] == b'-' && day.as_bytes()[7] == b'-';
        (dashes && digits(0..4) && digits(5..7) && digits(8..10)).then_some(day)
    }
}

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The file's name.
    pub file: String,
    /// The line, counted from 1; 0 if the form has no lines.
    pub line: u32,
}

impl Site {
    /// Returns the place, for an error.
    pub fn place(&self) -> Place {
        match self.line {
            0 => Place::file(&self.file),
            line => Place::line(&self.file, line),
        }
    }
}

impl Package {
    /// Makes the package `name==version`, with nothing else known.
    pub fn pinned(name: Name, version: Version) -> Self {
        let source = Source::Index(Specifiers::exactly(&version));
        let requirement = Requirement {
            source,
            ..Requirement::new(name)
        };
        Self {
            version: Some(version),
            ..Self::unpinned(requirement, Site::default())
        }
    }

    /// Makes a package of a requirement, with nothing else known.
    pub(crate) fn unpinned(requirement: Requirement, site: Site) -> Self {
        Self {
            requirement,
            version: None,
            hashes: BTreeSet::new(),
            files: Vec::new(),
            via: Vec::new(),
            index: None,
            origin: None,
            released: None,
            yanked: None,
            because: None,
            site,
        }
    }

    /// Returns the package with one hash alone, as it is when one of its files was chosen.
    #[must_use]
    pub fn with_hash(&self, hash: Hash) -> Self {
        // There may be dozens of hashes and files, which would be copied in vain.
        Self {
            requirement: self.requirement.clone(),
            version: self.version.clone(),
            hashes: [hash].into(),
            files: Vec::new(),
            via: self.via.clone(),
            index: self.index.clone(),
            origin: self.origin.clone(),
            released: self.released.clone(),
            yanked: self.yanked.clone(),
            because: self.because.clone(),
            site: self.site.clone(),
        }
    }

    /// Returns the normalised name.
    pub fn name(&self) -> &Name {
        &self.requirement.name
    }

    /// Takes the day of the release from its files: that of the first upload.
    pub fn date(&mut self) {
        let first = self.files.iter().filter_map(File::day).min();
        self.released = first.map(str::to_owned).or(self.released.take());
    }

    /// Says whether a file with this hash is one of the package's.
    pub fn allows(&self, hash: &Hash) -> bool {
        self.hashes.contains(hash)
    }

    /// Returns its address, if it has one: of a file without what stands behind the `#`, such as hashes.
    pub fn address(&self) -> Option<String> {
        let url = self.requirement.url()?;
        let file = split_fragment(url).0;
        Some(if self.git().is_some() { url } else { file }.to_owned())
    }

    /// Says whether it has hashes other than those in its address. As with pip, those satisfy who requires hashes, but
    /// do not make them required of all others.
    pub fn requires_hashes(&self) -> bool {
        let in_address = self.requirement.url().map(hash::of_address);
        let in_address = in_address.and_then(Result::ok).unwrap_or_default();
        self.hashes.iter().any(|hash| !in_address.contains(hash))
    }

    /// Says whether it is pinned, or an address, and has a hash; or is a commit.
    pub fn is_locked(&self) -> bool {
        if self.git().is_some() {
            return true;
        }
        let pinned = self.version.is_some() || self.requirement.url().is_some();
        pinned && !self.hashes.is_empty()
    }
}

impl Lock {
    /// Returns the packages that are not pinned and hashed; none if this is a lock indeed.
    pub fn unlocked(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !package.is_locked())
    }

    /// Says whether every package is pinned and hashed.
    pub fn is_locked(&self) -> bool {
        self.unlocked().next().is_none()
    }
}
