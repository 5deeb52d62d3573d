//! A lock as `pylock.toml` (PEP 751).
//!
//! What the standard has no place for (inputs, targets, who asked for a package) stands in
//! `[tool.reqlock]`, of the file and of each package.

use crate::{Error, File, Git, Header, Input, Lock, Package, Site, TargetLine};
use pyspec::{
    hash::Hash,
    marker::Marker,
    pylock::{self, Archive, Origin, Pylock, Table, Vcs},
    requirement::{Requirement, Source},
    specifier::Specifiers,
    target::Target,
    version::Version,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `[tool.reqlock]` of the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Tool {
    inputs: Vec<Named>,
    targets: Vec<Named>,
    overrides: Vec<String>,
    excludes: Vec<String>,
}

/// A name and the digest of what it stands for.
#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
    digest: String,
}

/// `[packages.tool.reqlock]`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct PackageTool {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yanked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    via: Vec<String>,
}

impl Lock {
    /// Returns the lock as pylock.toml; pip reads it. Packages whose files are not known by name lack them there too.
    pub fn to_pylock(&self) -> Pylock {
        Pylock {
            lock_version: Version::new(&[1, 0]),
            environments: environments(&self.header),
            requires_python: None,
            extras: None,
            dependency_groups: None,
            default_groups: None,
            created_by: "reqlock".to_owned(),
            packages: self.packages.iter().map(package_out).collect(),
            tool: (!self.header.is_empty()).then(|| tool_out(&header_out(&self.header))),
        }
    }

    /// Takes a lock from pylock.toml; `file` is what errors call it.
    ///
    /// # Errors
    ///
    /// It is no such file, or holds a folder or a repository.
    pub fn from_pylock(bytes: &[u8], file: &str) -> Result<Self, Error> {
        let found = Pylock::parse(bytes).map_err(|error| Error::of_file(file, error))?;
        let tool: Tool = tool_in(found.tool.as_ref());
        Ok(Self {
            header: header_in(&tool, file)?,
            packages: found
                .packages
                .iter()
                .map(|package| package_in(package, file))
                .collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }
}

/// Returns the markers of the targets, if their names say them: whoever installs refuses the lock elsewhere.
fn environments(header: &Header) -> Option<Vec<Marker>> {
    let markers = header.targets.iter().map(|target| environment(&target.name));
    let markers: Vec<Marker> = markers.collect::<Option<_>>()?;
    let mut texts = BTreeSet::new();
    let new = markers
        .into_iter()
        .filter(|marker| texts.insert(marker.to_string()));
    let new: Vec<Marker> = new.collect();
    (!new.is_empty()).then_some(new)
}

fn environment(name: &str) -> Option<Marker> {
    let target = Target::parse(name).ok()?;
    let known = target.environment();
    let values = [
        ("python_version", &known.python_version),
        ("implementation_name", &known.implementation_name),
        ("sys_platform", &known.sys_platform),
        ("platform_machine", &known.platform_machine),
    ];
    let parts = values
        .iter()
        .map(|(name, value)| Some(format!("{name} == \"{}\"", value.as_ref()?)));
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    parts.join(" and ").parse().ok()
}

fn package_out(package: &Package) -> pylock::Package {
    let origin = match (package.requirement.url(), package.git()) {
        (_, Some(git)) => Origin::Vcs(commit_out(git)),
        (Some(url), None) => Origin::Archive(Archive {
            file: address_out(url, package),
            subdirectory: None,
        }),
        (None, None) => distributions_out(&package.files),
    };
    let tool = PackageTool {
        index: package.index.clone(),
        // The files say it, where they are known.
        released: package.released.clone().filter(|_| package.files.is_empty()),
        yanked: package.yanked.clone(),
        because: package.because.clone(),
        via: package.via.clone(),
    };
    let texts = [&tool.index, &tool.released, &tool.yanked, &tool.because];
    let says_nothing = tool.via.is_empty() && texts.iter().all(|text| text.is_none());
    pylock::Package {
        version: package.version.clone(),
        marker: package.requirement.marker.clone(),
        index: package.origin.clone(),
        tool: (!says_nothing).then(|| tool_out(&tool)),
        ..pylock::Package::new(crate::requirements::normalised(package.name()), origin)
    }
}

fn distributions_out(files: &[File]) -> Origin {
    let (wheels, sdists): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.name.ends_with(".whl"));
    Origin::Distributions {
        sdist: sdists.first().map(|file| file_out(file)),
        wheels: wheels.into_iter().map(file_out).collect(),
    }
}

fn file_out(file: &File) -> pylock::File {
    pylock::File {
        name: Some(file.name.clone()),
        url: file.url.clone(),
        path: file.url.is_none().then(|| file.name.clone()),
        size: file.size,
        hashes: hashes_out([&file.hash]),
        upload_time: file.uploaded.as_ref().and_then(|time| time.parse().ok()),
    }
}

fn address_out(url: &str, package: &Package) -> pylock::File {
    pylock::File {
        url: Some(url.to_owned()),
        hashes: hashes_out(&package.hashes),
        ..pylock::File::default()
    }
}

fn hashes_out<'a>(hashes: impl IntoIterator<Item = &'a Hash>) -> BTreeMap<String, String> {
    hashes
        .into_iter()
        .map(|hash| (hash.algorithm.to_string(), hash.hex.clone()))
        .collect()
}

fn header_out(header: &Header) -> Tool {
    let named = |name: &String, digest: &Hash| Named {
        name: name.clone(),
        digest: digest.to_string(),
    };
    Tool {
        inputs: header
            .inputs
            .iter()
            .map(|input| named(&input.name, &input.digest))
            .collect(),
        targets: header
            .targets
            .iter()
            .map(|target| named(&target.name, &target.digest))
            .collect(),
        overrides: header.overrides.clone(),
        excludes: header.excludes.clone(),
    }
}

fn header_in(tool: &Tool, file: &str) -> Result<Header, Error> {
    let digest = |named: &Named| {
        named
            .digest
            .parse::<Hash>()
            .map_err(|error| Error::value(file, &error))
    };
    let inputs = tool.inputs.iter().map(|named| {
        Ok(Input {
            name: named.name.clone(),
            digest: digest(named)?,
        })
    });
    let targets = tool.targets.iter().map(|named| {
        Ok(TargetLine {
            name: named.name.clone(),
            digest: digest(named)?,
        })
    });
    Ok(Header {
        inputs: inputs.collect::<Result<_, Error>>()?,
        targets: targets.collect::<Result<_, Error>>()?,
        overrides: tool.overrides.clone(),
        excludes: tool.excludes.clone(),
    })
}

fn package_in(found: &pylock::Package, file: &str) -> Result<Package, Error> {
    let site = Site {
        file: file.to_owned(),
        line: 0,
    };
    let (source, files) = match &found.origin {
        Origin::Distributions { sdist, wheels } => {
            let files = wheels.iter().chain(sdist).filter_map(file_in).collect();
            (
                Source::Index(
                    found
                        .version
                        .as_ref()
                        .map_or_else(Specifiers::any, Specifiers::exactly),
                ),
                files,
            )
        }
        Origin::Archive(archive) => (
            Source::Url(archive.file.url.clone().unwrap_or_default()),
            Vec::new(),
        ),
        Origin::Vcs(vcs) => {
            let url = commit_in(vcs).ok_or_else(|| unsupported(found, site.clone()))?;
            (Source::Url(url), Vec::new())
        }
        Origin::Directory(_) => return Err(unsupported(found, site)),
    };
    let marker = found.marker.clone();
    let requirement = Requirement {
        source,
        marker,
        ..Requirement::new(found.name.clone())
    };
    let tool: PackageTool = tool_in(found.tool.as_ref());
    let mut package = Package {
        version: found.version.clone(),
        hashes: hashes_in(&found.origin),
        files,
        via: tool.via,
        index: tool.index,
        origin: found.index.clone(),
        released: tool.released,
        yanked: tool.yanked,
        because: tool.because,
        ..Package::unpinned(requirement, site)
    };
    package.date();
    Ok(package)
}

/// Returns the address of a commit, if it is one of git, in full, and not on this machine.
fn commit_in(vcs: &Vcs) -> Option<String> {
    let repository = vcs.url.as_ref().filter(|_| vcs.kind == "git")?;
    let mut url = format!("git+{repository}@{}", vcs.commit_id);
    if let Some(folder) = &vcs.subdirectory {
        url = format!("{url}#subdirectory={folder}");
    }
    Git::parse(&url).map(|_| url)
}

fn commit_out(git: Git) -> Vcs {
    Vcs {
        kind: "git".to_owned(),
        url: Some(git.repository),
        commit_id: git.commit,
        subdirectory: git.subdirectory,
        ..Vcs::default()
    }
}

fn file_in(file: &pylock::File) -> Option<File> {
    let hash = file.strong_hashes().into_iter().next()?;
    Some(File {
        name: file.filename()?.into_owned(),
        hash,
        size: file.size,
        url: file.url.clone(),
        uploaded: file.upload_time.as_ref().map(ToString::to_string),
    })
}

/// Returns every strong hash of every file, named or not.
fn hashes_in(origin: &Origin) -> BTreeSet<Hash> {
    let files: Vec<&pylock::File> = match origin {
        Origin::Distributions { sdist, wheels } => wheels.iter().chain(sdist).collect(),
        Origin::Archive(archive) => vec![&archive.file],
        Origin::Vcs(_) | Origin::Directory(_) => Vec::new(),
    };
    files.into_iter().flat_map(pylock::File::strong_hashes).collect()
}

fn unsupported(found: &pylock::Package, site: Site) -> Error {
    let reason = "a folder has no hash to check, nor has a repository without a commit in full".to_owned();
    Error::Unsupported {
        site,
        text: found.name.to_string(),
        reason,
    }
}

/// Puts a value under the key `reqlock` of a `tool` table.
fn tool_out(value: &impl Serialize) -> Table {
    let table = Table::try_from(value).unwrap_or_default();
    Table::from_iter([("reqlock".to_owned(), table.into())])
}

/// Takes the value under the key `reqlock` of a `tool` table; one of a later version counts as absent.
fn tool_in<T: Default + for<'de> Deserialize<'de>>(tool: Option<&Table>) -> T {
    let found = tool.and_then(|tool| tool.get("reqlock")).cloned();
    found.and_then(|value| value.try_into().ok()).unwrap_or_default()
}
