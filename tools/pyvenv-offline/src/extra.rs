//! What is installed beyond the lock: pip, and projects of one's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use build::{Builder, Source};
use cli::{Failure, Session};
use disk::Scratch;
use lock::{Lock, Package, fit};
use pyspec::direct_url::{DirectUrl, Kind as Origin};
use pyspec::hash::Algorithm;
use python::Interpreter;
use wheel::{Recorded, Unverified};
use wire::Kind;

use crate::args::{Args, Network};
use crate::choose::{Chosen, House};
use crate::input;
use crate::plan::folder_of_own;
use crate::requirements::{Locked, Requirements};

/// How long one hook of a build backend may run.
const LIMIT: Duration = Duration::from_secs(3600);

/// Puts the newest pip of the folder into a lock that has none.
pub(crate) fn add_pip(lock: &mut Lock, house: &House, interpreter: &Interpreter) -> Result<(), Failure> {
    let target = &interpreter.target;
    if lock
        .select(target)?
        .iter()
        .any(|package| package.name().as_str() == "pip")
    {
        return Ok(());
    }
    for (name, path) in house.newest("pip", target) {
        let file = Unverified::open(path)?;
        let hash = file.hash(Algorithm::Sha256)?;
        let wheel = file.into_wheel(Recorded::Strictly)?;
        if fit::fits(name, wheel.metadata().requires_python.as_ref(), target) {
            let mut package = Package::pinned(name.name.clone(), name.version.clone());
            package.hashes.insert(hash);
            lock.packages.push(package);
            return Ok(());
        }
    }
    let message = "no wheel of pip for this interpreter in the folder, and none in the lock";
    Err(Failure::new(Kind::NoWheel, message).hint("put one there, or leave --with-pip out"))
}

/// A project of one's own, built into a wheel.
struct Built {
    package: Package,
    wheel: PathBuf,
    origin: String,
}

/// The projects of one's own.
pub(crate) struct Own {
    /// What the wheels are in.
    _scratch: Option<Scratch>,
    built: Vec<Built>,
}

impl Own {
    /// Builds the projects that are asked for.
    pub(crate) fn build(
        args: &Args,
        destination: &Path,
        interpreter: &Interpreter,
        (house, lock): (&House, &Lock),
        session: &Session,
    ) -> Result<Self, Failure> {
        if args.source.is_empty() {
            return Ok(Self {
                _scratch: None,
                built: Vec::new(),
            });
        }
        let scratch = beside(destination)?;
        let requirements = Requirements {
            house,
            locked: locked(args, lock, session)?,
            target: &interpreter.target,
            session,
        };
        let built = build_all(args, destination, scratch.path(), interpreter, &requirements)?;
        Ok(Self {
            _scratch: Some(scratch),
            built,
        })
    }

    /// Opens the wheels.
    pub(crate) fn open(&self) -> Result<Vec<Chosen<'_>>, Failure> {
        let open = |built: &'_ Built| -> Result<_, Failure> {
            let file = Unverified::open(&built.wheel)?;
            let hash = file.hash(Algorithm::Sha256)?;
            Ok((file.into_wheel(Recorded::Strictly)?, hash))
        };
        let chosen = self.built.iter().map(|built| {
            let (wheel, hash) = open(built)?;
            Ok(Chosen {
                package: &built.package,
                wheel,
                hash,
                // It is built anew each time: nobody would ask for it again.
                is_storable: false,
                origin: Some(built.origin.clone()),
            })
        });
        chosen.collect()
    }
}

/// Makes the folder in which builds work, beside the environment; it goes when we do.
fn beside(destination: &Path) -> Result<Scratch, Failure> {
    let mut name = destination.file_name().unwrap_or_default().to_owned();
    name.push(".build");
    cli::on_interrupt(disk::remove_unfinished);
    Ok(Scratch::beside(&destination.with_file_name(name), 0o700)?)
}

/// Makes a folder in another one.
fn folder(parent: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = parent.join(name);
    fs_err::create_dir(&path)?;
    Ok(path)
}

/// Says which wheels builds may use: those of the lock for builds, if there is one.
fn locked(args: &Args, lock: &Lock, session: &Session) -> Result<Locked, Failure> {
    Ok(match &args.build_lock {
        Some(name) => Locked::Only(input::read(name, false, session)?),
        None => Locked::IfNamed(lock.clone()),
    })
}

/// Builds the projects, each into a wheel below the scratch folder.
fn build_all(
    args: &Args,
    destination: &Path,
    scratch: &Path,
    interpreter: &Interpreter,
    requirements: &Requirements,
) -> Result<Vec<Built>, Failure> {
    let builder = Builder {
        interpreter,
        wheels: requirements,
        scratch: &folder(scratch, "work")?,
        logs: &logs(scratch)?,
        network: match args.build_network {
            Network::Cut => build::Network::Cut,
            Network::Allow => build::Network::Allow,
        },
        allow_root: args.allow_root || cli::refuse_root(false).is_ok(),
        limit: LIMIT,
    };
    let wheels = folder(scratch, "wheels")?;
    let without = without(args, destination, scratch)?;
    let built = args.source.iter().map(|source| {
        let progress = requirements.session.progress();
        progress.note(&format!("building {}", source.display()));
        let source = folder_of_own(source)?;
        let folder = Source::Folder {
            path: &source,
            without: &without,
        };
        describe(&source, builder.wheel(folder, &wheels)?)
    });
    built.collect()
}

/// Describes a wheel that was built of a folder, as pip does (PEP 610).
fn describe(source: &Path, wheel: PathBuf) -> Result<Built, Failure> {
    let unusable = || {
        let message = format!("{} cannot be named in an address", source.display());
        Failure::new(Kind::Unsupported, message)
    };
    let name = wheel
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let name: pyspec::filename::WheelName = name
        .parse()
        .map_err(|error: pyspec::Error| Failure::new(Kind::BuildFailed, error.to_string()).file(name))?;
    let origin = DirectUrl {
        url: format!("file://{}", escaped(source.to_str().ok_or_else(unusable)?)),
        kind: Origin::Directory { editable: false },
        subdirectory: None,
    };
    Ok(Built {
        package: Package::pinned(name.name, name.version),
        wheel,
        origin: origin.to_json(),
    })
}

/// Escapes a path for an address.
fn escaped(path: &str) -> String {
    let letter = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(letter).collect()
}

/// Lists what is no part of a project although it may lie in its folder: wheels, environments in the making.
fn without(args: &Args, destination: &Path, scratch: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut without = vec![destination.to_owned(), scratch.to_owned()];
    if let Some(parent) = destination.parent() {
        let parent = fs_err::canonicalize(parent)?;
        for path in [destination, scratch] {
            without.extend(path.file_name().map(|name| parent.join(name)));
        }
    }
    for path in args.wheels.iter().chain(&args.store) {
        without.extend(fs_err::canonicalize(path));
    }
    Ok(without)
}

/// Returns the folder that logs stay in: with the caches, or else with the rest.
fn logs(scratch: &Path) -> Result<PathBuf, Failure> {
    let caches = crate::store::caches().map(|caches| caches.join("pydeploy/logs"));
    let made = caches.filter(|path| fs_err::create_dir_all(path).is_ok());
    if let Some(path) = made {
        return Ok(path);
    }
    folder(scratch, "logs")
}
