//! Replacing one file.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, Mode, OFlags, fadvise, open, unlink};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::lock::is_at;
use crate::name::{LENGTH, has_prefix, parent, prefix};
use crate::{Dir, Durability, Error, expect_file, sync_directory};

/// Replaces the file at `path` by one with these bytes and exactly this mode (the umask has no say).
///
/// The bytes are written to a temporary file beside `path`, which is then renamed over it: a reader sees the old file
/// or the new one. A symbolic link at `path` is itself replaced. Unless it is left [`Unsynced`](Durability::Unsynced),
/// the file is on the disk before the rename; with [`Durability::Synced`] the name is before the return.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<(), Error> {
    Staged::new(path, bytes, mode, durability)?.commit()
}

/// How often a new name is tried when a sweeper of another process takes the file just made.
const TRIES: usize = 16;

/// A file that is complete, beside the place where it will be: what [`write_atomic`] does, in two steps, for who has
/// several files to write and wants to know that there is room for all before the first is replaced.
#[derive(Debug)]
pub struct Staged {
    file: NamedTempFile,
    path: PathBuf,
    durability: Durability,
}

impl Staged {
    /// Writes the temporary file, and waits until it is on the disk unless it is left
    /// [`Unsynced`](Durability::Unsynced).
    pub fn new(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<Self, Error> {
        Self::written(path, bytes, mode, durability)?.synced()
    }

    fn written(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<Self, Error> {
        let mut file = held(path)?;
        file.write_all(bytes).map_err(Error::io("write", path))?;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(mode))
            .map_err(Error::io("set the mode of", path))?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
            durability,
        })
    }

    fn synced(self) -> Result<Self, Error> {
        if self.durability != Durability::Unsynced {
            let synced = self.file.as_file().sync_all();
            synced.map_err(Error::io("sync", &self.path))?;
        }
        Ok(self)
    }

    /// Gives it its name.
    pub fn commit(self) -> Result<(), Error> {
        let renamed = self.file.persist(&self.path).map_err(|error| error.error);
        renamed.map_err(Error::io("rename a temporary file to", &self.path))?;
        if self.durability == Durability::Synced {
            sync_directory(parent(&self.path))?;
        }
        Ok(())
    }
}

/// A file beside its place that is on its way to the disk. Several that are begun before one is waited for cost little
/// more time than one: a journal of the file system takes them all at once.
#[derive(Debug)]
pub struct Begun(Staged);

impl Begun {
    /// Writes the temporary file, and lets the disk begin with it unless it is left
    /// [`Unsynced`](Durability::Unsynced).
    pub fn new(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<Self, Error> {
        let staged = Staged::written(path, bytes, mode, durability)?;
        if durability != Durability::Unsynced {
            // What is not needed any more is written at once. Where it is not, the wait is longer, nothing else.
            let _ = fadvise(staged.file.as_file(), 0, None, Advice::DontNeed);
        }
        Ok(Self(staged))
    }

    /// The same with `value` as JSON, as [`write_json`] writes it.
    pub fn json<T: Serialize>(
        path: &Path,
        value: &T,
        mode: u32,
        durability: Durability,
    ) -> Result<Self, Error> {
        Self::new(path, &json(path, value)?, mode, durability)
    }

    /// Waits until it is on the disk.
    pub fn wait(self) -> Result<Staged, Error> {
        self.0.synced()
    }
}

/// Makes a temporary file, and locks it: no sweeper takes it while this process lives.
fn held(path: &Path) -> Result<NamedTempFile, Error> {
    let mut builder = tempfile::Builder::new();
    let prefix = prefix(path)?;
    builder.prefix(&prefix).rand_bytes(LENGTH);
    let mut tries = TRIES;
    loop {
        let file = builder
            .tempfile_in(parent(path))
            .map_err(Error::io("create a temporary file beside", path))?;
        tries -= 1;
        let ours = file.as_file().try_lock().is_ok() && is_at(file.as_file(), file.path());
        // Some network file systems know no locks, and so no sweepers.
        if ours || tries == 0 {
            return Ok(file);
        }
    }
}

/// Removes what killed runs left of files that were to be called `path`.
///
/// Those that a living process writes stay, and so do those that cannot be removed (another user's).
pub fn sweep_files(path: &Path) -> Result<(), Error> {
    let prefix = prefix(path)?;
    let names = Dir::open(parent(path))?.names()?;
    for name in names.iter().filter(|name| has_prefix(name, &prefix)) {
        let leftover = parent(path).join(name);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(descriptor) = open(&leftover, flags, Mode::empty()) else {
            continue;
        };
        let file = File::from(descriptor);
        if file.try_lock().is_ok() {
            // A folder of this name is somebody else's: it cannot be unlinked, and stays.
            let _ = unlink(&leftover);
        }
    }
    Ok(())
}

/// Replaces the file at `path` by `value` as JSON, one member a line, with a final newline.
pub fn write_json<T: Serialize>(
    path: &Path,
    value: &T,
    mode: u32,
    durability: Durability,
) -> Result<(), Error> {
    write_atomic(path, &json(path, value)?, mode, durability)
}

fn json<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>, Error> {
    let damaged = |source| Error::Damaged {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = serde_json::to_vec_pretty(value).map_err(damaged)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads the file at `path` as JSON; `None` if there is no such file.
///
/// # Errors
/// [`Error::Damaged`] if it is not the JSON of a `T`, trailing text included; [`Error::NotAFile`] if it is no file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let Some(bytes) = read_bytes(path)? else {
        return Ok(None);
    };
    // Not as a text: bytes that are none make a damaged file, not one that cannot be read.
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|source| Error::Damaged {
        path: path.to_path_buf(),
        source,
    })
}

/// Reads the text at `path`, without a character that is cut off at its end; `None` if there is no such file.
///
/// # Errors
/// [`Error::Damaged`] if it is no text.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>, Error> {
    let Some(mut bytes) = read_bytes(path)? else {
        return Ok(None);
    };
    if let Err(error) = str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    let damaged = |error| Error::Damaged {
        path: path.to_path_buf(),
        source: serde::de::Error::custom(error),
    };
    String::from_utf8(bytes).map(Some).map_err(damaged)
}

/// Reads a file; waits for nobody to write into a pipe in its place.
fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    expect_file(path)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file: File = match open(path, flags, Mode::empty()) {
        Ok(descriptor) => descriptor.into(),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(error) => return Err(Error::io("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(Some(bytes))
}
