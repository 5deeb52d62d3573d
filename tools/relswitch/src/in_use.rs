//! Which releases processes use: what `/proc` shows of working folders, programs, open and mapped files.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use cli::Failure;

/// What the processes of this machine use.
#[derive(Debug, Default)]
pub(crate) struct InUse {
    /// The processes of each release that is used.
    pub(crate) releases: BTreeMap<String, BTreeSet<u32>>,
    /// How many processes could not be looked at: another user's, mostly.
    pub(crate) unreadable: u64,
}

/// Looks at every process. `releases` is the folder of the releases, without links in it.
pub(crate) fn scan(releases: &Path) -> Result<InUse, Failure> {
    let mut found = InUse::default();
    for entry in fs_err::read_dir("/proc")? {
        let entry = entry?;
        let Some(process) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        // Reloads of ours have ended by now, and what we ourselves have open is no use.
        if process != std::process::id() {
            look(&entry.path(), process, releases, &mut found);
        }
    }
    Ok(found)
}

/// Looks at one process. One that ends meanwhile uses nothing.
fn look(folder: &Path, process: u32, releases: &Path, found: &mut InUse) {
    let command_line = fs_err::read(folder.join("cmdline")).unwrap_or_default();
    if command_line.is_empty() {
        // A thread of the kernel, or a process that has ended.
        return;
    }
    let mut paths: Vec<Vec<u8>> = command_line
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect();
    let mut refused = false;
    for name in ["cwd", "exe", "root"] {
        link(&folder.join(name), &mut paths, &mut refused);
    }
    match fs_err::read_dir(folder.join("fd")) {
        Ok(open) => open
            .flatten()
            .for_each(|file| link(&file.path(), &mut paths, &mut refused)),
        Err(error) => refused |= error.kind() == std::io::ErrorKind::PermissionDenied,
    }
    match fs_err::read(folder.join("maps")) {
        Ok(maps) => paths.extend(maps.split(|byte| *byte == b'\n').filter_map(mapped)),
        Err(error) => refused |= error.kind() == std::io::ErrorKind::PermissionDenied,
    }
    for path in &paths {
        for id in releases_in(path, releases) {
            found.releases.entry(id).or_default().insert(process);
        }
    }
    found.unreadable += u64::from(refused);
}

fn link(path: &Path, paths: &mut Vec<Vec<u8>>, refused: &mut bool) {
    match fs_err::read_link(path) {
        Ok(target) => paths.push(target.as_os_str().as_bytes().to_vec()),
        Err(error) => *refused |= error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}

/// Returns the path at the end of a line of `maps`.
fn mapped(line: &[u8]) -> Option<Vec<u8>> {
    line.iter()
        .position(|byte| *byte == b'/')
        .map(|start| line[start..].to_vec())
}

/// Returns the releases that a path, or an argument with a path in it (`--chdir=/…`), names.
fn releases_in(text: &[u8], releases: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let prefix = format!("{}/", releases.display());
    let after = text
        .match_indices(&prefix)
        .map(|(start, _)| &text[start + prefix.len()..]);
    let ids = after.filter_map(|rest| rest.split(['/', ' ', ':', ',', '\'', '"', ';']).next());
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_in_paths_and_arguments() {
        let found = |text: &str| releases_in(text.as_bytes(), Path::new("/srv/app/releases"));
        assert_eq!(found("/srv/app/releases/a/venv/bin/python"), ["a"]);
        assert_eq!(found("/srv/app/releases/a"), ["a"]);
        assert_eq!(found("/srv/app/releases/a (deleted)"), ["a"]);
        assert_eq!(
            found("--path=/srv/app/releases/a:/srv/app/releases/b"),
            ["a", "b"]
        );
        assert_eq!(found("/srv/app/releases"), [""; 0]);
        assert_eq!(found("/srv/app/current/x"), [""; 0]);
    }
}
