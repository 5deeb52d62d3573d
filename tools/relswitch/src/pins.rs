//! Pins: a ref for each release, so that its commit is not collected as garbage.

use std::path::Path;

use cli::Failure;

use crate::git::{self, Git};
use crate::local;

/// Where releases' commits are pinned, each by the release's id.
const PINS: &str = "refs/relswitch";

impl Git {
    /// Keeps a commit from being collected as garbage while the release is there.
    pub(crate) fn pin(&self, id: &str, commit: &str) -> Result<(), Failure> {
        self.text("cannot pin the commit", &["update-ref", &pin_name(id), commit])
            .map(drop)
    }

    /// Lets the commits of releases go. A pin that is gone already is fine.
    pub(crate) fn unpin<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> Result<(), Failure> {
        let deletions: String = ids
            .into_iter()
            .map(|id| format!("delete {}\n", pin_name(id)))
            .collect();
        if deletions.is_empty() {
            return Ok(());
        }
        let output = git::fed(self.command().args(["update-ref", "--stdin"]), &deletions)?;
        if output.status.success() {
            return Ok(());
        }
        Err(git::failed("cannot unpin commits", &output.stderr))
    }

    /// Lists the releases whose commits are pinned.
    pub(crate) fn pinned(&self) -> Result<Vec<String>, Failure> {
        let format = "--format=%(refname:lstrip=2)";
        let text = self.text("cannot list pinned commits", &["for-each-ref", format, PINS])?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

fn pin_name(id: &str) -> String {
    format!("{PINS}/{id}")
}

/// Removes the locks of pins that a killed git left. Nobody but us, who hold the application's lock, makes pins.
pub(crate) fn sweep_locks(repository: &Path) {
    let folders = [PINS, local::KEPT].map(|refs| fs_err::read_dir(repository.join(refs)));
    for entry in folders.into_iter().flatten().flatten().flatten() {
        if entry.path().extension().is_some_and(|end| end == "lock") {
            // What cannot be removed is told by the git that finds it.
            let _ = fs_err::remove_file(entry.path());
        }
    }
}
