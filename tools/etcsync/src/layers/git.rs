//! The commit that layers were checked out from.

use std::{
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use wire::etc::Git;

/// What git is told: to run nothing that the repository's own configuration names.
const SETTINGS: [&str; 2] = ["core.fsmonitor=false", "core.hooksPath=/dev/null"];

/// Returns commit and state of the checkout that all these files are in, or nothing.
///
/// Nobody depends on the answer, so whatever goes wrong is no answer.
pub(crate) fn of(files: &[PathBuf]) -> Option<Git> {
    let files: Vec<PathBuf> = files.iter().filter_map(|file| file.canonicalize().ok()).collect();
    let checkout = files
        .first()?
        .ancestors()
        .find(|folder| folder.join(".git").exists())?;
    let output = ask(checkout, &files).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let commit = text
        .split('\0')
        .find_map(|line| line.strip_prefix("# branch.oid "))?;
    Some(Git {
        commit: commit.to_owned(),
        dirty: text
            .split('\0')
            .any(|line| !line.is_empty() && !line.starts_with('#')),
    })
    .filter(|git| git.commit != "(initial)")
}

fn ask(checkout: &Path, files: &[PathBuf]) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        // A hook's own repository is not the one that we ask about.
        if name.as_encoded_bytes().starts_with(b"GIT_") {
            command.env_remove(name);
        }
    }
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .arg("--literal-pathspecs")
        .args([
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--untracked-files=normal",
            "--",
        ])
        .args(files)
        .current_dir(checkout)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    as_owner(checkout, &mut command);
    command
}

/// Root asks as the owner of the repository: its configuration can name programs, and they are not root's.
fn as_owner(checkout: &Path, command: &mut Command) {
    let Ok(owner) = fs_err::metadata(checkout.join(".git")) else {
        return;
    };
    if rustix::process::geteuid().is_root() && owner.uid() != 0 {
        command
            .uid(owner.uid())
            .gid(owner.gid())
            .env("HOME", "/nonexistent");
    }
}
