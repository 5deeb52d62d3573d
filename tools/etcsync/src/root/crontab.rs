//! The crontabs of users, which live in cron's spool and are put there by its own command.
//!
//! In a layer they are `crontabs/USER`. To the rest of the tool such a path is a file of mode
//! 0600 like any other; here is how it is read and written.

use crate::{place::Place, run::command};
use cli::Failure;
use etc::TreePath;
use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
    process::{Command, Stdio},
};
use wire::{
    Kind,
    etc::{Entry, Mode},
};

/// The folder of a layer that holds crontabs.
const FOLDER: &[u8] = b"crontabs";

/// Says whether a path of a layer is about crontabs: the folder, or the file of a user.
pub(crate) fn is_about(path: &TreePath) -> bool {
    path.as_bytes() == FOLDER || user(path).is_some()
}

/// Returns the user whose crontab a path stands for.
pub(crate) fn user(path: &TreePath) -> Option<String> {
    let is_in_it = path.folder() == FOLDER;
    is_in_it
        .then(|| String::from_utf8(path.name().to_vec()).ok())
        .flatten()
}

/// Says whether crontabs are applied: they belong to the host, so for root and `/etc` only.
pub(crate) fn are_applied(place: &Place) -> bool {
    place.is_etc() && place.privileged
}

/// Returns what stands in the crontab of a user.
pub(crate) fn entry(user: &str) -> Entry {
    match read(user) {
        Ok(None) => Entry::Absent,
        Ok(Some(content)) => Entry::File {
            digest: format!("sha256:{}", crate::tree::hash::sha256(&content)),
            size: Some(content.len() as u64),
            mode: Mode(0o600),
            uid: None,
            gid: None,
        },
        Err(why) => Entry::Unknown { why },
    }
}

/// Opens what stands in the crontab of a user.
pub(crate) fn open(user: &str) -> Result<File, Failure> {
    let content = read(user)
        .map_err(|why| Failure::new(Kind::Io, why))?
        .unwrap_or_default();
    let mut file = command::scratch()?;
    file.write_all(&content)?;
    file.rewind()?;
    Ok(file)
}

/// Replaces the crontab of a user.
pub(crate) fn install(user: &str, file: &Path) -> Result<(), Failure> {
    run(crontab(user).arg(file))
}

/// Removes the crontab of a user.
pub(crate) fn remove(user: &str) -> Result<(), Failure> {
    run(crontab(user).arg("-r"))
}

fn crontab(user: &str) -> Command {
    let mut command = command::prepare(
        &["crontab".to_owned(), "-u".to_owned(), user.to_owned()],
        Path::new("/etc"),
    );
    command.stdin(Stdio::null());
    command
}

fn read(user: &str) -> Result<Option<Vec<u8>>, String> {
    let output = crontab(user)
        .arg("-l")
        .output()
        .map_err(|error| format!("crontab: {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(Some(output.stdout)),
        false if words.contains("no crontab for") => Ok(None),
        false => Err(format!("crontab: {}", words.trim())),
    }
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::new(Kind::ApplyFailed, "crontab failed").cause(words))
}
