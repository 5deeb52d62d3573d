//! Reading a lock in any of its forms.

use crate::git::is_repository;
use crate::{Directive, Error, Git, Lock, Package, Site};
use pyspec::{
    filename::WheelName,
    hash::{self, Algorithm, Hash},
    requirement::{Requirement, Source},
    requirements_file::{self, Item, Kind, Unnamed},
    specifier::Operator,
    version::Version,
};
use std::{collections::BTreeSet, mem};
use wire::{Document, wheelhouse::Wheelhouse};

pub use pyspec::requirements_file::Outside;

/// Reads a lock: a JSON document, a pylock.toml, or a requirements file, told apart by their beginning.
///
/// `name` is what errors call the input; a `pylock.*.toml` is known by it. Packages that are not
/// pinned are read too: ask [`Lock::unlocked`].
///
/// # Errors
///
/// The input is none of the three, is incomplete, or asks for what cannot be locked.
pub fn read(bytes: &[u8], name: &str, outside: &mut Outside<'_>) -> Result<Lock, Error> {
    let lock = read_form(bytes, name, outside)?;
    match lock.packages.iter().find(|package| has_weak_hashes(package)) {
        None => Ok(lock),
        Some(package) => Err(Error::WeakHash {
            site: package.site.clone(),
            name: package.name().to_string(),
        }),
    }
}

/// Says whether a package names hashes of which none would ever be compared.
fn has_weak_hashes(package: &Package) -> bool {
    !package.hashes.is_empty()
        && !package
            .hashes
            .iter()
            .any(|hash| hash.algorithm == Algorithm::Sha256)
}

fn read_form(bytes: &[u8], name: &str, outside: &mut Outside<'_>) -> Result<Lock, Error> {
    if is_document(bytes) {
        return read_document(bytes, name);
    }
    if is_pylock(bytes, name) {
        return Lock::from_pylock(bytes, name);
    }
    read_requirements(bytes, name, outside)
}

/// Says whether the name is that of a pylock.toml, or the first key is `lock-version`.
fn is_pylock(bytes: &[u8], name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"));
    pyspec::pylock::is_lock_name(last) || first.is_some_and(|line| line.starts_with(b"lock-version"))
}

/// Says whether the first byte that is not blank begins a JSON object.
fn is_document(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

fn read_document(bytes: &[u8], name: &str) -> Result<Lock, Error> {
    let fault = |source| Error::Document {
        file: name.to_owned(),
        source,
    };
    if wire::schema_of(bytes).map_err(fault)? == Wheelhouse::SCHEMA {
        return Lock::from_wheelhouse(&wire::read(bytes).map_err(fault)?, name);
    }
    Lock::from_document(&wire::read(bytes).map_err(fault)?, name)
}

fn read_requirements(bytes: &[u8], name: &str, outside: &mut Outside<'_>) -> Result<Lock, Error> {
    let file = requirements_file::parse(bytes, name, outside).map_err(|error| Error::of_file(name, error))?;
    let mut lock = Lock::default();
    for item in file.items {
        take(&mut lock, item)?;
    }
    Ok(lock)
}

fn take(lock: &mut Lock, mut item: Item) -> Result<(), Error> {
    let hashes = mem::take(&mut item.hashes).into_iter().collect();
    match &item.kind {
        Kind::Comment => item.comments.iter().for_each(|comment| lock.header.take(comment)),
        Kind::Nested { .. } => {}
        Kind::Setting(setting) => {
            lock.options.push(Directive {
                setting: setting.clone(),
                written: item.written.clone(),
            });
        }
        Kind::Requirement(requirement) if item.constraint => lock.constraints.push(requirement.clone()),
        Kind::Requirement(requirement) => lock.packages.push(package(requirement.clone(), hashes, &item)?),
        Kind::Url(unnamed) => lock
            .packages
            .push(package(named(unnamed, &item)?, hashes, &item)?),
        Kind::Path(_) => return Err(unsupported(&item, "a path on this machine cannot be locked")),
        Kind::Editable(_) => return Err(unsupported(&item, "an editable installation cannot be locked")),
    }
    Ok(())
}

fn package(requirement: Requirement, mut hashes: BTreeSet<Hash>, item: &Item) -> Result<Package, Error> {
    match requirement.url() {
        Some(url) if is_repository(url) => {
            let reason = "a repository moves, unless it is git+URL@ and a commit in full";
            Git::parse(url).ok_or_else(|| unsupported(item, reason))?;
        }
        Some(url) => hashes.extend(hash::of_address(url).map_err(|reason| Error::BadHash {
            site: site(item),
            name: requirement.name.to_string(),
            reason,
        })?),
        None => {}
    }
    let comments = |word: &str| {
        let of_word = move |line: &String| Some(line.strip_prefix(word)?.strip_prefix(' ')?.to_owned());
        item.comments.iter().filter_map(of_word).collect::<Vec<_>>()
    };
    Ok(Package {
        version: pin(&requirement),
        hashes,
        via: comments("via"),
        index: comments("index").pop(),
        origin: comments("from").pop(),
        because: comments("because").pop(),
        released: comments("released").pop(),
        yanked: yanked(item),
        ..Package::unpinned(requirement, site(item))
    })
}

/// Returns what a comment says of a version that was yanked.
fn yanked(item: &Item) -> Option<String> {
    let rest = |comment: &String| comment.strip_prefix("yanked").map(str::to_owned);
    let rest = item.comments.iter().find_map(rest)?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim().to_owned())
}

/// Returns the one version that a requirement allows: that of `==` without a wildcard, or of a wheel's address.
fn pin(requirement: &Requirement) -> Option<Version> {
    match &requirement.source {
        Source::Url(url) => wheel_at(url).map(|wheel| wheel.version),
        Source::Index(specifiers) => {
            let mut specifiers = specifiers.iter();
            let (only, None) = (specifiers.next()?, specifiers.next()) else {
                return None;
            };
            let exact =
                matches!(only.operator(), Operator::Equal | Operator::Arbitrary) && !only.is_wildcard();
            only.version().filter(|_| exact).cloned()
        }
    }
}

/// Returns the wheel that an address names by its last part.
fn wheel_at(url: &str) -> Option<WheelName> {
    let path = url.split(['?', '#']).next()?;
    path.rsplit('/').next()?.parse().ok()
}

/// Gives an address its name.
fn named(unnamed: &Unnamed, item: &Item) -> Result<Requirement, Error> {
    let name = unnamed
        .name
        .clone()
        .ok_or_else(|| unsupported(item, "an address without a name; write name @ address"))?;
    Ok(Requirement {
        extras: unnamed.extras.clone(),
        source: Source::Url(unnamed.address.clone()),
        marker: unnamed.marker.clone(),
        ..Requirement::new(name)
    })
}

fn unsupported(item: &Item, reason: &str) -> Error {
    Error::Unsupported {
        site: site(item),
        text: item.written.clone(),
        reason: reason.to_owned(),
    }
}

fn site(item: &Item) -> Site {
    Site {
        file: item.file.to_string(),
        line: item.line,
    }
}
