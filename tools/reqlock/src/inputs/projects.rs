//! Projects: a pyproject.toml among the inputs, or a folder that a line names.

use super::files::Files;
use crate::{
    asked::Asked,
    failures::at,
    pyproject::{self, Parts},
};
use cli::Failure;
use lock::digest;
use pyspec::name::Name;
use resolve::Origin;
use std::path::Path;
use wire::Kind;

/// Takes up pyproject.toml; what its digest is of are the requirements that were asked for.
pub(crate) fn take(bytes: &[u8], name: &str, parts: &Parts, asked: &mut Asked) -> Result<(), Failure> {
    let texts = asked.add_project(name, pyproject::read(bytes, name, parts)?);
    asked
        .inputs
        .push(digest::input(name, texts.iter().map(String::as_str)));
    Ok(())
}

/// Takes up what a folder with a project in it depends on; returns it as text, for the digest. The project itself is
/// no part of the lock: it is own code, and comes from the checkout.
pub(crate) fn folder(
    folder: &Path,
    extras: &[Name],
    origin: &Origin,
    files: &Files,
    asked: &mut Asked,
) -> Result<Vec<String>, Failure> {
    let path = folder.join("pyproject.toml");
    if !path.is_file() {
        let message = format!("{} has no pyproject.toml", folder.display());
        return Err(at(origin, Kind::NotFound, message));
    }
    let name = files.name(&path);
    let parts = Parts {
        extras: extras.iter().map(ToString::to_string).collect(),
        ..Parts::default()
    };
    let project = pyproject::read(&fs_err::read(&path)?, &name, &parts)?;
    Ok(asked.add_project(&name, project))
}
