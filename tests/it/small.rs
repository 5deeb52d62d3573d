//! `pyspec` stays a small crate.

use crate::workspace::cargo;
use std::collections::BTreeSet;

/// Crates in the tree of `pyspec`, itself included, beyond which it is no longer small.
const MOST: usize = 20;

#[test]
fn pyspec_needs_few_crates() {
    let output = cargo()
        .args([
            "tree", "--locked", "--prefix", "none", "--format", "{p}", "-e", "normal", "-p", "pyspec",
        ])
        .output()
        .expect("cargo tree");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    // A crate that was shown before ends in `(*)`.
    let crates: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.iter().any(|name| name.starts_with("serde v")));
    assert!(crates.len() <= MOST, "{} crates: {crates:#?}", crates.len());
}
