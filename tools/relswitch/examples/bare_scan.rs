//! The least that a look at all processes does: `bare_scan`.
//!
//! What `relswitch prune` is measured against: the same calls with as many threads, and nothing done with what they bring.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::{Result, read};

const CHUNK: usize = 8 * 1024;

fn main() -> Result<()> {
    let proc = open(CWD, "/proc", OFlags::DIRECTORY)?;
    let mut processes = Vec::new();
    each_name(&proc, |name| {
        let name = name.to_str().unwrap_or_default();
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            processes.push(name.to_owned());
        }
    });
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    threads::all(threads, || {
        let mut buffer = vec![0; CHUNK];
        while let Some(process) = processes.get(next.fetch_add(1, Ordering::Relaxed)) {
            // One that ends or may not be looked at is left.
            let _ = look(&proc, process, &mut buffer);
        }
    });
    Ok(())
}

fn look(proc: &OwnedFd, process: &str, buffer: &mut [u8]) -> Result<()> {
    let arguments = open(proc, &format!("{process}/cmdline"), OFlags::empty())?;
    if read(&arguments, &mut *buffer)? == 0 {
        return Ok(());
    }
    drop(arguments);
    for name in ["exe", "cwd", "root"] {
        readlinkat_raw(proc, format!("{process}/{name}"), &mut *buffer)?;
    }
    let files = open(proc, &format!("{process}/fd"), OFlags::DIRECTORY)?;
    each_name(&files, |name| {
        let _ = readlinkat_raw(&files, name, &mut *buffer);
    });
    drop(files);
    let maps = open(proc, &format!("{process}/maps"), OFlags::empty())?;
    while read(&maps, &mut *buffer)? > 0 {}
    Ok(())
}

fn open(folder: impl rustix::fd::AsFd, name: &str, flags: OFlags) -> Result<OwnedFd> {
    openat(folder, name, flags | OFlags::CLOEXEC, Mode::empty())
}

fn each_name(folder: &OwnedFd, mut visit: impl FnMut(&std::ffi::CStr)) {
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut names = RawDir::new(folder, buffer.spare_capacity_mut());
    while let Some(Ok(entry)) = names.next() {
        if !entry.file_name().to_bytes().starts_with(b".") {
            visit(entry.file_name());
        }
    }
}
