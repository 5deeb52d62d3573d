//! From what was found to a lock: pure.

use crate::{
    ask::{Found, FoundPin},
    asked::Asked,
    targets::Targets,
};
use cli::Failure;
use lock::{Directive, File, Header, Lock, Package};
use pyspec::{name::Name, requirement::Source, requirements_file::Setting, version::Version};
use std::collections::{BTreeMap, BTreeSet};
use wire::Kind;

/// Puts the lock together.
pub(crate) fn lock(asked: &Asked, targets: &Targets, found: &Found) -> Result<Lock, Failure> {
    let header = Header {
        inputs: asked.inputs.clone(),
        targets: targets.lines(),
        overrides: sorted(
            asked
                .overrides
                .iter()
                .map(|wanted| wanted.requirement.to_string()),
        ),
        excludes: sorted(asked.excludes.iter().map(ToString::to_string)),
    };
    let packages = found.pins.iter().map(|found| package(found, asked, targets));
    Ok(Lock {
        header,
        options: links(asked, found),
        constraints: Vec::new(),
        packages: packages.collect::<Result<_, _>>()?,
    })
}

/// Makes the package of a lock out of a pin.
fn package(found: &FoundPin, asked: &Asked, targets: &Targets) -> Result<Package, Failure> {
    let mut package = source::locked(&found.pin, &found.files, &targets.list)?;
    let name = &found.pin.name;
    package.index = asked.indexes.get(name).map(|(index, _)| index.clone());
    for file in &mut package.files {
        // A path of this machine means nothing on another.
        file.url = file.url.take().filter(|url| !url.starts_with("file:"));
    }
    if let Some(hashes) = asked.hashes.get(name) {
        vouched(&mut package, hashes)?;
    }
    if let Some(given) = asked.given.get(name).filter(|given| given.folder.is_none()) {
        package.requirement.source = Source::Url(given.shown.clone());
        package.origin = None;
    }
    Ok(package)
}

/// Leaves the files that the user's lines vouch for; an index without hashes may have others.
fn vouched(package: &mut Package, hashes: &BTreeSet<String>) -> Result<(), Failure> {
    package.files.retain(|file| hashes.contains(&file.hash.hex));
    package.hashes.retain(|hash| hashes.contains(&hash.hex));
    if package.hashes.is_empty() {
        let message = format!("{} has no file with a hash that your lines name", package.name());
        return Err(Failure::new(Kind::HashMismatch, message));
    }
    Ok(())
}

/// Returns the options that say where files of this machine are.
fn links(asked: &Asked, found: &Found) -> Vec<Directive> {
    let given = found
        .pins
        .iter()
        .filter_map(|found| asked.given.get(&found.pin.name));
    let folders: BTreeSet<&String> = given.filter_map(|given| given.folder.as_ref()).collect();
    let link = |folder: &String| Directive {
        setting: Setting::FindLinks(folder.clone()),
        written: format!("--find-links {folder}"),
    };
    folders.into_iter().map(link).collect()
}

/// Leaves the hashes of a version that was locked before as they were, if both locks are for the same targets: what
/// is added to a release later is nobody's choice. Returns the files that were left out.
pub(crate) fn keep_hashes(
    lock: &mut Lock,
    old: &Lock,
    kept: &BTreeMap<Name, Vec<Version>>,
) -> BTreeMap<Name, Vec<String>> {
    let mut left_out = BTreeMap::new();
    if lock.header.targets != old.header.targets {
        return left_out;
    }
    for package in &mut lock.packages {
        let before = old.packages.iter().find(|before| {
            before.name() == package.name() && before.version == package.version && !before.hashes.is_empty()
        });
        let Some(before) = before.filter(|before| kept.contains_key(before.name())) else {
            continue;
        };
        if before.hashes.is_disjoint(&package.hashes) {
            continue;
        }
        let (known, new): (Vec<File>, Vec<File>) = package
            .files
            .drain(..)
            .partition(|file| before.hashes.contains(&file.hash));
        if !new.is_empty() {
            let names = new.into_iter().map(|file| file.name).collect();
            left_out.insert(package.name().clone(), names);
        }
        package.files = known;
        package.hashes = before.hashes.clone();
    }
    left_out
}

/// Says what a person should know of a lock that was not so before: files that were left out, targets that differ.
pub(crate) fn news(lock: &Lock, old: Option<&Lock>, left_out: &BTreeMap<Name, Vec<String>>) -> Vec<String> {
    let new_files = left_out.iter().flat_map(|(name, files)| {
        let told = move |file: &String| format!("{file} is new; -P {name} takes it in");
        files.iter().map(told)
    });
    let known = |package: &&Package| {
        let before = old.into_iter().flat_map(|old| &old.packages);
        let mut same = before.filter(|before| before.name() == package.name());
        !same.any(|before| before.because == package.because)
    };
    let apart = lock.packages.iter().filter(known).filter_map(|package| {
        let because = package.because.as_ref()?;
        Some(format!("targets differ in {}: {because}", package.name()))
    });
    new_files.chain(apart).collect()
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}
