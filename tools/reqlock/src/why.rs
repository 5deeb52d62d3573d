//! Why a package is in a lock: pure.

use lock::{Lock, Package};
use pyspec::{name::Name, requirement::Requirement};
use std::collections::{BTreeMap, VecDeque};
use wire::lock::Why;

/// Finds the shortest way to a package from the inputs, for each who asks for it; `None` if it is not in the lock.
pub(crate) fn why(lock: &Lock, name: &Name) -> Option<Why> {
    let pins: Vec<&Package> = lock
        .packages
        .iter()
        .filter(|package| package.name() == name)
        .collect();
    if pins.is_empty() {
        return None;
    }
    let ways = ways(lock);
    let mut chains: Vec<Vec<String>> = pins
        .iter()
        .flat_map(|pin| pin.via.iter().map(|via| chain(lock, &ways, via, pin)))
        .collect();
    chains.sort();
    chains.dedup();
    Some(Why {
        name: name.to_string(),
        versions: pins.iter().map(|pin| shown(pin)).collect(),
        chains,
        ..Why::default()
    })
}

/// The way to a package by its shortest chain of askers: the line of an input, or the package before it.
enum Step {
    Line(String),
    Package(Name),
}

/// Walks from the lines of the inputs to everything that they bring.
fn ways(lock: &Lock) -> BTreeMap<Name, Step> {
    let mut ways = BTreeMap::new();
    let mut queue = VecDeque::new();
    let mut brought: BTreeMap<Name, Vec<&Name>> = BTreeMap::new();
    for package in &lock.packages {
        for via in &package.via {
            match asker(via) {
                Some(asker) => brought.entry(asker).or_default().push(package.name()),
                None if ways.contains_key(package.name()) => {}
                None => {
                    ways.insert(package.name().clone(), Step::Line(via.clone()));
                    queue.push_back(package.name().clone());
                }
            }
        }
    }
    while let Some(name) = queue.pop_front() {
        for next in brought.remove(&name).into_iter().flatten() {
            if !ways.contains_key(next) {
                ways.insert(next.clone(), Step::Package(name.clone()));
                queue.push_back(next.clone());
            }
        }
    }
    ways
}

/// Returns who an edge says asks; `None` for a line of an input.
fn asker(via: &str) -> Option<Name> {
    via.parse::<Requirement>()
        .ok()
        .map(|requirement| requirement.name)
}

/// Puts one chain together, from a line of an input to the pin.
fn chain(lock: &Lock, ways: &BTreeMap<Name, Step>, via: &str, pin: &Package) -> Vec<String> {
    let mut chain = vec![format!("{}=={}", pin.name(), shown(pin))];
    let mut next = match asker(via) {
        Some(name) => Some(name),
        None => {
            chain.push(via.to_owned());
            None
        }
    };
    while let Some(name) = next {
        let version = lock
            .packages
            .iter()
            .find(|package| *package.name() == name)
            .map(shown);
        chain.push(format!("{name}=={}", version.unwrap_or_default()));
        next = match ways.get(&name) {
            // In a cycle the way may lead back; it always ends at a line, as it was walked from there.
            Some(Step::Package(before)) => Some(before.clone()),
            Some(Step::Line(line)) => {
                chain.push(line.clone());
                None
            }
            None => None,
        };
    }
    chain.reverse();
    chain
}

fn shown(pin: &Package) -> String {
    pin.version.as_ref().map(ToString::to_string).unwrap_or_default()
}
