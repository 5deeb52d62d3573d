//! `--check`: whether all files of the lock are here and good, without a network and without a change.

use std::collections::BTreeMap;
use std::path::Path;

use cli::{Done, Failure, Output};
use lock::{Package, fit};
use pyspec::filename::WheelName;
use pyspec::target::Target;
use wire::wheelhouse::{Check, Missing};

use crate::args::Args;
use crate::house::House;
use crate::plan;
use crate::question::Question;
use crate::report::Checked;

/// A wheel in the folder.
struct Here {
    file: String,
    name: WheelName,
    /// Its own digest, and that of the source distribution, or the commit, that it was built from.
    contents: Vec<String>,
}

/// Runs the check.
pub(crate) fn run(args: &Args, question: &Question) -> Result<Done, Failure> {
    let house = House::look(&args.output, args.paranoid)?;
    let here = wheels(args, &house)?;
    let mut check = Check::default();
    for goal in &question.goals {
        for package in question.lock.select(&goal.target)? {
            match judge(package, &goal.target, &here) {
                Ok(()) => check.good += 1,
                Err(missing) => check.missing.push(missing),
            }
        }
    }
    let complete = check.missing.is_empty();
    let output = Output::report(Checked(check));
    Ok(if complete {
        Done::Yes(output)
    } else {
        Done::No(output)
    })
}

fn wheels(args: &Args, house: &House) -> Result<Vec<Here>, Failure> {
    let manifest = house
        .manifest
        .as_ref()
        .map(|manifest| manifest.files.as_slice())
        .unwrap_or_default();
    let built: BTreeMap<&str, &str> = manifest
        .iter()
        .filter_map(|file| Some((file.hash.as_str(), file.built.as_ref()?.hash.as_str())))
        .collect();
    let mut names = Vec::new();
    for entry in entries(&args.output)? {
        let file = entry.file_name().to_string_lossy().into_owned();
        if let Ok(name) = file.parse::<WheelName>() {
            names.push((file, name));
        }
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    let found = crate::look::parallel(names.len(), 4, |number| house.find(&names[number].0))?;
    let here = names.into_iter().zip(found).filter_map(|((file, name), known)| {
        let digest = known?.sha256;
        let source = built.get(format!("sha256:{digest}").as_str());
        let contents =
            std::iter::once(format!("sha256:{digest}")).chain(source.map(|hash| (*hash).to_owned()));
        Some(Here {
            file,
            name,
            contents: contents.collect(),
        })
    });
    Ok(here.collect())
}

/// What is in a folder; one that is not there is empty.
fn entries(folder: &Path) -> Result<Vec<fs_err::DirEntry>, Failure> {
    match fs_err::read_dir(folder) {
        Ok(entries) => Ok(entries.collect::<Result<_, _>>()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn judge(package: &Package, target: &Target, here: &[Here]) -> Result<(), Missing> {
    let missing = |file: Option<&Here>, why: String| Missing {
        requirement: package.requirement.to_string(),
        target: target.name().to_owned(),
        file: file.map(|here| here.file.clone()),
        why,
    };
    let version = |here: &&Here| {
        package
            .version
            .as_ref()
            .is_none_or(|version| *version == here.name.version)
    };
    let own: Vec<&Here> = here
        .iter()
        .filter(|here| here.name.name == *package.name())
        .filter(version)
        .collect();
    let wanted = plan::contents(package);
    let good =
        |here: &&&Here| wanted.is_empty() || here.contents.iter().any(|content| wanted.contains(content));
    let good: Vec<&&Here> = own.iter().filter(good).collect();
    let mut misfit = None;
    for here in &good {
        match fit::judge(&here.name, None, target) {
            Ok(_) => return Ok(()),
            Err(why) => misfit = Some((**here, why.to_string())),
        }
    }
    Err(match (misfit, own.first()) {
        (Some((here, why)), _) => missing(Some(here), why),
        (None, Some(here)) => missing(Some(here), "its hash is not one of the lock".to_owned()),
        (None, None) => missing(None, "no wheel of this version is here".to_owned()),
    })
}
