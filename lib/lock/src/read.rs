//! Reading a lock in any of its forms.

use crate::{Error, Lock};

/// What reading may ask of the world: other files, and variables of the environment.
pub struct Outside<'a> {
    /// Reads a file named by a `-r` or `-c` line.
    pub read: &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    /// Looks up a variable for `${NAME}`.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// Reads a lock: a JSON document, a pylock.toml, or a requirements file, told apart by their beginning.
///
/// `name` is what errors call the input, and tells a `pylock.*.toml`.
///
/// # Errors
///
/// The input is none of the three, is incomplete, or asks for what cannot be locked.
pub fn read(bytes: &[u8], name: &str, _outside: &mut Outside<'_>) -> Result<Lock, Error> {
    let document = wire::read(bytes).map_err(|source| Error::Document {
        file: name.to_owned(),
        source,
    })?;
    Lock::from_document(&document, name)
}
