//! One at a time: locks that die with their holder.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};

use crate::Error;
use crate::regular::expect_own_file;

/// How long a waiting process sleeps between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// A held lock (flock); dropping it, or the end of the process however it comes, releases it.
///
/// The file is never unlinked, so that two processes always speak of the same one, and it is closed on exec, so that
/// a daemon started meanwhile does not keep the lock.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock in the file at `path` for this process alone, creating the file if need be.
    ///
    /// `holder` is written into the file for those who find it locked, beside the process id: the name of the command,
    /// without anything secret. If another holds the lock, tries again until `wait` is over; `Duration::ZERO` tries
    /// once.
    ///
    /// # Errors
    /// [`Error::LockHeld`], naming the holder; [`Error::NotAFile`] if something else is at `path`, a link included.
    pub fn exclusive(path: &Path, holder: &str, wait: Duration) -> Result<Self, Error> {
        expect_own_file(path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = Self::acquire(path, flags, wait, File::try_lock)?;
        lock.sign(holder)
            .map_err(Error::io("write the holder into", path))?;
        Ok(lock)
    }

    /// Takes a lock on the folder at `path` that others can share, opening it for reading only.
    ///
    /// It says "in use"; [`Lock::is_held`] sees it.
    pub fn shared_folder(path: &Path, wait: Duration) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Self::acquire(path, flags, wait, File::try_lock_shared)
    }

    /// Takes the lock on the folder at `path` for this process alone, trying once.
    pub fn exclusive_folder(path: &Path) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Self::acquire(path, flags, Duration::ZERO, File::try_lock)
    }

    /// Tells whether any process holds a lock, shared or not, on the file or folder at `path`. Waits for nothing.
    pub fn is_held(path: &Path) -> Result<bool, Error> {
        let file: File = open(
            path,
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(Error::io("open", path))?
        .into();
        match file.try_lock() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(Error::io("look at the lock of", path)(error)),
        }
    }

    /// Lets the lock outlive an exec, so that the program that replaces this one goes on holding it.
    pub fn keep_on_exec(&self) -> Result<(), Error> {
        fcntl_setfd(&self.file, FdFlags::empty()).map_err(Error::io("keep the lock of", &self.path))
    }

    /// Returns the locked file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn acquire(path: &Path, flags: OFlags, wait: Duration, take: Take) -> Result<Self, Error> {
        let start = Instant::now();
        loop {
            let file: File = open(path, flags, Mode::from_raw_mode(0o644))
                .map_err(Error::io("open", path))?
                .into();
            match take(&file) {
                // Someone else's clean-up may have unlinked the file between opening and locking.
                Ok(()) if is_at(&file, path) => {
                    return Ok(Self {
                        file,
                        path: path.to_path_buf(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
            }
            if start.elapsed() >= wait {
                return Err(Error::LockHeld {
                    path: path.to_path_buf(),
                    holder: holder(file),
                });
            }
            std::thread::sleep(PAUSE.min(wait));
        }
    }

    /// Writes over what the last holder wrote. Emptied first, the file would lose its block and get another: ext4 then
    /// writes that to the disk as soon as the file is closed, and the next sync waits for it.
    fn sign(&self, holder: &str) -> std::io::Result<()> {
        let line = format!("process {}, {holder}\n", std::process::id());
        self.file.write_all_at(line.as_bytes(), 0)?;
        let length = line.len() as u64;
        if self.file.metadata()?.len() == length {
            return Ok(());
        }
        self.file.set_len(length)
    }
}

type Take = fn(&File) -> Result<(), TryLockError>;

/// Tells whether the open `file` is still what is found at `path`.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(named)) = (file.metadata(), rustix::fs::stat(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (named.st_dev, named.st_ino)
}

/// Reads who holds the lock, for people.
fn holder(file: File) -> String {
    let mut text = String::new();
    // A folder cannot be read, and a holder may be about to write.
    let read = file.take(200).read_to_string(&mut text);
    let line = text.lines().next().unwrap_or_default();
    if read.is_err() || line.is_empty() {
        "another process".to_owned()
    } else {
        line.to_owned()
    }
}
