//! From what was found to a lock: pure.

use crate::{ask::Found, inputs::Asked, targets::Targets};
use cli::Failure;
use lock::{File, Header, Lock};
use pyspec::{name::Name, version::Version};
use std::collections::{BTreeMap, BTreeSet};

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
        .map(|(pin, files)| source::locked(pin, files, &targets.list));
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
