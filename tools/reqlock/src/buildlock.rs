//! `--build-lock`: a lock of what building needs.

use crate::{
    args::Args,
    ask::{self, Found},
    asked::Asked,
    old, plan,
    targets::Targets,
    write,
};
use cli::{Failure, Session};
use pyspec::requirement::Requirement;
use resolve::{Origin, Wanted};
use std::path::Path;
use wire::Kind;

/// Locks what the source distributions found, and the projects among the inputs, want for their build, for the
/// interpreter that builds.
pub(crate) fn write(
    path: &Path,
    args: &Args,
    asked: &Asked,
    targets: &Targets,
    found: &Found,
    session: &Session,
) -> Result<(), Failure> {
    let building = Asked {
        inputs: asked.inputs.clone(),
        wanted: wanted(asked, found)?,
        lines: asked.lines.clone(),
        indexes: asked.indexes.clone(),
        policy: asked.policy.clone(),
        ..Asked::default()
    };
    let old = old::read(&[path.to_owned()])?;
    let targets = targets.of_interpreter()?;
    let args = &Args {
        sources: crate::args::Sources {
            build_lock: None,
            ..args.sources.clone()
        },
        ..args.clone()
    };
    let found = ask::resolve(args, &building, &targets, old.as_ref(), session)?;
    let lock = plan::lock(&building, &targets, &found)?;
    write::all(&[path.to_owned()], &lock)
}

/// Returns what is wanted, and who wants it.
fn wanted(asked: &Asked, found: &Found) -> Result<Vec<Wanted>, Failure> {
    let texts = asked.build.iter().chain(&found.build);
    let wanted = texts.map(|(who, text)| {
        let requirement: Requirement = text.parse().map_err(|error: pyspec::Error| {
            Failure::new(
                Kind::BadSdist,
                format!("{who}: build requirement {text}: {error}"),
            )
        })?;
        Ok(Wanted {
            requirement,
            origin: Origin {
                file: format!("build of {who}"),
                line: None,
            },
        })
    });
    wanted.collect()
}
