//! Requirements that name a file: by its address, or by a path.

use crate::{failures::at, names::Base};
use cli::Failure;
use index::{Address, File};
use pyspec::{
    filename::DistributionFile,
    hash::{Algorithm, of_address},
    name::Name,
    requirement::{Requirement, Source},
    requirements_file::{Item, Kind, Unnamed},
};
use resolve::Origin;
use std::path::{Path, PathBuf};

/// The one file that a package comes from.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// The file.
    pub(crate) file: File,
    /// Its address or path as it may be shown, without credentials; variables are not replaced.
    pub(crate) shown: String,
    /// The folder that it lies in, relative to that of the inputs, if it is on this machine.
    pub(crate) folder: Option<String>,
}

/// What a line asks for.
#[derive(Debug)]
pub(crate) enum What {
    /// A package of an index.
    Package(Requirement),
    /// A file.
    File(Requirement, Box<Given>),
    /// A project in a folder, with these extras.
    Folder(PathBuf, Vec<Name>),
}

/// Returns what a line says, for the digest of its file: as it is written, and the index that it names.
pub(crate) fn said(item: &Item) -> String {
    match index_of(item) {
        Some(index) => format!("{}  # index {index}", item.written),
        None => item.written.clone(),
    }
}

/// Returns the index that a line names: `django  # index internal`.
pub(crate) fn index_of(item: &Item) -> Option<String> {
    let named = item
        .comments
        .iter()
        .filter_map(|comment| comment.strip_prefix("index "));
    named.map(|name| name.trim().to_owned()).next_back()
}

/// Finds out what a line asks for. Paths are relative to the file that the line stands in.
pub(crate) fn of(item: &Item, base: &Base, origin: &Origin) -> Result<What, Failure> {
    let line = Line { item, base, origin };
    match &item.kind {
        Kind::Requirement(requirement) => match requirement.url() {
            None => Ok(What::Package(requirement.clone())),
            Some(url) => line.address(url, requirement.clone()),
        },
        Kind::Url(unnamed) => line.unnamed(unnamed, line.address_named(unnamed)),
        Kind::Path(unnamed) => line.path(unnamed),
        Kind::Editable(text) => line.editable(text),
        Kind::Nested { .. } | Kind::Setting(_) | Kind::Comment => Err(line.refused("is no requirement")),
    }
}

struct Line<'a> {
    item: &'a Item,
    base: &'a Base,
    origin: &'a Origin,
}

impl Line<'_> {
    fn refused(&self, why: &str) -> Failure {
        let written = index::without_credentials(&self.item.written);
        at(self.origin, wire::Kind::Unsupported, format!("{written} {why}"))
    }

    /// Takes an address with a name in front.
    fn address(&self, url: &str, mut requirement: Requirement) -> Result<What, Failure> {
        if let Some(path) = url.strip_prefix("file:") {
            let path = self.place(path.trim_start_matches("//"));
            return self.file(&path, requirement);
        }
        let address = Address::parse(url).map_err(|_| {
            self.refused("is neither a package of an index nor the address of a file")
                .hint("build a wheel of a repository and give its address, or name a package of an index")
        })?;
        let mut file = File::at(address.file_name(), address);
        file.sha256 = self.hash(url)?;
        let shown = self.shown(&file);
        self.version(&file, &requirement.name)?;
        requirement.source = Source::Url(shown.clone());
        let folder = None;
        let given = Given { file, shown, folder };
        Ok(What::File(requirement, given.into()))
    }

    /// Returns the SHA-256 that an address names, `#sha256=…`; another one alone is not dropped in silence.
    fn hash(&self, url: &str) -> Result<Option<String>, Failure> {
        let hashes = of_address(url).map_err(|why| {
            let message = format!("the hash in the address: {why}");
            at(self.origin, wire::Kind::BadSyntax, message)
        })?;
        let sha256 = hashes.iter().find(|hash| hash.algorithm == Algorithm::Sha256);
        if sha256.is_none() && !hashes.is_empty() {
            let message = "the hash in the address is not of SHA-256";
            return Err(at(self.origin, wire::Kind::MissingHash, message).hint("write #sha256=…"));
        }
        Ok(sha256.map(|hash| hash.hex.clone()))
    }

    /// Takes an address alone; the file's name says which package it is.
    fn unnamed(&self, unnamed: &Unnamed, name: Option<Name>) -> Result<What, Failure> {
        let name = name.ok_or_else(|| {
            self.refused("does not say which package it is")
                .hint("write NAME @ ADDRESS")
        })?;
        let requirement = Requirement {
            extras: unnamed.extras.clone(),
            marker: unnamed.marker.clone(),
            ..Requirement::new(name)
        };
        self.address(&unnamed.address, requirement)
    }

    fn address_named(&self, unnamed: &Unnamed) -> Option<Name> {
        let last = unnamed.address.split(['?', '#']).next()?.rsplit('/').next()?;
        unnamed.name.clone().or_else(|| name_of(last))
    }

    /// Takes a path: a project's folder, or a file.
    fn path(&self, unnamed: &Unnamed) -> Result<What, Failure> {
        let path = self.place(&unnamed.address);
        if path.is_dir() {
            return Ok(What::Folder(path, unnamed.extras.clone()));
        }
        let name = path.file_name().and_then(|name| name_of(&name.to_string_lossy()));
        let name = name.ok_or_else(|| {
            self.refused("is neither a folder nor the name of a wheel or source distribution")
        })?;
        let requirement = Requirement {
            extras: unnamed.extras.clone(),
            marker: unnamed.marker.clone(),
            ..Requirement::new(name)
        };
        self.file(&path, requirement)
    }

    fn editable(&self, text: &str) -> Result<What, Failure> {
        let (path, extras) = match text.split_once('[') {
            Some((path, extras)) => (path, extras.trim_end_matches(']')),
            None => (text, ""),
        };
        let extras = extras.split(',').filter(|extra| !extra.trim().is_empty());
        let extras: Result<Vec<Name>, _> = extras.map(|extra| Name::parse(extra.trim())).collect();
        let path = self.place(path.trim().trim_start_matches("file://"));
        match extras {
            Ok(extras) if path.is_dir() => Ok(What::Folder(path, extras)),
            _ => Err(self.refused("is no folder of this machine")),
        }
    }

    /// Takes a file of this machine. It is locked as a version of its package, with the hash of just this file; where
    /// the file is, the lock says with `--find-links`.
    fn file(&self, path: &Path, mut requirement: Requirement) -> Result<What, Failure> {
        if !path.is_file() {
            return Err(at(
                self.origin,
                wire::Kind::NotFound,
                format!("there is no {}", path.display()),
            ));
        }
        let mut file = File::at(
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            Address::of_path(path),
        );
        file.size = fs_err::metadata(path).ok().map(|about| about.len());
        self.version(&file, &requirement.name)?;
        requirement.source = Source::Index(pyspec::specifier::Specifiers::any());
        let folder = path.parent().unwrap_or(Path::new("/"));
        let given = Given {
            shown: self.base.name(&path.to_string_lossy(), Path::new("/")),
            folder: Some(self.base.folder_name(folder)),
            file,
        };
        Ok(What::File(requirement, given.into()))
    }

    /// Insists that a file's name says a version of the package: it is what the lock pins.
    fn version(&self, file: &File, name: &Name) -> Result<(), Failure> {
        match DistributionFile::of_project(&file.name, name) {
            Ok(_) => Ok(()),
            Err(_) => Err(self
                .refused(&format!("does not say which version of {name} it is"))
                .hint("the file must be named as wheels and source distributions are: NAME-VERSION.tar.gz")),
        }
    }

    /// Returns a path of the line, made absolute.
    fn place(&self, path: &str) -> PathBuf {
        let file = self.base.path(&self.origin.file);
        crate::names::lexical(&file.parent().unwrap_or(Path::new("/")).join(path))
    }

    /// Returns the address as it may be written down: with the variables that are written, else without credentials.
    fn shown(&self, file: &File) -> String {
        let mut words = self.item.written.split_whitespace();
        let written = words.find(|word| word.contains("://"));
        match written.filter(|word| word.contains("${")) {
            Some(word) => word.split('#').next().unwrap_or(word).to_owned(),
            None => file.url.without_credentials().to_string(),
        }
    }
}

/// Returns the package that a file's name says.
fn name_of(file: &str) -> Option<Name> {
    let parsed: DistributionFile = file.parse().ok()?;
    Some(parsed.name().clone())
}
