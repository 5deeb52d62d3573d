//! Bytecode of the folders of one's own code, where they are.
//!
//! They are the user's, and may be edited: so bytecode is always compared with its source by hash, what is there
//! already stays, and whatever is in the way is no failure. Python makes what is missing as it needs it.

use std::path::{Path, PathBuf};

use cli::Session;
use disk::{Durability, Scratch};
use python::{Interpreter, Invalidation, Outcome, Source, Way};

use crate::apply::Ways;

/// Where Python keeps bytecode, in the folder of the modules.
const CACHE: &str = "__pycache__";

/// Compiles the modules of the folders that have no bytecode yet.
pub(crate) fn compile(folders: &[PathBuf], interpreter: &Interpreter, ways: &Ways, session: &Session) {
    if ways.bytecode.is_none() || interpreter.facts().cache_tag.is_empty() {
        return;
    }
    for folder in folders {
        if let Err(error) = compile_one(folder, interpreter, ways, session) {
            let note = format!("{} is not compiled: {error}", folder.display());
            session.progress().note(&note);
        }
    }
}

fn compile_one(
    folder: &Path,
    interpreter: &Interpreter,
    ways: &Ways,
    session: &Session,
) -> Result<(), python::Error> {
    let folder = &fs_err::canonicalize(folder)?;
    let modules = modules(folder, &interpreter.facts().cache_tag)?;
    if modules.is_empty() {
        return Ok(());
    }
    let scratch = Scratch::beside(&folder.join("bytecode"), 0o700)?;
    let source = |(number, module): (usize, &Module)| Source {
        path: module.path.clone(),
        target: scratch.path().join(number.to_string()),
        name: module.path.to_string_lossy().into_owned(),
        size: module.size,
    };
    let sources: Vec<Source> = modules.iter().enumerate().map(source).collect();
    let way = Way {
        invalidation: Invalidation::CheckedHash,
        mode: 0o644,
        modified: wheel::MODIFIED,
        workers: ways.threads,
        progress: session.progress(),
    };
    let outcomes = python::compile(interpreter, &sources, &way)?;
    for ((module, source), outcome) in modules.iter().zip(&sources).zip(outcomes) {
        if matches!(outcome, Outcome::Made { .. }) {
            publish(&source.target, &module.bytecode);
        }
    }
    if ways.durability == Durability::Synced {
        disk::sync_filesystem(folder)?;
    }
    Ok(())
}

/// Gives a file of bytecode its place; one that Python has made meanwhile is the same.
fn publish(made: &Path, place: &Path) {
    _ = place.parent().map(fs_err::create_dir);
    _ = fs_err::rename(made, place);
}

/// A module without bytecode.
struct Module {
    path: PathBuf,
    bytecode: PathBuf,
    size: u64,
}

/// Lists the modules below a folder that have no bytecode, but for what is no part of the code: environments, and
/// whatever begins with a dot.
fn modules(folder: &Path, tag: &str) -> std::io::Result<Vec<Module>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            let name = name.to_string_lossy();
            let about = entry.symlink_metadata()?;
            if name.starts_with('.') || name == CACHE {
                continue;
            }
            if about.is_dir() && !entry.join("pyvenv.cfg").exists() {
                folders.push(entry);
            } else if let (true, Some(stem)) = (about.is_file(), name.strip_suffix(".py")) {
                let bytecode = folder.join(CACHE).join(format!("{stem}.{tag}.pyc"));
                let is_due = !bytecode.exists();
                found.extend(is_due.then_some(Module {
                    path: entry,
                    bytecode,
                    size: about.len(),
                }));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}
