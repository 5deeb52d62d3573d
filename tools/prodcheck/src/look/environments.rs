//! Environments, and the locks that they were made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use disk::FileKind;
use pyspec::name::Name;

use super::App;
use crate::host::Host;
use crate::notes::Notes;

/// The lock that `pyvenv-offline` leaves in an environment.
const LOCK: &str = "requirements.lock";

pub(super) fn look(host: &Host, app: &App, notes: &mut Notes) {
    for environment in find(host, app, notes) {
        let subject = environment.display().to_string();
        let Some(text) = host.text(&environment.join(LOCK), notes) else {
            notes.add(
                "environment-unlocked",
                subject,
                format!("there is no {LOCK} in it"),
            );
            continue;
        };
        match locked(&text) {
            Ok(locked) => compare(host, &environment, &locked, notes),
            Err(why) => notes.add("environment-unlocked", subject, format!("{LOCK}: {why}")),
        }
    }
}

/// Finds the environments of an application and of its releases.
fn find(host: &Host, app: &App, notes: &mut Notes) -> Vec<PathBuf> {
    let mut found = Vec::new();
    host.walk(&app.path, notes, &mut |item, _| {
        if item.path.ends_with("pyvenv.cfg") {
            found.extend(item.path.parent().map(Path::to_owned));
        }
        let name = item.path.file_name().unwrap_or_default();
        item.entry.kind == FileKind::Folder
            && !["repo.git", "shared", "wheels", "lib"]
                .iter()
                .any(|no| name == *no)
    });
    found
}

/// Reads which versions a lock pins.
fn locked(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut nested = |_: &str| Err("no part of the environment".to_owned());
    let mut outside = lock::Outside {
        read: &mut nested,
        variable: &|_| None,
    };
    let lock = lock::read(text.as_bytes(), LOCK, &mut outside).map_err(|error| error.to_string())?;
    let mut locked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in &lock.packages {
        let versions = locked.entry(package.name().to_string()).or_default();
        versions.extend(package.version.as_ref().map(ToString::to_string));
    }
    Ok(locked)
}

/// Compares what is installed with the lock.
fn compare(host: &Host, environment: &Path, locked: &BTreeMap<String, Vec<String>>, notes: &mut Notes) {
    let subject = environment.display().to_string();
    for (name, version) in installed(host, environment, notes) {
        match locked.get(&name) {
            Some(versions) if versions.is_empty() || versions.contains(&version) => {}
            Some(versions) => {
                let pinned = versions.join(" or ");
                let evidence = format!("{name} {version} is installed, {pinned} is locked");
                notes.add("environment-unlocked", &*subject, evidence);
            }
            None => {
                let evidence = format!("{name} {version} is installed and not locked");
                notes.add("environment-unlocked", &*subject, evidence);
            }
        }
    }
}

/// Returns names and versions of the distributions in an environment, by the names of their folders.
fn installed(host: &Host, environment: &Path, notes: &mut Notes) -> Vec<(String, String)> {
    let libraries = host.list(&environment.join("lib"), notes);
    let sites = libraries.into_iter().map(|library| library.join("site-packages"));
    let folders: Vec<PathBuf> = sites.flat_map(|site| host.list(&site, notes)).collect();
    let distribution = |folder: &PathBuf| {
        let name = folder.file_name()?.to_str()?.strip_suffix(".dist-info")?;
        let (name, version) = name.split_once('-')?;
        let version: pyspec::version::Version = version.parse().ok()?;
        Some((Name::parse(name).ok()?.to_string(), version.to_string()))
    };
    folders.iter().filter_map(distribution).collect()
}
