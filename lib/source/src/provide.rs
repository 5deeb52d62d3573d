//! The wheels that a build needs.

use crate::{Error, Pages, Rules, Source, download::download};
use index::Client;
use pyspec::{requirement::Requirement, target::Target};
use resolve::{Origin, Problem, Wanted, solve};
use std::path::{Path, PathBuf};
use wire::Kind;

/// Resolves requirements for one target, from wheels only, and downloads the wheels below `folder`, which is made.
///
/// # Errors
///
/// A requirement is not one, there is no solution, or an index fails.
pub fn wheels_for(
    requirements: &[String],
    client: &Client,
    target: &Target,
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let rules = Rules::default();
    let targets = [target.clone()];
    let pages = Pages::new(client);
    let source = Source::new(&pages, &targets, rules, folder, None);
    let problem = Problem {
        wanted: requirements
            .iter()
            .map(|text| wanted(text))
            .collect::<Result<_, _>>()?,
        targets: targets.to_vec(),
        ..Problem::default()
    };
    let solution = source
        .while_fetching(|source| solve(&problem, source))
        .map_err(explained)?;
    let mut wheels = Vec::new();
    for pin in &solution.pins {
        let listing = source.listing(&pin.name)?;
        let release = listing.as_ref().and_then(|listing| listing.release(&pin.version));
        let best = release.and_then(|release| release.best(&pin.name, target, &source.setup.rules));
        if let Some(entry) = best {
            wheels.push(download(client, &entry.file, folder)?.0);
        }
    }
    Ok(wheels)
}

fn wanted(text: &str) -> Result<Wanted, Error> {
    let requirement: Requirement = text
        .parse()
        .map_err(|error: pyspec::Error| Error::BuildRequirements {
            kind: Kind::BadSdist,
            summary: error.to_string(),
        })?;
    Ok(Wanted {
        requirement,
        origin: Origin {
            file: "build-system.requires".to_owned(),
            line: None,
        },
    })
}

fn explained(error: resolve::Error<Error>) -> Error {
    match error {
        resolve::Error::Candidates(error) => error,
        other => Error::BuildRequirements {
            kind: wire::Fault::kind(&other),
            summary: other.to_string(),
        },
    }
}
