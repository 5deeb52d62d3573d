//! Which releases processes use: what `/proc` shows of working folders, programs, open and mapped files.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use cli::Failure;
use memchr::memmem::Finder;
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::{Errno, read};

/// How much is asked for at once; a path is never longer, and the kernel makes a page at a time.
const CHUNK: usize = 8 * 1024;

/// What ends a release's name where it stands in a text.
const ENDS: &[u8] = b"/ :,'\";\n\0";

/// How the end of a file shows: what is in `/proc` has no length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// By a read that brings less than was asked for.
    Short,
    /// By a read that brings nothing: each of them brings as many lines as make a page.
    Empty,
}

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
    let proc = open(CWD, "/proc", OFlags::DIRECTORY).map_err(std::io::Error::from)?;
    let processes = processes(&proc);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let found = threads::all(threads, || {
        let take = || processes.get(next.fetch_add(1, Ordering::Relaxed));
        Look::new(&proc, releases).at_all(std::iter::from_fn(take))
    });
    Ok(found.into_iter().fold(InUse::default(), InUse::with))
}

/// Lists the processes but for this one: what we ourselves have open is no use.
fn processes(proc: &OwnedFd) -> Vec<u32> {
    let own = std::process::id();
    let mut found = Vec::new();
    each_name(proc, |name| {
        let number = std::str::from_utf8(name)
            .ok()
            .and_then(|name| name.parse::<u32>().ok());
        found.extend(number.filter(|number| *number != own));
    });
    found
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

/// A look at one process after another. There may be thousands, so it spares calls and memory.
struct Look<'a> {
    proc: &'a OwnedFd,
    needle: Finder<'static>,
    buffer: Vec<u8>,
    process: u32,
    /// Whether something of this process may not be seen.
    refused: bool,
    found: InUse,
}

impl<'a> Look<'a> {
    fn new(proc: &'a OwnedFd, releases: &Path) -> Self {
        let mut needle = releases.as_os_str().as_bytes().to_vec();
        needle.push(b'/');
        Self {
            proc,
            needle: Finder::new(&needle).into_owned(),
            buffer: vec![0; CHUNK],
            process: 0,
            refused: false,
            found: InUse::default(),
        }
    }

    fn at_all<'p>(mut self, processes: impl Iterator<Item = &'p u32>) -> InUse {
        for process in processes {
            self.process = *process;
            self.refused = false;
            self.at();
            self.found.unreadable += u64::from(self.refused);
        }
        self.found
    }

    /// Looks at one process. One that ends meanwhile uses nothing.
    fn at(&mut self) {
        let (process, proc) = (self.process, self.proc);
        // A thread of the kernel, or a process that has ended, has no command line.
        if self.text(&format!("{process}/cmdline"), End::Short) == 0 {
            return;
        }
        // The program is asked for although it is mapped: one that unpacks itself has unmapped it.
        for name in ["exe", "cwd", "root"] {
            self.link(proc, format!("{process}/{name}"));
            if self.refused {
                // The rest is guarded in the same way.
                return;
            }
        }
        self.open_files();
        self.text(&format!("{process}/maps"), End::Empty);
    }

    fn open_files(&mut self) {
        let folder = open(self.proc, &format!("{}/fd", self.process), OFlags::DIRECTORY);
        if let Some(folder) = self.granted(folder) {
            each_name(&folder, |name| self.link(&folder, name));
        }
    }

    /// Reads a link, and notes the release that it leads into.
    fn link(&mut self, folder: &OwnedFd, name: impl rustix::path::Arg) {
        let length = readlinkat_raw(folder, name, self.buffer.as_mut_slice());
        if let Some(length) = self.granted(length) {
            self.note(length);
        }
    }

    /// Reads a file, notes the releases that it names, and returns its length.
    fn text(&mut self, name: &str, end: End) -> usize {
        let file = open(self.proc, name, OFlags::empty());
        let Some(file) = self.granted(file) else { return 0 };
        let (mut kept, mut total, mut ended) = (0, 0, false);
        while !ended && let Ok(length @ 1..) = read(&file, &mut self.buffer[kept..]) {
            total += length;
            let filled = kept + length;
            ended = end == End::Short && filled < CHUNK;
            kept = self.note_complete(filled);
        }
        self.note(kept);
        total
    }

    /// Notes what complete lines name, and moves the rest to the start: its end may be the beginning of a name.
    ///
    /// Returns how long the rest is.
    fn note_complete(&mut self, filled: usize) -> usize {
        let ends = |byte: &u8| matches!(byte, b'\n' | 0);
        let complete = self.buffer[..filled]
            .iter()
            .rposition(ends)
            .map_or(0, |end| end + 1);
        // All of a longer line is noted, and the end of it once more together with what follows.
        let rest = complete.max(filled.saturating_sub(CHUNK / 2));
        self.note(if rest == complete { complete } else { filled });
        self.buffer.copy_within(rest..filled, 0);
        filled - rest
    }

    /// Notes the releases that the start of the buffer names.
    fn note(&mut self, length: usize) {
        let text = &self.buffer[..length];
        for id in releases_in(text, &self.needle) {
            self.found.releases.entry(id).or_default().insert(self.process);
        }
    }

    /// Returns what was seen, and notes if it may not be.
    fn granted<T>(&mut self, result: Result<T, Errno>) -> Option<T> {
        self.refused |= matches!(result, Err(Errno::ACCESS | Errno::PERM));
        result.ok()
    }
}

fn open(folder: impl std::os::fd::AsFd, name: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    openat(
        folder,
        name,
        flags | OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

/// Calls `visit` with every name in a folder but `.` and `..`.
fn each_name(folder: &OwnedFd, mut visit: impl FnMut(&[u8])) {
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut names = RawDir::new(folder, buffer.spare_capacity_mut());
    while let Some(Ok(entry)) = names.next() {
        let name = entry.file_name().to_bytes();
        if !name.starts_with(b".") {
            visit(name);
        }
    }
}

/// Returns the releases that a text names, wherever in it: a path, `--chdir=/…`, a table of mapped files.
fn releases_in<'t>(text: &'t [u8], needle: &'t Finder<'_>) -> impl Iterator<Item = String> + use<'t> {
    needle.find_iter(text).filter_map(|start| {
        let rest = &text[start + needle.needle().len()..];
        let end = rest
            .iter()
            .position(|byte| ENDS.contains(byte))
            .unwrap_or(rest.len());
        let id = String::from_utf8_lossy(&rest[..end]).into_owned();
        (!id.is_empty()).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_in_paths_and_arguments() {
        let needle = Finder::new("/srv/app/releases/");
        let found = |text: &'static str| releases_in(text.as_bytes(), &needle).collect::<Vec<_>>();
        assert_eq!(found("/srv/app/releases/a/venv/bin/python"), ["a"]);
        assert_eq!(found("/srv/app/releases/a"), ["a"]);
        assert_eq!(found("/srv/app/releases/a (deleted)"), ["a"]);
        assert_eq!(
            found("--path=/srv/app/releases/a:/srv/app/releases/b\0/srv/app/releases/c\0"),
            ["a", "b", "c"]
        );
        assert_eq!(found("/srv/app/releases"), [""; 0]);
        assert_eq!(found("/srv/app/current/x"), [""; 0]);
    }

    #[test]
    fn names_are_found_wherever_the_buffer_ends() {
        let folder = tempfile::tempdir().unwrap();
        let proc = open(CWD, folder.path().to_str().unwrap(), OFlags::DIRECTORY).unwrap();
        let texts = (CHUNK - 40..CHUNK + 8).flat_map(|before| {
            let others = "x".repeat(before);
            [
                (before, format!("{others}\n/srv/app/releases/name\n")),
                (
                    before,
                    format!("{others}:/srv/app/releases/name:{others}{others}"),
                ),
            ]
        });
        for (before, text) in texts {
            fs_err::write(folder.path().join("text"), text).unwrap();
            for end in [End::Short, End::Empty] {
                let mut look = Look::new(&proc, Path::new("/srv/app/releases"));
                assert!(look.text("text", end) > before);
                let found: Vec<_> = look.found.releases.keys().collect();
                assert!(found.contains(&&"name".to_owned()), "{before}: {found:?}");
            }
        }
    }
}
