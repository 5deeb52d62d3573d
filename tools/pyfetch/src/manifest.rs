//! The documents that a wheelhouse comes with: what is in it, and the lock of exactly that.

use std::collections::{BTreeMap, BTreeSet};

use lock::{Lock, Package};
use pyspec::filename::WheelName;
use pyspec::hash::{Algorithm, Hash};
use wire::wheelhouse::{Built, File, Wheelhouse};

use crate::plan::{Item, Making};
use crate::question::Question;

/// A file that is or will be in the wheelhouse.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// How it was built; `None` if it came as it is.
    pub(crate) built: Option<From>,
}

/// What a wheel was built from, and how.
#[derive(Debug, Clone)]
pub(crate) struct From {
    /// `sha256:` and a digest, or `git:` and a commit.
    pub(crate) content: String,
    pub(crate) making: Making,
}

/// Describes one file of the wheelhouse.
pub(crate) fn file(item: &Item, stored: &Stored, question: &Question) -> File {
    let targets = item
        .targets
        .iter()
        .map(|number| question.goals[*number].target.name().to_owned());
    let url = item.git.as_ref().map_or_else(
        || item.file.url.without_credentials().to_string(),
        |git| lock::without_credentials(&git.to_string()),
    );
    let index = item.file.index.to_string();
    let mut file = File {
        name: stored.name.clone(),
        project: item.project.to_string(),
        version: version(item, stored),
        hash: format!("sha256:{}", stored.sha256),
        size: stored.size,
        targets: targets.collect(),
        ..File::default()
    };
    match &stored.built {
        None => (file.index, file.url) = (Some(index), Some(url)),
        Some(from) => {
            file.built = Some(Built {
                sdist: item.file.name.clone(),
                hash: from.content.clone(),
                index,
                url,
                network_cut: from.making.network_cut,
                build_lock: from.making.build_lock.clone(),
            });
        }
    }
    file
}

/// The version: where it was not known beforehand, the wheel's name has it.
fn version(item: &Item, stored: &Stored) -> String {
    let named = || Some(stored.name.parse::<WheelName>().ok()?.version);
    let version = item.version.clone().or_else(named);
    version.map(|version| version.to_string()).unwrap_or_default()
}

/// Describes the wheelhouse.
pub(crate) fn wheelhouse(question: &Question, mut files: Vec<File>) -> Wheelhouse {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Wheelhouse {
        locked: question.locked,
        lock: question.lock.to_document(),
        targets: question.target_lines(),
        files,
        ..Wheelhouse::default()
    }
}

/// The lock of exactly the files of a wheelhouse: for plain pip, and for `pyvenv-offline`.
pub(crate) fn emitted(lock: &Lock, files: &[File]) -> Lock {
    let mut by_project: BTreeMap<(&str, &str), BTreeSet<Hash>> = BTreeMap::new();
    let built: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.built.as_ref().map(|built| built.sdist.as_str()))
        .collect();
    for file in files.iter().filter(|file| !built.contains(file.name.as_str())) {
        let digest = file.hash.trim_start_matches("sha256:").to_owned();
        let hash = Hash {
            algorithm: Algorithm::Sha256,
            hex: digest,
        };
        by_project
            .entry((&file.project, &file.version))
            .or_default()
            .insert(hash);
    }
    let packages = lock.packages.iter().filter_map(|package| {
        let key = by_project.iter().find(|((project, version), _)| {
            *project == package.name().as_str()
                && package
                    .version
                    .as_ref()
                    .is_none_or(|wanted| wanted.to_string() == *version)
        });
        let ((_, version), hashes) = key?;
        Some(exactly(package, version, hashes.clone()))
    });
    Lock {
        header: lock.header.clone(),
        packages: packages.collect(),
        ..Lock::default()
    }
}

/// The package with these hashes, pinned even if it was an address before: the wheel is in the folder now.
fn exactly(package: &Package, version: &str, hashes: BTreeSet<Hash>) -> Package {
    let mut exact = package.clone();
    if package.requirement.url().is_some()
        && let Ok(version) = version.parse()
    {
        let pinned = Package::pinned(package.name().clone(), version);
        exact.requirement.source = pinned.requirement.source;
        exact.version = pinned.version;
    }
    exact.hashes = hashes;
    exact.files = Vec::new();
    exact
}
