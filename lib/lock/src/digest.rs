//! Digests of what a lock answers, so that it can be checked without a network.

use crate::{Input, TargetLine};
use pyspec::{
    hash::{Algorithm, Hash},
    marker::Environment,
    target::Target,
};
use sha2::{Digest, Sha256};

/// Returns the line of the header for a target: the digest is of its tags and its marker environment.
///
/// The kernel's release and version do not count: they belong to the machine, not to the interpreter, and a lock
/// outlives them.
pub fn target(target: &Target) -> TargetLine {
    let mut sha256 = Sha256::new();
    for tag in target.tags().list() {
        sha256.update(format!("{tag}\n"));
    }
    let environment = Environment {
        platform_release: None,
        platform_version: None,
        ..target.environment().clone()
    };
    // A map of strings always has a JSON form.
    sha256.update(serde_json::to_vec(&environment).unwrap_or_default());
    TargetLine {
        name: target.name().to_owned(),
        digest: finish(sha256),
    }
}

/// Returns the line of the header for an input: the digest is of its items as text, in their order.
///
/// Comments and line breaks do not count, so tidying a file leaves its lock valid.
pub fn input<'a>(name: &str, items: impl IntoIterator<Item = &'a str>) -> Input {
    let mut sha256 = Sha256::new();
    for item in items {
        sha256.update(item);
        sha256.update("\n");
    }
    Input {
        name: name.to_owned(),
        digest: finish(sha256),
    }
}

fn finish(sha256: Sha256) -> Hash {
    Hash {
        algorithm: Algorithm::Sha256,
        hex: pyspec::hash::hex(&sha256.finalize()),
    }
}
