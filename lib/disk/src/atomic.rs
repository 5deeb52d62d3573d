//! Replacing one file.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::name::{LENGTH, parent, prefix};
use crate::{Durability, Error, sync_directory};

/// Replaces the file at `path` by one with these bytes and exactly this mode (the umask has no say).
///
/// The bytes are written to a temporary file beside `path`, which is then renamed over it: a reader sees the old file
/// or the new one. A symbolic link at `path` is itself replaced. With [`Durability::Synced`] the file is on the disk
/// before the rename, and the name before the return.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<(), Error> {
    let permissions = std::fs::Permissions::from_mode(mode);
    let mut file = tempfile::Builder::new()
        .prefix(&prefix(path)?)
        .rand_bytes(LENGTH)
        .tempfile_in(parent(path))
        .map_err(Error::io("create a temporary file beside", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.as_file()
        .set_permissions(permissions)
        .map_err(Error::io("set the mode of", path))?;
    if durability == Durability::Synced {
        file.as_file().sync_all().map_err(Error::io("sync", path))?;
    }
    file.persist(path)
        .map_err(|error| error.error)
        .map_err(Error::io("rename a temporary file to", path))?;
    if durability == Durability::Synced {
        sync_directory(parent(path))?;
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
    let damaged = |source| Error::Damaged {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = serde_json::to_vec_pretty(value).map_err(damaged)?;
    bytes.push(b'\n');
    write_atomic(path, &bytes, mode, durability)
}

/// Reads the file at `path` as JSON; `None` if there is no such file.
///
/// # Errors
/// [`Error::Damaged`] if it is not the JSON of a `T`, trailing text included.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    use rustix::fs::{Mode, OFlags, open};
    let file: File = match open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(descriptor) => descriptor.into(),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(error) => return Err(Error::io("open", path)(error)),
    };
    let text = std::io::read_to_string(file).map_err(Error::io("read", path))?;
    let value = serde_json::from_str(&text);
    value.map(Some).map_err(|source| Error::Damaged {
        path: path.to_path_buf(),
        source,
    })
}
