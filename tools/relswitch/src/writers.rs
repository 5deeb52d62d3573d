//! Threads that write small files while another one reads them from an archive.
//!
//! Creating a file costs more than reading it from a pipe, and file systems create in parallel.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use cli::Failure;
use rustix::fs::{Mode, OFlags, fstat, open};
use wire::Kind;

use crate::archive;

/// How many threads write at most.
const THREADS: usize = 4;

/// Files up to this size are handed on in memory; larger ones are written as they come.
const SMALL: u64 = 1 << 20;

/// How many files, or how many bytes of them, are handed on together.
const BATCH: (usize, usize) = (32, 1 << 20);

/// How many batches wait at most.
const WAITING: usize = 8;

/// How a file that stands for one kept elsewhere begins.
const LARGE_FILE_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Where a file goes.
pub(crate) struct Target<'a> {
    /// Its path in the archive, for messages.
    pub(crate) path: &'a Path,
    /// Its place on the disk, in a folder that is there.
    pub(crate) place: PathBuf,
    /// Its permission bits, whatever the umask.
    pub(crate) mode: u32,
}

/// A file in memory.
struct Job {
    place: PathBuf,
    mode: u32,
    bytes: Vec<u8>,
}

/// What hands files on to the threads.
pub(crate) struct Writers {
    /// `None` where there are no threads.
    send: Option<SyncSender<Vec<Job>>>,
    batch: Vec<Job>,
    bytes: usize,
    withheld: u32,
}

/// Gives `body` threads to write into a folder with, and returns when everything is written.
pub(crate) fn with<T>(
    folder: &Path,
    body: impl FnOnce(&mut Writers) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let withheld = withheld(folder);
    let (send, receive) = sync_channel(WAITING);
    let receive = Mutex::new(Some(receive));
    std::thread::scope(|scope| {
        let threads = threads::start(scope, count(), || write_all(&receive, withheld));
        let mut writers = Writers {
            send: (!threads.is_empty()).then_some(send),
            batch: Vec::new(),
            bytes: 0,
            withheld,
        };
        let result = body(&mut writers).and_then(|result| writers.hand_on().map(|()| result));
        drop(writers);
        for thread in threads {
            threads::join(thread)?;
        }
        result
    })
}

impl Writers {
    /// Writes a file, now or soon, and returns its size.
    pub(crate) fn write(
        &mut self,
        target: Target<'_>,
        content: &mut dyn Read,
        size: u64,
    ) -> Result<u64, Failure> {
        if size > SMALL {
            return write_large(&target, content, self.withheld);
        }
        let mut bytes = Vec::with_capacity(size as usize);
        content.read_to_end(&mut bytes).map_err(archive::broken)?;
        refuse_pointer(target.path, &bytes)?;
        let written = bytes.len() as u64;
        self.bytes += bytes.len();
        self.batch.push(Job {
            place: target.place,
            mode: target.mode,
            bytes,
        });
        if self.batch.len() >= BATCH.0 || self.bytes >= BATCH.1 {
            self.hand_on()?;
        }
        Ok(written)
    }

    fn hand_on(&mut self) -> Result<(), Failure> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        // Told only if no thread has a better reason.
        let gone = |_| Failure::new(Kind::Bug, "the threads that write have ended");
        match &self.send {
            Some(send) => send.send(batch).map_err(gone),
            None => write_batch(batch, self.withheld),
        }
    }
}

/// Writes what is handed on. When it fails nobody takes more, so that nobody waits to hand on more.
fn write_all(receive: &Mutex<Option<Receiver<Vec<Job>>>>, withheld: u32) -> Result<(), Failure> {
    let receive = || receive.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let next = receive().as_ref().and_then(|receive| receive.recv().ok());
        let Some(batch) = next else { return Ok(()) };
        if let Err(failure) = write_batch(batch, withheld) {
            receive().take();
            return Err(failure);
        }
    }
}

fn write_batch(batch: Vec<Job>, withheld: u32) -> Result<(), Failure> {
    for job in batch {
        create(&job.place, job.mode, withheld)?.write_all(&job.bytes)?;
    }
    Ok(())
}

fn write_large(target: &Target<'_>, content: &mut dyn Read, withheld: u32) -> Result<u64, Failure> {
    let mut file = create(&target.place, target.mode, withheld)?;
    let mut buffer = vec![0; SMALL as usize];
    let mut size = 0;
    loop {
        let length = content.read(&mut buffer).map_err(archive::broken)?;
        if length == 0 {
            return Ok(size);
        }
        file.write_all(&buffer[..length])?;
        size += length as u64;
    }
}

/// Refuses a file that only says where its content is. Such a file is small.
fn refuse_pointer(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if !bytes.starts_with(LARGE_FILE_POINTER) {
        return Ok(());
    }
    Err(
        archive::refuse(path, "is only a pointer to a large file kept elsewhere")
            .hint("keep the file in the repository itself, or out of it"),
    )
}

fn create(place: &Path, mode: u32, withheld: u32) -> Result<fs_err::File, Failure> {
    use fs_err::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs_err::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(place)?;
    if mode & withheld != 0 {
        file.set_permissions(PermissionsExt::from_mode(mode))?;
    }
    Ok(file)
}

/// Returns which bits a file lacks when it is made in this folder, because of the umask, or because the folder has an
/// access list for what is made in it; all of them where that cannot be seen, so that every mode is set.
fn withheld(folder: &Path) -> u32 {
    let all = Mode::RWXU | Mode::RWXG | Mode::RWXO;
    let made = open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, all).and_then(fstat);
    all.bits() & !made.map_or(0, |made| made.st_mode)
}

fn count() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, THREADS))
}
