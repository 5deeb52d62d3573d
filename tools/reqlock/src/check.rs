//! Whether a lock still answers its inputs: pure, without a network or an interpreter.

use crate::{asked::Asked, names::is_far};
use lock::{Input, Lock, Package, TargetLine};
use pyspec::{marker::Extras, name::Name, requirement::Requirement, specifier::Prereleases, target::Target};
use resolve::Wanted;
use std::collections::BTreeSet;
use wire::lock::{Check, Problem};

/// Compares a lock with what is asked for, and its packages with each other.
///
/// `targets` are those of the command line; without any the lock's own are not questioned. `known` are the lock's own,
/// all of them, if their names say what they are; without them lines with markers are not judged.
pub(crate) fn check(asked: &Asked, targets: &[TargetLine], lock: &Lock, known: &[Target]) -> Check {
    let mut problems = BTreeSet::new();
    inputs(asked, lock, &mut problems);
    lists(asked, lock, &mut problems);
    for target in targets
        .iter()
        .filter(|target| !lock.header.targets.contains(target))
    {
        problems.insert(general(format!("it was not made for {}", target.name)));
    }
    lines(asked, lock, known, &mut problems);
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
    for name in &asked.far {
        if !lock.header.inputs.iter().any(|known| known.name == *name) {
            problems.insert(general(format!("it was not made from {name}")));
        }
    }
    // What is at addresses was not read, and may name further ones.
    let judged = |known: &&Input| asked.far.is_empty() || !is_far(&known.name);
    for known in lock.header.inputs.iter().filter(judged) {
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
fn lines(asked: &Asked, lock: &Lock, known: &[Target], problems: &mut BTreeSet<Problem>) {
    let overridden: BTreeSet<&Name> = asked
        .overrides
        .iter()
        .map(|wanted| &wanted.requirement.name)
        .collect();
    for wanted in &asked.wanted {
        let name = &wanted.requirement.name;
        if asked.excludes.contains(name) || overridden.contains(name) {
            continue;
        }
        let pins: Vec<&Package> = named(lock, name).collect();
        let concerned = known.iter().filter(|target| holds(&wanted.requirement, target));
        for target in concerned {
            let pins = pins.iter().filter(|pin| holds(&pin.requirement, target));
            line(wanted, pins, problems);
        }
        if known.is_empty() && wanted.requirement.marker.is_none() {
            line(wanted, pins.iter(), problems);
        }
    }
}

/// Says whether a requirement applies to a target.
fn holds(requirement: &Requirement, target: &Target) -> bool {
    let marker = requirement.marker.as_ref();
    marker.is_none_or(|marker| marker.evaluate(target.environment(), &Extras::none()))
}

/// Compares a line with the pins that answer it.
fn line<'p>(wanted: &Wanted, pins: impl Iterator<Item = &'p &'p Package>, problems: &mut BTreeSet<Problem>) {
    let Wanted { requirement, origin } = wanted;
    let mut is_there = false;
    for pin in pins {
        is_there = true;
        if !fits(requirement, pin) {
            let message = format!("{} is not what {origin} asks for: {requirement}", version(pin));
            problems.insert(about(&requirement.name, message));
        }
    }
    if !is_there {
        let message = format!("is asked for by {origin}, and is not there");
        problems.insert(about(&requirement.name, message));
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
