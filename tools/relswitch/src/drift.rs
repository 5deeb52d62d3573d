//! How the files of a release differ from its commit.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cli::Failure;

use crate::app::App;
use crate::archive::{self, Content};
use crate::git::Git;
use crate::state;

/// Lists the tracked files of a release that were changed or removed. What a build added is none of them.
pub(crate) fn find(app: &App, git: &Git, id: &str) -> Result<Vec<String>, Failure> {
    let release = state::described(app, id)?;
    let folder = app.release(id);
    let mut drift = Vec::new();
    archive::of(git, &release.commit, |archive| {
        archive::each(archive, |item| {
            let is_shared = release.shared.iter().any(|shared| item.path.starts_with(shared));
            if !is_shared && !is_same(&folder.join(&item.path), item.content) {
                drift.push(item.path.display().to_string());
            }
            Ok(())
        })
    })?;
    Ok(drift)
}

fn is_same(path: &Path, content: Content<'_>) -> bool {
    match content {
        Content::Folder => path.is_dir(),
        Content::Link(target) => fs_err::read_link(path).is_ok_and(|found| found == target),
        Content::File {
            bytes, executable, ..
        } => {
            let Ok(found) = fs_err::symlink_metadata(path) else {
                return false;
            };
            let is_executable = found.permissions().mode() & 0o100 != 0;
            found.is_file() && is_executable == executable && same_bytes(path, bytes)
        }
    }
}

fn same_bytes(path: &Path, expected: &mut dyn Read) -> bool {
    let mut wanted = Vec::new();
    expected.read_to_end(&mut wanted).is_ok() && fs_err::read(path).is_ok_and(|found| found == wanted)
}
