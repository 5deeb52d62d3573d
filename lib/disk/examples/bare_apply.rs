//! The least that putting files durably in place can take, for `scripts/bench/etc`:
//! `bare_apply SOURCE ROOT STAGE` writes every file of SOURCE into STAGE, syncs, renames, syncs.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]

use std::path::{Path, PathBuf};

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let [source, root, stage] = &arguments[..] else {
        panic!("usage: bare_apply SOURCE ROOT STAGE");
    };
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    list(source, Path::new(""), &mut folders, &mut files);
    fs_err::create_dir(stage).unwrap();
    for (number, file) in files.iter().enumerate() {
        let content = fs_err::read(source.join(file)).unwrap();
        fs_err::write(stage.join(number.to_string()), content).unwrap();
    }
    disk::sync_filesystem(stage).unwrap();
    for folder in &folders {
        fs_err::create_dir(root.join(folder)).unwrap();
    }
    for (number, file) in files.iter().enumerate() {
        fs_err::rename(stage.join(number.to_string()), root.join(file)).unwrap();
    }
    disk::sync_filesystem(root).unwrap();
}

fn list(source: &Path, folder: &Path, folders: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(source.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            folders.push(path.clone());
            list(source, &path, folders, files);
        } else {
            files.push(path);
        }
    }
}
