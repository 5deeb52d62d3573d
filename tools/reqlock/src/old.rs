//! The lock that is there already.

use crate::args::Args;
use cli::Failure;
use lock::Lock;
use pyspec::{name::Name, requirement::Requirement, version::Version};
use std::{collections::BTreeMap, io};
use wire::Kind;

/// Reads the first of the outputs that exists.
pub(crate) fn read(args: &Args) -> Result<Option<Lock>, Failure> {
    for path in &args.output {
        let bytes = match fs_err::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        return parse(&bytes, &path.to_string_lossy()).map(Some);
    }
    Ok(None)
}

fn parse(bytes: &[u8], name: &str) -> Result<Lock, Failure> {
    let mut read = |nested: &str| Err(format!("a lock does not include {nested}"));
    let mut outside = lock::Outside {
        read: &mut read,
        variable: &|_| None,
    };
    Ok(lock::read(bytes, name, &mut outside)?)
}

/// Returns the versions that are kept: the pins of the old lock, but for those that are to be upgraded.
pub(crate) fn preferences(args: &Args, old: Option<&Lock>) -> Result<BTreeMap<Name, Vec<Version>>, Failure> {
    let mut kept: BTreeMap<Name, Vec<Version>> = BTreeMap::new();
    if let Some(old) = old.filter(|_| !args.upgrade) {
        for package in &old.packages {
            if let Some(version) = &package.version {
                kept.entry(package.name().clone())
                    .or_default()
                    .push(version.clone());
            }
        }
    }
    for requirement in upgrades(args)? {
        kept.remove(&requirement.name);
    }
    Ok(kept)
}

/// Returns what `-P` names.
pub(crate) fn upgrades(args: &Args) -> Result<Vec<Requirement>, Failure> {
    let parse = |text: &String| text.parse().map_err(|error: pyspec::Error| usage(text, &error));
    args.upgrade_packages.iter().map(parse).collect()
}

fn usage(text: &str, error: &pyspec::Error) -> Failure {
    Failure::new(Kind::Usage, format!("--upgrade-package {text}: {error}"))
}
