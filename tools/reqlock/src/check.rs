//! Whether a lock still answers its inputs: pure, without a network or an interpreter.

use crate::inputs::Asked;
use lock::{Lock, Package, TargetLine};
use pyspec::{name::Name, requirement::Requirement, specifier::Prereleases};
use std::collections::BTreeSet;
use wire::lock::{Check, Problem};

/// Compares a lock with what is asked for, and its packages with each other.
///
/// `targets` are those of the command line; without any the lock's own are not questioned.
pub(crate) fn check(asked: &Asked, targets: &[TargetLine], lock: &Lock) -> Check {
    let mut problems = BTreeSet::new();
    inputs(asked, lock, &mut problems);
    lists(asked, lock, &mut problems);
    for target in targets
        .iter()
        .filter(|target| !lock.header.targets.contains(target))
    {
        problems.insert(general(format!("it was not made for {}", target.name)));
    }
    lines(asked, lock, &mut problems);
    for package in &lock.packages {
        edges(package, lock, &mut problems);
    }
    for package in lock.unlocked() {
        problems.insert(about(package.name(), "is not pinned and hashed".to_owned()));
    }
    Check {
        ok: problems.is_empty(),
        problems: problems.into_iter().collect(),
        ..Check::default()
    }
}

fn general(message: String) -> Problem {
    Problem {
        package: None,
        message,
    }
}

fn about(name: &Name, message: String) -> Problem {
    Problem {
        package: Some(name.to_string()),
        message,
    }
}

/// Compares the digests of the inputs with those in the header.
fn inputs(asked: &Asked, lock: &Lock, problems: &mut BTreeSet<Problem>) {
    for input in &asked.inputs {
        match lock.header.inputs.iter().find(|known| known.name == input.name) {
            None => problems.insert(general(format!("it was not made from {}", input.name))),
            Some(known) if known.digest != input.digest => {
                problems.insert(general(format!("{} has changed since", input.name)))
            }
            Some(_) => continue,
        };
    }
    for known in &lock.header.inputs {
        if !asked.inputs.iter().any(|input| input.name == known.name) {
            problems.insert(general(format!("it was also made from {}", known.name)));
        }
    }
}

/// Compares overrides and excludes.
fn lists(asked: &Asked, lock: &Lock, problems: &mut BTreeSet<Problem>) {
    let overrides: BTreeSet<String> = asked
        .overrides
        .iter()
        .map(|wanted| wanted.requirement.to_string())
        .collect();
    let excludes: BTreeSet<String> = asked.excludes.iter().map(ToString::to_string).collect();
    if overrides != lock.header.overrides.iter().cloned().collect() {
        problems.insert(general("its overrides are others".to_owned()));
    }
    if excludes != lock.header.excludes.iter().cloned().collect() {
        problems.insert(general("its excludes are others".to_owned()));
    }
}

/// Looks for a fitting pin for every line of the inputs.
fn lines(asked: &Asked, lock: &Lock, problems: &mut BTreeSet<Problem>) {
    for wanted in &asked.wanted {
        let requirement = &wanted.requirement;
        let excluded = asked.excludes.contains(&requirement.name);
        let overridden = asked
            .overrides
            .iter()
            .any(|other| other.requirement.name == requirement.name);
        if excluded || overridden {
            continue;
        }
        let pins: Vec<&Package> = named(lock, &requirement.name).collect();
        // A line with a marker may apply to none of the targets.
        if pins.is_empty() && requirement.marker.is_none() {
            let message = format!("is asked for by {}, and is not there", wanted.origin);
            problems.insert(about(&requirement.name, message));
        }
        for pin in pins.into_iter().filter(|pin| !fits(requirement, pin)) {
            let message = format!(
                "{} is not what {} asks for: {requirement}",
                version(pin),
                wanted.origin
            );
            problems.insert(about(&requirement.name, message));
        }
    }
}

/// Compares a pin with what others of the lock ask of it.
fn edges(package: &Package, lock: &Lock, problems: &mut BTreeSet<Problem>) {
    for via in &package.via {
        // What is no requirement is a line of an input.
        let Ok(edge) = via.parse::<Requirement>() else {
            continue;
        };
        let mut askers = named(lock, &edge.name).peekable();
        if askers.peek().is_none() {
            problems.insert(about(
                package.name(),
                format!("is asked for by {}, which is not there", edge.name),
            ));
        } else if !fits(&edge, package) {
            let asks = edge.specifiers().map(ToString::to_string).unwrap_or_default();
            let message = format!("{} is not what {} asks for: {asks}", version(package), edge.name);
            problems.insert(about(package.name(), message));
        }
    }
}

fn named<'l>(lock: &'l Lock, name: &Name) -> impl Iterator<Item = &'l Package> {
    let name = name.clone();
    lock.packages
        .iter()
        .filter(move |package| *package.name() == name)
}

fn fits(requirement: &Requirement, pin: &Package) -> bool {
    let (Some(specifiers), Some(version)) = (requirement.specifiers(), &pin.version) else {
        return true;
    };
    specifiers.contains(version, Prereleases::Allow)
}

fn version(pin: &Package) -> String {
    pin.version.as_ref().map(ToString::to_string).unwrap_or_default()
}
