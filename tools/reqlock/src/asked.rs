//! What is asked for, from all inputs and the command line together.

use crate::{addresses::Given, args::EVERY, failures::at, pyproject::Project};
use cli::Failure;
use lock::Input;
use pyspec::{name::Name, specifier::Specifiers};
use resolve::{Origin, Policy, Wanted};
use source::Formats;
use std::collections::{BTreeMap, BTreeSet};
use wire::Kind;

/// Everything that the inputs and the command line ask for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The inputs with their digests, by name.
    pub(crate) inputs: Vec<Input>,
    /// What must be in the lock.
    pub(crate) wanted: Vec<Wanted>,
    /// What limits versions.
    pub(crate) constraints: Vec<Wanted>,
    /// What replaces the requirements of packages.
    pub(crate) overrides: Vec<Wanted>,
    /// What is left out.
    pub(crate) excludes: Vec<Name>,
    /// Which Pythons the projects among the inputs are for, by file.
    pub(crate) pythons: Vec<(String, Specifiers)>,
    /// Which pre-releases are welcome.
    pub(crate) policy: Policy,
    /// Option lines about indexes.
    pub(crate) lines: index::config::Lines,
    /// Option lines about formats, in their order.
    pub(crate) formats: Vec<FormatLine>,
    /// The one file of each package that is asked for by an address or a path.
    pub(crate) given: BTreeMap<Name, Given>,
    /// The SHA-256 of the files that lines vouch for.
    pub(crate) hashes: BTreeMap<Name, BTreeSet<String>>,
    /// The index that a line gives a package, by name, and the line.
    pub(crate) indexes: BTreeMap<Name, (String, Origin)>,
    /// The names of files at addresses that were not read, because nobody was to be asked.
    pub(crate) far: BTreeSet<String>,
    /// What projects among the inputs want for their own build, and which project that is.
    pub(crate) build: Vec<(String, String)>,
}

impl Asked {
    /// Takes up what a project asks for; returns it as text, for the digest.
    pub(crate) fn add_project(&mut self, name: &str, project: Project) -> Vec<String> {
        let wanted = project.wanted.iter();
        let texts = wanted.map(|wanted| wanted.requirement.to_string()).collect();
        self.wanted.extend(project.wanted);
        self.pythons
            .extend(project.requires_python.map(|python| (name.to_owned(), python)));
        let build = project.build.into_iter();
        self.build
            .extend(build.map(|requirement| (name.to_owned(), requirement)));
        texts
    }

    /// Takes up the file of a package; there can be only one.
    pub(crate) fn add_given(&mut self, name: &Name, given: Given, origin: &Origin) -> Result<(), Failure> {
        let before = self.given.entry(name.clone()).or_insert_with(|| given.clone());
        if before.file.url == given.file.url {
            return Ok(());
        }
        let message = format!(
            "{name} is asked for by two addresses: {} and {}",
            before.shown, given.shown
        );
        Err(at(origin, Kind::Conflict, message))
    }

    /// Takes up the index of a package; there can be only one.
    pub(crate) fn add_index(&mut self, name: &Name, index: String, origin: &Origin) -> Result<(), Failure> {
        let (before, there) = self
            .indexes
            .entry(name.clone())
            .or_insert_with(|| (index.clone(), origin.clone()));
        if *before == index {
            return Ok(());
        }
        let message = format!("{name} is to come from {index} here, and from {before} by {there}");
        Err(at(origin, Kind::Conflict, message))
    }

    /// Takes up the SHA-256 of files of a package.
    pub(crate) fn add_hashes(&mut self, name: &Name, hashes: Vec<String>) {
        if !hashes.is_empty() {
            self.hashes.entry(name.clone()).or_default().extend(hashes);
        }
    }

    /// Welcomes the pre-releases of a package, or of every one.
    pub(crate) fn add_prereleases(&mut self, name: &str) -> Result<(), pyspec::Error> {
        match name {
            EVERY => self.policy.all_prereleases = true,
            ":none:" | "" => {}
            name => {
                self.policy.prereleases.insert(Name::parse(name)?);
            }
        }
        Ok(())
    }
}

/// An option line about formats.
#[derive(Debug)]
pub(crate) struct FormatLine {
    /// Where it stands.
    pub(crate) origin: Origin,
    /// Whether it says what is not to come as wheels, rather than what is to come as nothing else.
    pub(crate) no_binary: bool,
    /// The names of the packages.
    pub(crate) value: String,
}

impl FormatLine {
    /// Takes it up.
    pub(crate) fn apply(&self, formats: &mut Formats) -> Result<(), Failure> {
        let outcome = if self.no_binary {
            formats.no_binary(&self.value)
        } else {
            formats.only_binary(&self.value)
        };
        outcome.map_err(|name| {
            at(
                &self.origin,
                Kind::BadSyntax,
                format!("{name} is not the name of a package"),
            )
        })
    }
}
