//! Which wheel of the folder answers which package of the lock: by name, version, tags and hash.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use cli::Failure;
use lock::Package;
use lock::fit::{self, Rank};
use pyspec::filename::WheelName;
use pyspec::hash::{Algorithm, Hash};
use pyspec::name::canonicalize;
use pyspec::target::Target;
use wheel::{Recorded, Store, Unverified, Wheel};
use wire::Kind;
use wire::wheelhouse::Wheelhouse;

use crate::trouble::Trouble;

/// The wheels of a folder, by the normalised name of the project.
pub(crate) struct House {
    folder: PathBuf,
    manifest: Option<Wheelhouse>,
    wheels: HashMap<String, Vec<(WheelName, PathBuf)>>,
}

/// A package, and the wheels that fit, the best first.
pub(crate) struct Choice<'a> {
    pub(crate) package: &'a Package,
    candidates: Vec<PathBuf>,
    /// Hashes of wheels that the manifest says were built of what the lock names.
    built: BTreeSet<Hash>,
}

/// A wheel that is the one in the lock.
pub(crate) struct Chosen<'a> {
    pub(crate) package: &'a Package,
    pub(crate) wheel: Wheel,
    /// The sha256 of the wheel.
    pub(crate) hash: Hash,
    /// Whether it may be put into the store: its RECORD was asked.
    pub(crate) is_storable: bool,
    /// The text of `direct_url.json`, if it is a project of one's own.
    pub(crate) origin: Option<String>,
}

impl House {
    /// Looks into a folder. Files that are no wheels, or not named like one, are passed over.
    ///
    /// With `trust_manifest` a wheel counts as locked, too, if the folder's own wheelhouse.json says that it
    /// was built of a source distribution that the lock names.
    pub(crate) fn open(folder: &Path, trust_manifest: bool) -> Result<Self, Failure> {
        let manifest = if trust_manifest {
            Some(manifest(folder)?)
        } else {
            None
        };
        let entries = fs_err::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        let mut wheels: HashMap<String, Vec<_>> = HashMap::new();
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.and_then(|name| name.parse::<WheelName>().ok()) {
                wheels
                    .entry(name.name.to_string())
                    .or_default()
                    .push((name, path));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            wheels,
        })
    }

    /// Finds the wheels that may answer a package.
    pub(crate) fn choose<'a>(&self, package: &'a Package, target: &Target) -> Result<Choice<'a>, Failure> {
        let name = package.name().as_str();
        let named = self.wheels.get(name).map(Vec::as_slice).unwrap_or_default();
        let right = |wheel: &WheelName| package.version.as_ref().is_none_or(|pin| *pin == wheel.version);
        let mut fitting: Vec<(Rank, PathBuf)> = Vec::new();
        let mut misfits = Vec::new();
        for (wheel, path) in named.iter().filter(|(wheel, _)| right(wheel)) {
            match fit::judge(wheel, None, target) {
                Ok(rank) => fitting.push((rank, path.clone())),
                Err(misfit) => misfits.push(format!("{}: {misfit}", file_name(path))),
            }
        }
        if fitting.is_empty() {
            return Err(self.no_wheel(package, named, misfits));
        }
        fitting.sort();
        Ok(Choice {
            package,
            candidates: fitting.into_iter().map(|(_, path)| path).collect(),
            built: self.built(package),
        })
    }

    /// Lists the wheels of a project that fit, the newest version first and of each the best; pre-releases last.
    pub(crate) fn newest(&self, project: &str, target: &Target) -> Vec<(&WheelName, &Path)> {
        let named = self.wheels.get(project).map(Vec::as_slice).unwrap_or_default();
        let fitting = named.iter().filter_map(|(wheel, path)| {
            let rank = fit::judge(wheel, None, target).ok()?;
            Some((
                wheel.version.is_prerelease(),
                Reverse(&wheel.version),
                rank,
                wheel,
                path.as_path(),
            ))
        });
        let mut fitting: Vec<_> = fitting.collect();
        fitting.sort_by(|one, other| (one.0, &one.1, &one.2).cmp(&(other.0, &other.1, &other.2)));
        fitting
            .into_iter()
            .map(|(.., wheel, path)| (wheel, path))
            .collect()
    }

    fn built(&self, package: &Package) -> BTreeSet<Hash> {
        let files = self.manifest.iter().flat_map(|manifest| &manifest.files);
        let of_lock = files.filter(|file| {
            let source = file
                .built
                .as_ref()
                .and_then(|built| built.hash.parse::<Hash>().ok());
            source.is_some_and(|source| package.allows(&source))
        });
        of_lock.filter_map(|file| file.hash.parse().ok()).collect()
    }

    fn no_wheel(&self, package: &Package, named: &[(WheelName, PathBuf)], misfits: Vec<String>) -> Failure {
        let message = format!(
            "no wheel for {} in {}",
            lock::without_credentials(&package.requirement.to_string()),
            self.folder.display()
        );
        let failure = Failure::new(Kind::NoWheel, message);
        let mut causes = misfits;
        if causes.is_empty() {
            causes.extend(
                named
                    .iter()
                    .map(|(_, path)| format!("there is {}", file_name(path))),
            );
        }
        causes.sort();
        let failure = causes.into_iter().fold(failure, Failure::cause);
        failure.hint("fill the folder with pyfetch for this interpreter")
    }
}

impl<'a> Choice<'a> {
    /// The size of the best candidate, to begin with the large ones.
    pub(crate) fn size(&self) -> u64 {
        self.candidates
            .first()
            .and_then(|path| fs_err::metadata(path).ok())
            .map_or(0, |found| found.len())
    }

    /// Opens the best wheel that is in the lock by its hash: as it is in the store, or else from its file.
    ///
    /// What RECORD says is not asked of the distributions in `allow_record`.
    pub(crate) fn open(self, allow_record: &[String], store: Option<&Store>) -> Result<Chosen<'a>, Trouble> {
        let package = self.package;
        let mut found = Vec::new();
        for path in &self.candidates {
            if let Some((wheel, hash)) = self.stored(path, store)? {
                return Ok(Chosen {
                    package,
                    wheel,
                    hash,
                    is_storable: true,
                    origin: None,
                });
            }
            let file = Unverified::open(path)?;
            match self.hash(&file, path, &mut found)? {
                Some(hash) => return self.unpacked(file, hash, allow_record),
                None => continue,
            }
        }
        Err(mismatch(package, &found).into())
    }

    /// Looks for a wheel in the store: by the file's name, and a hash in the lock. The file is not read.
    fn stored(&self, path: &Path, store: Option<&Store>) -> Result<Option<(Wheel, Hash)>, Trouble> {
        let Some(store) = store else { return Ok(None) };
        let hashes = self.package.hashes.iter().chain(&self.built);
        for hash in hashes.filter(|hash| hash.algorithm == Algorithm::Sha256) {
            if let Some(wheel) = store.find(hash, path)? {
                return Ok(Some((wheel, hash.clone())));
            }
        }
        Ok(None)
    }

    /// Returns the sha256 of a file that is in the lock; notes the hash of another one.
    fn hash(
        &self,
        file: &Unverified,
        path: &Path,
        found: &mut Vec<(PathBuf, Hash)>,
    ) -> Result<Option<Hash>, Trouble> {
        for algorithm in algorithms(self.package) {
            let hash = file.hash(algorithm)?;
            if self.package.allows(&hash) || self.built.contains(&hash) {
                return Ok(Some(match algorithm {
                    Algorithm::Sha256 => hash,
                    _ => file.hash(Algorithm::Sha256)?,
                }));
            }
            found.push((path.to_owned(), hash));
        }
        Ok(None)
    }

    fn unpacked(self, file: Unverified, hash: Hash, allow_record: &[String]) -> Result<Chosen<'a>, Trouble> {
        let is_allowed = |name: &String| canonicalize(name) == self.package.name().as_str();
        let recorded = if allow_record.iter().any(is_allowed) {
            Recorded::Anyhow
        } else {
            Recorded::Strictly
        };
        Ok(Chosen {
            package: self.package,
            wheel: file.into_wheel(recorded)?,
            hash,
            is_storable: recorded == Recorded::Strictly,
            origin: None,
        })
    }
}

/// The algorithms that the lock's hashes of a package use, the usual one first.
fn algorithms(package: &Package) -> Vec<Algorithm> {
    let used = |algorithm: &Algorithm| package.hashes.iter().any(|hash| hash.algorithm == *algorithm);
    Algorithm::ALL.into_iter().filter(used).collect()
}

fn manifest(folder: &Path) -> Result<Wheelhouse, Failure> {
    let path = folder.join("wheelhouse.json");
    let bytes = fs_err::read(&path).map_err(|error| unreadable(&path, &error))?;
    let shown = path.display().to_string();
    wire::read(&bytes).map_err(|error| Failure::new(Kind::BadDocument, error.to_string()).file(shown))
}

fn mismatch(package: &Package, found: &[(PathBuf, Hash)]) -> Failure {
    let expected: Vec<String> = package.hashes.iter().map(ToString::to_string).collect();
    let Some((path, hash)) = found.first() else {
        return Failure::new(
            Kind::MissingHash,
            format!("{} has no usable hash", package.name()),
        );
    };
    let message = format!(
        "{}: expected {}, found {hash}",
        file_name(path),
        expected.join(" or ")
    );
    let failure = Failure::new(Kind::HashMismatch, message).file(path.display().to_string());
    let others = found
        .iter()
        .skip(1)
        .map(|(path, hash)| format!("{}: {hash}", file_name(path)));
    others.fold(failure, Failure::cause)
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Failure {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Kind::NotFound,
        _ => Kind::of_io(error),
    };
    Failure::new(kind, error.to_string()).file(folder.display().to_string())
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
