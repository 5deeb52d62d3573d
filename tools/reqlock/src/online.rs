//! `--check --online`: whether a lock is still what would be found: pure.

use crate::ask::Found;
use cli::Failure;
use lock::{Lock, Package};
use pyspec::name::Name;
use std::collections::{BTreeMap, BTreeSet};
use wire::{
    Kind,
    lock::{Check, Problem},
};

/// Adds to what was found without a network: what would be locked instead, hashes that nobody offers any more, yanked
/// versions, and what indexes say of projects.
pub(crate) fn check(offline: Check, old: &Lock, new: &Lock, found: &Found) -> Check {
    let mut problems: BTreeSet<Problem> = offline.problems.into_iter().collect();
    let (before, now) = (pins(old), pins(new));
    for name in before.keys().chain(now.keys()) {
        let (before, now) = (before.get(name), now.get(name));
        if before != now {
            problems.insert(about(name, change(before, now)));
        }
    }
    for found in &found.pins {
        let locked = || {
            let named = old
                .packages
                .iter()
                .filter(|package| *package.name() == found.pin.name);
            named.filter(|package| package.version.as_ref() == Some(&found.pin.version))
        };
        problems.extend(locked().flat_map(|package| gone(package, &found.offered)));
        if let Some(reason) = found.files.iter().find_map(|file| file.yanked.as_ref()) {
            let text = format!("{} was yanked: {reason}", found.pin.version);
            problems.insert(about(
                &found.pin.name,
                text.trim_end_matches([':', ' ']).to_owned(),
            ));
        }
        problems.extend(found.status.iter().map(|status| Problem {
            package: None,
            message: status.clone(),
        }));
    }
    Check {
        ok: problems.is_empty(),
        problems: problems.into_iter().collect(),
        ..Check::default()
    }
}

/// Says whether a failure to find a lock is an answer about the one that is there.
pub(crate) fn is_answer(failure: &Failure) -> bool {
    let answers = [
        Kind::UnknownPackage,
        Kind::NoVersion,
        Kind::NoWheel,
        Kind::Conflict,
    ];
    failure.kind().is_some_and(|kind| answers.contains(&kind))
}

/// Adds to what was found without a network that nothing fits any more, and why.
pub(crate) fn not_found(offline: Check, failure: &Failure) -> Check {
    let told = std::iter::once(failure.message()).chain(failure.causes().iter().map(String::as_str));
    let told = told.map(|message| Problem {
        package: None,
        message: message.to_owned(),
    });
    Check {
        ok: false,
        problems: offline.problems.into_iter().chain(told).collect(),
        ..Check::default()
    }
}

/// Returns what is pinned, by name: versions with their markers.
fn pins(lock: &Lock) -> BTreeMap<&Name, BTreeSet<String>> {
    let mut pins: BTreeMap<&Name, BTreeSet<String>> = BTreeMap::new();
    for package in &lock.packages {
        let version = package.version.as_ref().map(ToString::to_string);
        let marker = package.requirement.marker.as_ref();
        let marker = marker.map(|marker| format!(" where {marker}"));
        let pin = version.unwrap_or_default() + &marker.unwrap_or_default();
        pins.entry(package.name()).or_default().insert(pin);
    }
    pins
}

fn change(before: Option<&BTreeSet<String>>, now: Option<&BTreeSet<String>>) -> String {
    let shown = |pins: &BTreeSet<String>| pins.iter().cloned().collect::<Vec<_>>().join(", ");
    match (before, now) {
        (Some(before), Some(now)) => format!("would be {}, not {}", shown(now), shown(before)),
        (None, Some(now)) => format!("would be added as {}", shown(now)),
        (_, None) => "would not be there".to_owned(),
    }
}

/// Returns the hashes of a package that its index does not offer any more.
fn gone(package: &Package, offered: &BTreeSet<String>) -> Vec<Problem> {
    let hashes = package.hashes.iter().filter(|hash| !offered.contains(&hash.hex));
    hashes
        .map(|hash| about(package.name(), format!("has no file with {hash} any more")))
        .collect()
}

fn about(name: &Name, message: String) -> Problem {
    Problem {
        package: Some(name.to_string()),
        message,
    }
}
