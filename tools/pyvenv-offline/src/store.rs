//! The store: which one, and the commands about it.

use std::path::{Path, PathBuf};

use cli::{Done, Failure, Output, Page, Report, Session};
use serde::Serialize;
use wheel::Store;
use wheel::store::Entry;
use wire::Kind;
use wire::store::{Damaged, Stored, Stores};

use crate::args::Args;

/// Opens the store that is to be used; `None` for none.
///
/// The user's own store is a convenience: where it cannot be, an environment is made without it.
pub(crate) fn open(args: &Args, session: &Session) -> Result<Option<Store>, Failure> {
    if args.no_store {
        return Ok(None);
    }
    if let Some(path) = &args.store {
        return Ok(Some(Store::open(&std::path::absolute(path)?)?));
    }
    let Some(path) = of_user() else { return Ok(None) };
    match Store::open(&path) {
        Ok(store) => Ok(Some(store)),
        Err(wheel::Error::Io(error)) if is_elsewhere(&error) => {
            session.progress().note(&format!("without a store: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_elsewhere(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Io;
    matches!(
        error.kind(),
        Io::PermissionDenied | Io::ReadOnlyFilesystem | Io::NotADirectory | Io::NotFound
    )
}

/// Returns where the user's store is: in the folder of caches.
fn of_user() -> Option<PathBuf> {
    Some(caches()?.join("pyvenv-offline"))
}

/// Returns the user's folder of caches.
pub(crate) fn caches() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}

fn path(args: &Args) -> Result<PathBuf, Failure> {
    let named = args.store.as_deref().map(std::path::absolute).transpose()?;
    let none = || Failure::new(Kind::Usage, "there is no folder of caches").hint("name one with --store");
    named.or_else(of_user).ok_or_else(none)
}

/// Lists what is in the store.
pub(crate) fn list(args: &Args) -> Result<Done, Failure> {
    let store = Store::open(&path(args)?)?;
    Ok(Done::Yes(Output::report(Said::of(
        store.path(),
        &store.entries()?,
    ))))
}

/// Removes what no environment has links to.
pub(crate) fn prune(args: &Args) -> Result<Done, Failure> {
    let store = Store::open_alone(&path(args)?)?;
    let removed = store.prune()?;
    let mut said = Said::of(store.path(), &store.entries()?);
    said.0.removed = removed.iter().map(stored).collect();
    Ok(Done::Yes(Output::report(said)))
}

/// Compares everything with its hashes.
pub(crate) fn verify(args: &Args, threads: usize) -> Result<Done, Failure> {
    let store = Store::open(&path(args)?)?;
    let found = store.verify(threads)?;
    let mut said = Said::of(store.path(), &store.entries()?);
    said.0.verified = Some(found.files);
    said.0.damaged = found
        .damages
        .into_iter()
        .map(|damage| Damaged {
            path: damage.path.display().to_string(),
            why: damage.why,
        })
        .collect();
    let is_well = said.0.damaged.is_empty();
    let output = Output::report(said);
    Ok(if is_well {
        Done::Yes(output)
    } else {
        Done::No(output)
    })
}

fn stored(entry: &Entry) -> Stored {
    Stored {
        hash: format!("sha256:{}", entry.sha256),
        wheel: entry.wheel.clone(),
        files: entry.files,
        bytes: entry.bytes,
        bytecode: entry.bytecode.clone(),
        used: entry.used,
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Said(Stores);

impl Said {
    fn of(path: &Path, entries: &[Entry]) -> Self {
        Self(Stores {
            path: path.display().to_string(),
            wheels: entries.iter().map(stored).collect(),
            ..Stores::default()
        })
    }
}

impl Report for Said {
    fn people(&self, page: &mut Page) {
        let Stores {
            path,
            wheels,
            removed,
            verified,
            damaged,
            ..
        } = &self.0;
        let bytes: u64 = wheels.iter().map(|one| one.bytes).sum();
        let files: u64 = wheels.iter().map(|one| one.files).sum();
        let count = cli::counted(wheels.len(), "wheel");
        page.line(format!(
            "{path}: {count}, {files} files, {:.1} MB",
            megabytes(bytes)
        ));
        if let Some(files) = verified {
            page.line(format!("{files} files read, {} damaged", damaged.len()));
            page.table(
                &damaged
                    .iter()
                    .map(|one| vec![one.path.clone(), one.why.clone()])
                    .collect::<Vec<_>>(),
            );
            return;
        }
        let mut rows: Vec<_> = wheels.iter().map(row).collect();
        rows.sort();
        page.table(&rows);
        if !removed.is_empty() {
            let bytes: u64 = removed.iter().map(|one| one.bytes).sum();
            let count = cli::counted(removed.len(), "wheel");
            page.line(format!("{count} removed, {:.1} MB", megabytes(bytes)));
        }
    }
}

fn row(one: &Stored) -> Vec<String> {
    let name = one.wheel.clone().unwrap_or_else(|| "damaged".to_owned());
    let used = if one.used { "in use" } else { "unused" };
    let size = format!("{:.1} MB", megabytes(one.bytes));
    vec![name, used.to_owned(), size, one.bytecode.join(" ")]
}

#[expect(clippy::cast_precision_loss, reason = "for people, to one decimal")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
