//! What the user asks for, read from requirements files.

use crate::{
    addresses::{self, Given, What},
    args::{Args, EVERY},
    far::{self, Far, is_far},
    names::Base,
    pyproject::{self, Parts},
};
use cli::{Failure, Session};
use lock::{Input, digest};
use pyspec::{
    hash::Algorithm,
    name::Name,
    requirements_file::{self, Item, Outside, Setting},
    specifier::Specifiers,
};
use resolve::{Origin, Policy, Wanted};
use source::Formats;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
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

/// An option line about formats.
#[derive(Debug)]
pub(crate) struct FormatLine {
    origin: Origin,
    no_binary: bool,
    value: String,
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

/// What a file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Input,
    Constraint,
    Override,
}

/// Reads all files that the command line names.
pub(crate) fn read(args: &Args, session: &Session) -> Result<Asked, Failure> {
    let current = std::env::current_dir()?;
    let files = args.inputs.iter().chain(&args.constraints).chain(&args.overrides);
    let parts = Parts {
        extras: args.project.extras.clone(),
        all_extras: args.project.all_extras,
        groups: args.project.groups.clone(),
    };
    let reading = Reading {
        session,
        parts: &parts,
        far: RefCell::new(Far::new(args)),
        base: Base::of(files.map(String::as_str), &current),
        current,
    };
    let mut asked = Asked::default();
    for (role, names) in [
        (Role::Input, &args.inputs),
        (Role::Constraint, &args.constraints),
        (Role::Override, &args.overrides),
    ] {
        for name in names {
            reading.file(name, role, &mut asked)?;
        }
    }
    asked.inputs.sort_by(|one, other| one.name.cmp(&other.name));
    asked.inputs.dedup();
    for name in &args.pre {
        prereleases(name, &mut asked.policy)
            .map_err(|error| Failure::new(Kind::Usage, format!("--pre {name}: {error}")))?;
    }
    for name in &args.excludes {
        let name =
            Name::parse(name).map_err(|error| Failure::new(Kind::Usage, format!("--exclude: {error}")))?;
        asked.excludes.push(name);
    }
    if asked.wanted.is_empty() && asked.far.is_empty() && !args.allow_empty {
        let message = format!("{} asks for nothing", args.inputs.join(", "));
        return Err(Failure::new(Kind::NoInput, message).file(&args.inputs[0]));
    }
    Ok(asked)
}

struct Reading<'a> {
    session: &'a Session,
    parts: &'a Parts,
    far: RefCell<Far<'a>>,
    base: Base,
    current: PathBuf,
}

impl Reading<'_> {
    fn file(&self, given: &str, role: Role, asked: &mut Asked) -> Result<(), Failure> {
        if is_far(given) {
            let bytes = self.far.borrow_mut().get(given)?;
            return self.requirements(&bytes, given, role, asked);
        }
        let input = self.session.input(given)?;
        let name = if input.is_stdin() {
            input.name.clone()
        } else {
            self.base.name(given, &self.current)
        };
        if role == Role::Input && name.ends_with(".toml") {
            return self.project(&input.bytes, &name, asked);
        }
        self.requirements(&input.bytes, &name, role, asked)
    }

    /// Takes up a requirements file and those that it names. A file at an address is an input of its own, so that a
    /// check that asks nobody can judge all others.
    fn requirements(&self, bytes: &[u8], name: &str, role: Role, asked: &mut Asked) -> Result<(), Failure> {
        let mut read = |name: &str| self.nested(name);
        let mut outside = Outside {
            read: &mut read,
            variable: &|name| std::env::var(name).ok(),
        };
        let parsed = requirements_file::parse(bytes, name, &mut outside);
        let parsed = parsed.map_err(|error| self.unreadable(&error))?;
        let mut texts = BTreeMap::from([(plain(name), Vec::new())]);
        for item in &parsed.items {
            if let requirements_file::Kind::Nested { file, .. } = &item.kind
                && is_far(file)
            {
                texts.entry(plain(file)).or_default();
            }
            if !matches!(item.kind, requirements_file::Kind::Comment) {
                let file = if is_far(&item.file) { &item.file } else { name };
                texts.entry(plain(file)).or_default().push(addresses::said(item));
            }
        }
        for item in parsed.items {
            let file = if is_far(&item.file) {
                plain(&item.file)
            } else {
                plain(name)
            };
            self.item(item, role, asked, texts.entry(file).or_default())?;
        }
        let silent = self.far.borrow().is_silent();
        for (name, texts) in texts {
            if silent && is_far(&name) {
                asked.far.insert(name);
            } else {
                asked
                    .inputs
                    .push(digest::input(&name, texts.iter().map(String::as_str)));
            }
        }
        Ok(())
    }

    /// Takes up pyproject.toml; what its digest is of are the requirements that were asked for.
    fn project(&self, bytes: &[u8], name: &str, asked: &mut Asked) -> Result<(), Failure> {
        let texts = take_project(bytes, name, self.parts, asked)?;
        asked
            .inputs
            .push(digest::input(name, texts.iter().map(String::as_str)));
        Ok(())
    }

    /// Takes up what a folder with a project in it depends on. The project itself is no part of the lock: it is own
    /// code, and comes from the checkout.
    fn folder(
        &self,
        folder: &Path,
        extras: &[Name],
        origin: &Origin,
        asked: &mut Asked,
        texts: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let path = folder.join("pyproject.toml");
        if !path.is_file() {
            let message = format!("{} has no pyproject.toml", folder.display());
            return Err(at(origin, Kind::NotFound, message));
        }
        let name = self.base.name(&path.to_string_lossy(), &self.current);
        let parts = Parts {
            extras: extras.iter().map(ToString::to_string).collect(),
            ..Parts::default()
        };
        texts.extend(take_project(&fs_err::read(&path)?, &name, &parts, asked)?);
        Ok(())
    }

    fn nested(&self, name: &str) -> Result<Vec<u8>, String> {
        if is_far(name) {
            let mut far = self.far.borrow_mut();
            return far.get(name).map_err(|failure| {
                let reason = failure.message().to_owned();
                far.failure = Some(failure);
                reason
            });
        }
        fs_err::read(self.base.path(name)).map_err(|error| error.to_string())
    }

    /// Makes a failure of what the parser says, or of why a file could not be had.
    fn unreadable(&self, error: &pyspec::Error) -> Failure {
        match (self.far.borrow_mut().failure.take(), error) {
            (Some(failure), pyspec::Error::Unreadable { file, line, .. }) => {
                failure.file(plain(file)).line(*line)
            }
            _ => unreadable(error),
        }
    }

    fn item(
        &self,
        item: Item,
        role: Role,
        asked: &mut Asked,
        texts: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let origin = Origin {
            file: plain(&item.file),
            line: Some(item.line),
        };
        match item.kind {
            requirements_file::Kind::Requirement(_)
            | requirements_file::Kind::Url(_)
            | requirements_file::Kind::Path(_)
            | requirements_file::Kind::Editable(_) => {
                let (requirement, given) = match addresses::of(&item, &self.base, &origin)? {
                    What::Package(requirement) => (requirement, None),
                    What::File(requirement, given) => (requirement, Some(given)),
                    What::Folder(folder, extras) => {
                        return self.folder(&folder, &extras, &origin, asked, texts);
                    }
                };
                if let Some(given) = given {
                    take_given(&requirement.name, *given, &origin, asked)?;
                }
                if let Some(index) = addresses::index_of(&item) {
                    take_index(&requirement.name, index, &origin, asked)?;
                }
                // Constraints may be the lock of another machine: they limit versions only.
                if role == Role::Input && !item.constraint {
                    let hashes = item
                        .hashes
                        .iter()
                        .filter(|hash| hash.algorithm == Algorithm::Sha256);
                    let hashes: Vec<String> = hashes.map(|hash| hash.hex.clone()).collect();
                    if !hashes.is_empty() {
                        asked
                            .hashes
                            .entry(requirement.name.clone())
                            .or_default()
                            .extend(hashes);
                    }
                }
                let into = match role {
                    Role::Override => &mut asked.overrides,
                    Role::Input if !item.constraint => &mut asked.wanted,
                    _ => &mut asked.constraints,
                };
                into.push(Wanted { requirement, origin });
            }
            requirements_file::Kind::Setting(setting) => self.setting(setting, &origin, asked)?,
            requirements_file::Kind::Nested { .. } | requirements_file::Kind::Comment => {}
        }
        Ok(())
    }

    fn setting(&self, setting: Setting, origin: &Origin, asked: &mut Asked) -> Result<(), Failure> {
        let place = || index::config::Origin::Requirements(origin.file.clone(), origin.line.unwrap_or(0));
        let lines = &mut asked.lines;
        let format = |no_binary, value| FormatLine {
            origin: origin.clone(),
            no_binary,
            value,
        };
        match setting {
            Setting::IndexUrl(url) => lines.index_url = Some((url, place())),
            Setting::ExtraIndexUrl(url) => lines.extra_index_urls.push((url, place())),
            Setting::NoIndex => lines.no_index = true,
            Setting::FindLinks(links) => lines.find_links.push((self.links(&links, origin), place())),
            Setting::TrustedHost(host) => lines.trusted_hosts.push(host),
            Setting::NoBinary(names) => asked.formats.push(format(true, names)),
            Setting::OnlyBinary(names) => asked.formats.push(format(false, names)),
            Setting::Pre => asked.policy.all_prereleases = true,
            Setting::AllReleases(names) => all_releases(&names, origin, &mut asked.policy)?,
            // What is left says how pip installs, not what is locked.
            Setting::OnlyFinal(_)
            | Setting::PreferBinary
            | Setting::RequireHashes
            | Setting::NoRequireHashes
            | Setting::UseFeature(_) => {}
        }
        Ok(())
    }

    /// A folder of links is relative to the file that names it.
    fn links(&self, links: &str, origin: &Origin) -> String {
        if links.contains("://") {
            return links.to_owned();
        }
        let file = self.base.path(&origin.file);
        file.parent()
            .unwrap_or(Path::new("/"))
            .join(links)
            .to_string_lossy()
            .into_owned()
    }
}

fn all_releases(names: &str, origin: &Origin, policy: &mut Policy) -> Result<(), Failure> {
    for name in names.split(',').map(str::trim) {
        prereleases(name, policy).map_err(|error| at(origin, Kind::BadSyntax, error.to_string()))?;
    }
    Ok(())
}

fn prereleases(name: &str, policy: &mut Policy) -> Result<(), pyspec::Error> {
    match name {
        EVERY => policy.all_prereleases = true,
        ":none:" | "" => {}
        name => {
            policy.prereleases.insert(Name::parse(name)?);
        }
    }
    Ok(())
}

/// Takes up what a project asks for; returns it as text, for the digest.
fn take_project(bytes: &[u8], name: &str, parts: &Parts, asked: &mut Asked) -> Result<Vec<String>, Failure> {
    let found = pyproject::read(bytes, name, parts)?;
    let wanted = found.wanted.iter();
    let texts = wanted.map(|wanted| wanted.requirement.to_string()).collect();
    asked.wanted.extend(found.wanted);
    asked
        .pythons
        .extend(found.requires_python.map(|python| (name.to_owned(), python)));
    let build = found.build.into_iter();
    asked
        .build
        .extend(build.map(|requirement| (name.to_owned(), requirement)));
    Ok(texts)
}

/// Takes up the file of a package; there can be only one.
fn take_given(name: &Name, given: Given, origin: &Origin, asked: &mut Asked) -> Result<(), Failure> {
    let before = asked.given.entry(name.clone()).or_insert_with(|| given.clone());
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
fn take_index(name: &Name, index: String, origin: &Origin, asked: &mut Asked) -> Result<(), Failure> {
    let (before, there) = asked
        .indexes
        .entry(name.clone())
        .or_insert_with(|| (index.clone(), origin.clone()));
    if *before == index {
        return Ok(());
    }
    let message = format!("{name} is to come from {index} here, and from {before} by {there}");
    Err(at(origin, Kind::Conflict, message))
}

pub(crate) fn at(origin: &Origin, kind: Kind, message: impl Into<String>) -> Failure {
    let failure = Failure::new(kind, message).file(&origin.file);
    match origin.line {
        Some(line) => failure.line(line),
        None => failure,
    }
}

/// Returns the name of a file as it may be written down.
fn plain(name: &str) -> String {
    if is_far(name) {
        far::shown(name)
    } else {
        name.to_owned()
    }
}

/// Makes a failure of what the parser says, with its place.
fn unreadable(error: &pyspec::Error) -> Failure {
    let (kind, file, line, reason) = match error {
        pyspec::Error::RequirementsFile {
            file, line, reason, ..
        } => (Kind::BadSyntax, file, *line, reason.clone()),
        pyspec::Error::Unreadable {
            file,
            line,
            name,
            reason,
        } => (
            Kind::NotFound,
            file,
            *line,
            format!("cannot read {name}: {reason}"),
        ),
        other => return Failure::new(Kind::BadSyntax, other.to_string()),
    };
    Failure::new(kind, reason).file(plain(file)).line(line)
}
