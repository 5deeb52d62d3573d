//! What the environment will consist of: the layout, and what the wheels bring.

use std::path::{Component, Path, PathBuf};

use cli::Failure;
use lock::{Header, Lock, without_credentials};
use pyspec::direct_url::{DirectUrl, Kind as Origin};
use pyspec::requirement::Source;
use python::Interpreter;
use python::venv::{self, Item, Options};
use wheel::{Order, Part};
use wire::Kind;

use crate::args::Args;
use crate::choose::Chosen;

/// Who installs, for the files INSTALLER.
const INSTALLER: &str = "pyvenv-offline";

/// The file in which an environment keeps the lock that it was made of.
pub(crate) const LOCK: &str = "requirements.lock";

/// The RECORD of what is in no wheel: of the environment itself.
pub(crate) const RECORD: &str = "RECORD";

/// The file that names the folders of own code.
pub(crate) const OWN_CODE: &str = "pyvenv-offline.pth";

/// An environment, decided to the last byte.
pub(crate) struct Plan<'a> {
    pub(crate) destination: PathBuf,
    pub(crate) items: Vec<Item>,
    pub(crate) parts: Vec<Part<'a>>,
    pub(crate) wheels: wheel::Plan,
    /// The `.pth` files, with the number of the part that brings each.
    pub(crate) pth: Vec<(usize, String)>,
}

/// Decides everything.
pub(crate) fn plan<'a>(
    args: &Args,
    destination: &Path,
    interpreter: &Interpreter,
    chosen: &'a [Chosen],
    header: &Header,
) -> Result<Plan<'a>, Failure> {
    let options = Options {
        prompt: args.prompt.clone(),
        system_site_packages: args.system_site_packages,
        activation: !args.no_activate,
        relocatable: args.relocatable,
        ..Options::new(destination)
    };
    let mut items = venv::plan(interpreter, &options);
    let lock = lock_of(chosen, header).into_bytes();
    items.push(Item::File {
        path: LOCK.to_owned(),
        content: lock,
    });
    if !args.path.is_empty() {
        let path = format!("{}/{OWN_CODE}", interpreter.facts().scheme.purelib);
        items.push(Item::File {
            path,
            content: own_code(&args.path)?,
        });
    }
    items.push(Item::File {
        path: RECORD.to_owned(),
        content: wheel::record_of(RECORD, items.iter().filter_map(recorded)),
    });
    let parts: Vec<Part> = chosen.iter().map(part).collect();
    let occupied: Vec<&str> = items
        .iter()
        .filter(|item| !matches!(item, Item::Folder(_)))
        .map(Item::path)
        .collect();
    let order = Order {
        parts: &parts,
        scheme: &interpreter.facts().scheme,
        python: &options.python_of_scripts(interpreter),
        installer: INSTALLER,
        occupied: &occupied,
        allowed_collisions: &args.allow_collision,
    };
    let wheels = wheel::plan(&order)?;
    Ok(Plan {
        destination: destination.to_owned(),
        pth: wheels.pth(&parts, &interpreter.facts().scheme.purelib),
        items,
        parts,
        wheels,
    })
}

fn recorded(item: &Item) -> Option<(&str, Option<&[u8]>)> {
    match item {
        Item::Folder(_) => None,
        Item::Link { path, .. } => Some((path, None)),
        Item::File { path, content } => Some((path, Some(content))),
    }
}

fn part<'a>(chosen: &'a Chosen) -> Part<'a> {
    Part {
        wheel: &chosen.wheel,
        requested: true,
        direct_url: chosen.origin.clone().or_else(|| direct_url(chosen)),
    }
}

/// Returns the real path of a folder of one's own.
pub(crate) fn folder_of_own(folder: &Path) -> Result<PathBuf, Failure> {
    if folder.exists() {
        return Ok(fs_err::canonicalize(folder)?);
    }
    let folder = folder.display().to_string();
    Err(Failure::new(Kind::NotFound, format!("no folder {folder}")).file(folder))
}

/// Lists folders of code, as Python reads them at its start.
fn own_code(folders: &[PathBuf]) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    for folder in folders {
        let path = folder_of_own(folder)?;
        let fits = path.to_str().is_some_and(|path| !path.contains(['\n', '\r']));
        if !path.is_dir() || !fits {
            let message = format!("{} is no folder that Python can be told of", folder.display());
            return Err(Failure::new(Kind::Unsupported, message).file(folder.display().to_string()));
        }
        text.extend_from_slice(path.as_os_str().as_encoded_bytes());
        text.push(b'\n');
    }
    Ok(text)
}

/// Writes the lock of exactly these wheels.
fn lock_of(chosen: &[Chosen], header: &Header) -> String {
    // Projects of one's own are in no folder of wheels.
    let locked = chosen.iter().filter(|one| one.origin.is_none());
    let package = |one: &Chosen| {
        let mut package = one.package.with_hash(one.hash.clone());
        if let Some(address) = package.address() {
            // Everybody may read the environment.
            package.requirement.source = Source::Url(without_credentials(&address));
        }
        package
    };
    let packages = locked.map(package).collect();
    Lock {
        header: header.clone(),
        packages,
        ..Lock::default()
    }
    .to_requirements()
}

/// Writes down the address of a package that comes from one, as pip does (PEP 610).
fn direct_url(chosen: &Chosen) -> Option<String> {
    let url = chosen.package.address()?;
    let hash = (chosen.hash.algorithm.name().to_owned(), chosen.hash.hex.clone());
    let kind = Origin::Archive {
        hashes: [hash].into(),
    };
    Some(
        DirectUrl {
            url,
            kind,
            subdirectory: None,
        }
        .to_json(),
    )
}

/// Returns the absolute path of the environment to be made, at which nothing may be.
pub(crate) fn destination(given: &Path) -> Result<PathBuf, Failure> {
    let path = std::path::absolute(given)?;
    let parent = path.parent().unwrap_or(Path::new("/")).to_owned();
    if !parent.is_dir() {
        let failure = Failure::new(Kind::NotFound, format!("no folder {}", parent.display()));
        return Err(failure.file(parent.display().to_string()).hint("make it first"));
    }
    let Some(name) = path.file_name().map(ToOwned::to_owned) else {
        return Err(exists(&path));
    };
    // What a link leads to is left as typed: scripts name the path that people use.
    let path = if path.components().any(|part| part == Component::ParentDir) {
        fs_err::canonicalize(&parent)?.join(name)
    } else {
        // Without a slash at the end.
        parent.join(name)
    };
    if path.symlink_metadata().is_ok() {
        return Err(exists(&path));
    }
    Ok(path)
}

fn exists(path: &Path) -> Failure {
    let path = path.display().to_string();
    Failure::new(Kind::DestinationExists, format!("{path} exists already")).file(path)
}
