//! Writing the lock, in the form that each file's name asks for.

use cli::Failure;
use disk::{Durability, Staged};
use lock::Lock;
use pyspec::pylock::is_lock_name;
use std::path::{Path, PathBuf};
use wire::Kind;

/// Writes all outputs; each is there whole, or is what it was before. None gets its name before all are written.
pub(crate) fn all(outputs: &[PathBuf], lock: &Lock) -> Result<(), Failure> {
    let texts = outputs.iter().map(|path| Ok((path, form(path, lock)?)));
    let texts: Vec<(&PathBuf, String)> = texts.collect::<Result<_, Failure>>()?;
    cli::uninterrupted(|| {
        let mut staged = Vec::new();
        for (path, text) in &texts {
            // A folder that may be written but not read cannot be swept: that is no reason to fail.
            let _ = disk::sweep_files(path);
            if !fs_err::read(path).is_ok_and(|there| there == text.as_bytes()) {
                staged.push(Staged::new(path, text.as_bytes(), 0o644, Durability::Synced)?);
            }
        }
        staged.into_iter().try_for_each(Staged::commit)?;
        Ok(())
    })
}

fn form(path: &Path, lock: &Lock) -> Result<String, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".json") {
        let text = serde_json::to_string_pretty(&lock.to_document());
        let text = text.map_err(|error| Failure::new(Kind::Bug, error.to_string()))?;
        return Ok(format!("{text}\n"));
    }
    if is_lock_name(&name) {
        return Ok(lock.to_pylock().to_toml());
    }
    if name.ends_with(".toml") {
        let message = format!("{name} is not a name for a lock");
        return Err(Failure::new(Kind::Usage, message).hint("pylock.toml, or pylock.NAME.toml"));
    }
    Ok(lock.to_requirements())
}
