//! Which releases processes use: what `/proc` shows of working folders, programs, open and mapped files.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use cli::Failure;
use disk::Dir;

/// How many threads look; most of the work is the kernel's.
const THREADS: usize = 4;

/// How much of a file of `/proc` is asked for at once. The kernel makes a page at a time, whatever is asked for.
const CHUNK: usize = 16 * 1024;

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
    let names = Dir::open(Path::new("/proc"))?.names()?;
    let number = |name: &std::ffi::OsString| name.to_str().and_then(|name| name.parse::<u32>().ok());
    // What we ourselves have open is no use.
    let processes: Vec<u32> = names
        .iter()
        .filter_map(number)
        .filter(|id| *id != std::process::id())
        .collect();
    let share = processes.len().div_ceil(THREADS).max(1);
    let found = std::thread::scope(|scope| {
        let threads: Vec<_> = processes
            .chunks(share)
            .map(|some| scope.spawn(|| look_at(some, releases)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    Ok(found.into_iter().fold(InUse::default(), InUse::with))
}

impl InUse {
    fn with(mut self, other: Self) -> Self {
        for (id, processes) in other.releases {
            self.releases.entry(id).or_default().extend(processes);
        }
        self.unreadable += other.unreadable;
        self
    }
}

fn look_at(processes: &[u32], releases: &Path) -> InUse {
    let mut found = InUse::default();
    let mut look = Look {
        buffer: vec![0; CHUNK],
        paths: Vec::new(),
        refused: false,
    };
    for process in processes {
        look.at(Path::new(&format!("/proc/{process}")));
        for path in look.paths.drain(..) {
            for id in releases_in(&path, releases) {
                found.releases.entry(id).or_default().insert(*process);
            }
        }
        found.unreadable += u64::from(std::mem::take(&mut look.refused));
    }
    found
}

/// A look at one process after another.
struct Look {
    buffer: Vec<u8>,
    /// What the process was seen to use.
    paths: Vec<Vec<u8>>,
    /// Whether some of it may not be seen.
    refused: bool,
}

impl Look {
    /// Looks at one process. One that ends meanwhile uses nothing.
    fn at(&mut self, folder: &Path) {
        let Ok(process) = Dir::open(folder) else { return };
        let command_line = self.read(&process, "cmdline");
        if command_line.is_empty() {
            // A thread of the kernel, or a process that has ended.
            return;
        }
        self.paths
            .extend(command_line.split(|byte| *byte == 0).map(<[u8]>::to_vec));
        for name in ["cwd", "exe", "root"] {
            self.link(&process, OsStr::new(name));
        }
        if self.refused {
            // The rest is guarded in the same way.
            return;
        }
        if let Some(open) = self.granted(process.folder(OsStr::new("fd"))) {
            for name in self.granted(open.names()).unwrap_or_default() {
                self.link(&open, &name);
            }
        }
        let maps = self.read(&process, "maps");
        self.paths
            .extend(maps.split(|byte| *byte == b'\n').filter_map(mapped));
    }

    fn link(&mut self, folder: &Dir, name: &OsStr) {
        if let Some(target) = self.granted(folder.read_link(name)) {
            self.paths.push(target.as_os_str().as_bytes().to_vec());
        }
    }

    fn read(&mut self, folder: &Dir, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Some(mut file) = self.granted(folder.open_file(OsStr::new(name))) else {
            return bytes;
        };
        while let Ok(length @ 1..) = file.read(&mut self.buffer) {
            bytes.extend_from_slice(&self.buffer[..length]);
        }
        bytes
    }

    /// Returns what was seen, and notes if it may not be.
    fn granted<T>(&mut self, result: Result<T, disk::Error>) -> Option<T> {
        if let Err(disk::Error::Io { source, .. }) = &result {
            self.refused |= source.kind() == std::io::ErrorKind::PermissionDenied;
        }
        result.ok()
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
