//! A crate uses crates of lower floors only.

use crate::workspace::packages;
use cargo_metadata::{DependencyKind, Package};
use std::collections::BTreeMap;

fn floor(package: &Package) -> u64 {
    package.metadata["floor"]
        .as_u64()
        .unwrap_or_else(|| panic!("{} has no [package.metadata] floor", package.name))
}

/// Says what is wrong with each use of one of our crates by another.
fn faults() -> Vec<String> {
    let floors: BTreeMap<_, _> = packages()
        .into_iter()
        .map(|package| (package.name.to_string(), floor(package)))
        .collect();
    let mut faults = Vec::new();
    for package in packages() {
        for used in &package.dependencies {
            let Some(below) = floors.get(&used.name) else {
                continue;
            };
            let for_tests = used.kind == DependencyKind::Development && used.name == "kit";
            if !for_tests && *below >= floor(package) {
                faults.push(format!(
                    "{} (floor {}) uses {} (floor {below})",
                    package.name,
                    floor(package),
                    used.name
                ));
            }
        }
    }
    faults
}

#[test]
fn a_crate_uses_lower_floors_only() {
    assert_eq!(faults(), Vec::<String>::new());
}

#[test]
fn floors_are_those_of_the_folders() {
    for package in packages() {
        let path = package.manifest_path.as_str();
        let expected = match floor(package) {
            0..=3 => "/lib/",
            4 => "/tools/",
            _ => "/tests/",
        };
        assert!(
            path.contains(expected),
            "{} of floor {} is in {path}",
            package.name,
            floor(package)
        );
    }
}

#[test]
fn a_tool_is_a_binary_without_a_library() {
    for package in packages().into_iter().filter(|package| floor(package) == 4) {
        let libraries = package.targets.iter().filter(|target| target.is_lib()).count();
        assert_eq!(libraries, 0, "{}", package.name);
    }
}
