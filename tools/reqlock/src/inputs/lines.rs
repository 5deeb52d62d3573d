//! The lines of requirements files.

use super::{files::Files, projects, settings};
use crate::{
    addresses::{self, What},
    asked::Asked,
    failures::at,
    names::plain,
};
use cli::Failure;
use pyspec::{
    hash::Algorithm,
    requirement::Requirement,
    requirements_file::{Item, Kind},
};
use resolve::{Origin, Wanted};

/// What a file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It asks for packages.
    Input,
    /// It limits versions.
    Constraint,
    /// It replaces requirements of packages.
    Override,
}

/// Takes up a line. What it asks for beyond its own text is added to `texts`, for the digest.
pub(crate) fn take(
    item: Item,
    role: Role,
    files: &Files,
    asked: &mut Asked,
    texts: &mut Vec<String>,
) -> Result<(), Failure> {
    let origin = Origin {
        file: plain(&item.file),
        line: Some(item.line),
    };
    match item.kind {
        Kind::Requirement(_) | Kind::Url(_) | Kind::Path(_) | Kind::Editable(_) => {
            match addresses::of(&item, &files.base, &origin)? {
                What::Package(wanted) => requirement(&item, wanted, role, origin, asked)?,
                What::File(wanted, given) => {
                    asked.add_given(&wanted.name, *given, &origin)?;
                    requirement(&item, wanted, role, origin, asked)?;
                }
                What::Folder(folder, extras) => {
                    texts.extend(projects::folder(&folder, &extras, &origin, files, asked)?);
                }
            }
        }
        Kind::Setting(setting) => settings::take(setting, &origin, &files.base, asked)?,
        Kind::Nested { .. } | Kind::Comment => {}
    }
    Ok(())
}

/// Returns the SHA-256 hashes of a line. It may have others beside them, but not others alone: indexes do not name
/// those, and they are not dropped in silence.
fn hashes(item: &Item, origin: &Origin) -> Result<Vec<String>, Failure> {
    let strong = item.hashes.iter();
    let strong = strong.filter(|hash| hash.algorithm == Algorithm::Sha256);
    let strong: Vec<String> = strong.map(|hash| hash.hex.clone()).collect();
    if strong.is_empty() && !item.hashes.is_empty() {
        let message = "its hashes are not of SHA-256, and indexes name no others";
        return Err(at(origin, wire::Kind::MissingHash, message).hint("add a --hash=sha256:…"));
    }
    Ok(strong)
}

/// Takes up a requirement, with the index and the hashes that its line names.
fn requirement(
    item: &Item,
    requirement: Requirement,
    role: Role,
    origin: Origin,
    asked: &mut Asked,
) -> Result<(), Failure> {
    if let Some(index) = addresses::index_of(item) {
        asked.add_index(&requirement.name, index, &origin)?;
    }
    // Constraints may be the lock of another machine: they limit versions only.
    if role == Role::Input && !item.constraint {
        asked.add_hashes(&requirement.name, hashes(item, &origin)?);
    }
    let into = match role {
        Role::Override => &mut asked.overrides,
        Role::Input if !item.constraint => &mut asked.wanted,
        _ => &mut asked.constraints,
    };
    into.push(Wanted { requirement, origin });
    Ok(())
}
