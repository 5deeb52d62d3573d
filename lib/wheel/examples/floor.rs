//! The floors that `scripts/bench/venv` compares with: what cannot be done in less time.
//!
//!     floor link FROM TO     hard-links a finished tree, two threads
//!     floor hash TREE        reads every file of a tree for its sha256, on all processors

#![allow(clippy::unwrap_used, reason = "a program for measuring")]

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use sha2::{Digest as _, Sha256};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["link", from, to] => link(Path::new(from), Path::new(to)),
        ["hash", tree] => hash(Path::new(tree)),
        _ => panic!("floor link FROM TO | floor hash TREE"),
    }
}

/// A folder to be linked, its copy made already.
struct Pair {
    from: OwnedFd,
    to: OwnedFd,
}

/// How many folders are opened by one thread, before two share them.
const SHARED: usize = 100;

fn link(from: &Path, to: &Path) {
    rustix::fs::mkdir(to, Mode::from_raw_mode(0o755)).unwrap();
    let open = |path: &Path| rustix::fs::openat(CWD, path, FOLDER, Mode::empty()).unwrap();
    let mut pairs = std::collections::VecDeque::from([Pair {
        from: open(from),
        to: open(to),
    }]);
    while pairs.len() < SHARED
        && let Some(pair) = pairs.pop_front()
    {
        pairs.extend(link_folder(&pair));
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
            link_below(pair);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
}

fn link_below(pair: &Pair) {
    link_folder(pair).iter().for_each(link_below);
}

/// Links the files of a folder, and makes the folders in it.
fn link_folder(pair: &Pair) -> Vec<Pair> {
    let mut below = Vec::new();
    for entry in Dir::read_from(&pair.from).unwrap() {
        let entry = entry.unwrap();
        let name = CString::from(entry.file_name());
        if matches!(name.as_bytes(), b"." | b"..") {
            continue;
        }
        if entry.file_type() != FileType::Directory {
            rustix::fs::linkat(&pair.from, &*name, &pair.to, &*name, AtFlags::empty()).unwrap();
            continue;
        }
        rustix::fs::mkdirat(&pair.to, &*name, Mode::from_raw_mode(0o755)).unwrap();
        let open = |folder| rustix::fs::openat(folder, &*name, FOLDER, Mode::empty()).unwrap();
        below.push(Pair {
            from: open(&pair.from),
            to: open(&pair.to),
        });
    }
    below
}

fn hash(tree: &Path) {
    let files = files(tree);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut buffer = vec![0; 256 << 10];
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut file = fs_err::File::open(path).unwrap();
            let mut hasher = Sha256::new();
            loop {
                match std::io::Read::read(&mut file, &mut buffer).unwrap() {
                    0 => break,
                    length => hasher.update(&buffer[..length]),
                }
            }
            std::hint::black_box(hasher.finalize());
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
        work();
    });
}

fn files(tree: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![tree.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found
}
