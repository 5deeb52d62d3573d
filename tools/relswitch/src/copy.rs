//! From a plain folder to the files of a release, for code that is in no repository.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use cli::Failure;
use wire::Kind;

use crate::app::{self, App, RELEASE_FILE};
use crate::extract::Extracted;

/// Checks that a folder can be staged, and returns it without links in its path.
pub(crate) fn source(app: &App, folder: &Path) -> Result<PathBuf, Failure> {
    let source = app::real(folder)?;
    let refuse = |why: &str, hint: &str| {
        let message = format!("{} {why}", folder.display());
        Err(Failure::new(Kind::Unsupported, message)
            .file(folder.display().to_string())
            .hint(hint))
    };
    if !source.is_dir() {
        return refuse("is not a folder", "name the folder with the code");
    }
    if source.join(".git").exists() {
        return refuse(
            "is a git repository",
            "push its commit into repo.git and stage that",
        );
    }
    if source.starts_with(app.root()) || app.root().starts_with(&source) {
        return refuse(
            "and the application lie in one another",
            "name a folder elsewhere",
        );
    }
    Ok(source)
}

/// Copies what is in `source` into the empty folder `place`.
pub(crate) fn tree(source: &Path, place: &Path) -> Result<Extracted, Failure> {
    let mut copied = Extracted::default();
    copy_folder(source, place, Path::new(""), &mut copied)?;
    Ok(copied)
}

fn copy_folder(source: &Path, place: &Path, relative: &Path, copied: &mut Extracted) -> Result<(), Failure> {
    for entry in fs_err::read_dir(source.join(relative))? {
        let path = relative.join(entry?.file_name());
        if path == Path::new(RELEASE_FILE) {
            return Err(refuse(&path, "is the name of relswitch's own file"));
        }
        copy_entry(source, place, path, copied)?;
    }
    Ok(())
}

fn copy_entry(source: &Path, place: &Path, path: PathBuf, copied: &mut Extracted) -> Result<(), Failure> {
    let (from, to) = (source.join(&path), place.join(&path));
    let found = fs_err::symlink_metadata(&from)?;
    if found.is_dir() {
        fs_err::create_dir(&to)?;
        fs_err::set_permissions(&to, PermissionsExt::from_mode(0o755))?;
        return copy_folder(source, place, &path, copied);
    }
    if found.is_symlink() {
        let target = fs_err::read_link(&from)?;
        fs_err::os::unix::fs::symlink(&target, &to)?;
        copied.links.push((path.clone(), target));
    } else if found.is_file() {
        let mode = if found.permissions().mode() & 0o111 == 0 {
            0o644
        } else {
            0o755
        };
        copied.bytes += fs_err::copy(&from, &to)?;
        fs_err::set_permissions(&to, PermissionsExt::from_mode(mode))?;
    } else {
        return Err(refuse(&path, "is neither file, folder nor link"));
    }
    copied.paths.insert(path);
    Ok(())
}

fn refuse(path: &Path, why: &str) -> Failure {
    Failure::new(Kind::Unsupported, format!("{} {why}", path.display())).file(path.display().to_string())
}
