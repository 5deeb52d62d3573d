//! The floors that `scripts/bench/venv` compares with: what cannot be done in less time.
//!
//!     floor link FROM TO     hard-links a finished tree, two threads
//!     floor check FROM TO    the same, and asks of every file what it is now, as a store has to that may be edited
//!     floor hash TREE        reads every file of a tree for its sha256, on all processors

#![allow(clippy::unwrap_used, reason = "a program for measuring")]

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir};
use sha2::{Digest as _, Sha256};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["link", from, to] => link(Path::new(from), Path::new(to), false),
        ["check", from, to] => link(Path::new(from), Path::new(to), true),
        ["hash", tree] => hash(Path::new(tree)),
        _ => panic!("floor link FROM TO | floor check FROM TO | floor hash TREE"),
    }
}

/// A folder to be linked: its name, in open folders. Its copy is made already.
struct Pair {
    from: Arc<OwnedFd>,
    to: Arc<OwnedFd>,
    name: CString,
}

fn link(from: &Path, to: &Path, checked: bool) {
    rustix::fs::mkdir(to, Mode::from_raw_mode(0o755)).unwrap();
    let open = |path: &Path| Arc::new(rustix::fs::openat(CWD, path, FOLDER, Mode::empty()).unwrap());
    let root = Pair {
        from: open(from),
        to: open(to),
        name: CString::from(c"."),
    };
    let (queue, unfinished) = (Mutex::new(vec![root]), AtomicUsize::new(1));
    let work = || {
        let mut buffer = vec![MaybeUninit::uninit(); 32 << 10];
        while unfinished.load(Ordering::Acquire) > 0 {
            let Some(pair) = queue.lock().unwrap().pop() else {
                std::hint::spin_loop();
                continue;
            };
            let below = link_folder(&pair, checked, &mut buffer);
            unfinished.fetch_add(below.len(), Ordering::AcqRel);
            queue.lock().unwrap().extend(below);
            unfinished.fetch_sub(1, Ordering::AcqRel);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
}

/// Links the files of a folder, and makes the folders in it.
fn link_folder(pair: &Pair, checked: bool, buffer: &mut [MaybeUninit<u8>]) -> Vec<Pair> {
    let open = |above: &OwnedFd, flags| rustix::fs::openat(above, &*pair.name, flags, Mode::empty()).unwrap();
    let (from, to) = (open(&pair.from, FOLDER), open(&pair.to, OFlags::PATH));
    let (from, to) = (Arc::new(from), Arc::new(to));
    let mut below = Vec::new();
    let mut entries = RawDir::new(&from, buffer);
    while let Some(entry) = entries.next() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if entry.file_type() != FileType::Directory {
            if checked {
                std::hint::black_box(rustix::fs::statat(&*from, name, AtFlags::SYMLINK_NOFOLLOW).unwrap());
            }
            rustix::fs::linkat(&*from, name, &*to, name, AtFlags::empty()).unwrap();
            continue;
        }
        rustix::fs::mkdirat(&*to, name, Mode::from_raw_mode(0o755)).unwrap();
        below.push(Pair {
            from: Arc::clone(&from),
            to: Arc::clone(&to),
            name: CString::from(name),
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
