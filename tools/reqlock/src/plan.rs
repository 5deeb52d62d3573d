//! From what was found to a lock: pure.

use crate::{ask::Found, inputs::Asked, targets::Targets};
use cli::Failure;
use lock::{File, Header, Lock, Package};
use pyspec::{
    hash::{Algorithm, Hash},
    marker::Marker,
    name::Name,
    target::Target,
    version::Version,
};
use resolve::{Pin, separate};
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
    let packages = found
        .pins
        .iter()
        .map(|(pin, files)| package(pin, files, &targets.list));
    Ok(Lock {
        header,
        options: Vec::new(),
        constraints: Vec::new(),
        packages: packages.collect::<Result<_, _>>()?,
    })
}

/// Leaves the hashes of a version that was locked before as they were, if both locks are for the same targets: what
/// is added to a release later is nobody's choice. Returns what was left out, for people.
pub(crate) fn keep_hashes(lock: &mut Lock, old: &Lock, kept: &BTreeMap<Name, Vec<Version>>) -> Vec<String> {
    if lock.header.targets != old.header.targets {
        return Vec::new();
    }
    let mut told = Vec::new();
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
        told.extend(
            new.iter()
                .map(|file| format!("{} is new; -P {} takes it in", file.name, package.name())),
        );
        package.files = known;
        package.hashes = before.hashes.clone();
    }
    told
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

fn package(pin: &Pin, files: &[source::File], targets: &[Target]) -> Result<Package, Failure> {
    let mut package = Package::pinned(pin.name.clone(), pin.version.clone());
    package.requirement.extras = pin.extras.iter().cloned().collect();
    package.requirement.marker = marker(pin, targets)?;
    package.files = files.iter().map(file).collect::<Result<_, _>>()?;
    package.hashes = package.files.iter().map(|file| file.hash.clone()).collect();
    package.via = pin.via.iter().map(ToString::to_string).collect();
    Ok(package)
}

fn file(file: &source::File) -> Result<File, Failure> {
    let hash = Hash::from_hex(Algorithm::Sha256, &file.sha256);
    let hash = hash.map_err(|reason| Failure::new(Kind::BadMetadata, reason).file(&file.name))?;
    Ok(File {
        name: file.name.clone(),
        hash,
        size: file.size,
        url: Some(file.url.clone()),
    })
}

/// Returns the marker that tells the targets of a pin from the others, if there are others.
fn marker(pin: &Pin, targets: &[Target]) -> Result<Option<Marker>, Failure> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..targets.len()).partition(|target| pin.targets.contains(target));
    if outside.is_empty() {
        return Ok(None);
    }
    let named = |numbers: &[usize]| numbers.iter().map(|number| &targets[*number]).collect::<Vec<_>>();
    let text = separate(&named(&inside), &named(&outside));
    let text = text.ok_or_else(|| {
        let message = format!(
            "no marker tells the targets of {} {} from the others",
            pin.name, pin.version
        );
        Failure::new(Kind::Conflict, message)
    })?;
    let marker = text
        .parse()
        .map_err(|error: pyspec::Error| Failure::new(Kind::Bug, error.to_string()))?;
    Ok(Some(marker))
}
