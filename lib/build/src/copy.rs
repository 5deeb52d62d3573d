//! Copying a project's folder, so that a backend cannot change it.

use std::path::{Path, PathBuf};

use crate::Error;

/// Copies files, folders and links; leaves out the paths in `without`, and what is neither.
pub(crate) fn folder(from: &Path, to: &Path, without: &[PathBuf]) -> Result<(), Error> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if without.contains(&path) {
            continue;
        }
        if kind.is_dir() {
            folder(&path, &place, without)?;
        } else if kind.is_symlink() {
            fs_err::os::unix::fs::symlink(fs_err::read_link(&path)?, &place)?;
        } else if kind.is_file() {
            fs_err::copy(&path, &place)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_copy_leaves_out_what_it_is_told_to() {
        let root = tempfile::tempdir().unwrap();
        let from = root.path().join("from");
        fs_err::create_dir_all(from.join("a/b")).unwrap();
        fs_err::create_dir_all(from.join("venv")).unwrap();
        fs_err::write(from.join("a/b/c.py"), "x").unwrap();
        fs_err::write(from.join("venv/big"), "x").unwrap();
        fs_err::os::unix::fs::symlink("/nowhere", from.join("link")).unwrap();
        let to = root.path().join("to");
        folder(&from, &to, &[from.join("venv")]).unwrap();
        assert_eq!(fs_err::read_to_string(to.join("a/b/c.py")).unwrap(), "x");
        assert_eq!(
            fs_err::read_link(to.join("link")).unwrap().to_str(),
            Some("/nowhere")
        );
        assert!(!to.join("venv").exists());
    }
}
