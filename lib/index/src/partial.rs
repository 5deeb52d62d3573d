//! A file on its way here: bytes, their digest so far, and what says that the source is still the same.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// From how many bytes on it matters that a killed run can be gone on from.
const LARGE: u64 = 256 * 1024;

/// An incomplete file on disk. It stays when dropped, for a later run to go on with.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    file: fs_err::File,
    digest: Sha256,
    length: u64,
    validator: Option<String>,
    /// Whether the validator beside the file is this one.
    is_noted: bool,
    resumed: bool,
}

impl Partial {
    /// Opens the partial file at a path, or begins one.
    ///
    /// What is there already is read once, for its digest. Beside it `PATH.validator` holds the
    /// `ETag` or the date under which the server gave it.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let mut file = fs_err::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        let mut digest = Sha256::new();
        let length = match file.metadata()?.len() {
            0 => 0,
            _ => read_into(&mut digest, &mut file)?,
        };
        let validator = fs_err::read_to_string(validator_path(&path))
            .ok()
            .filter(|text| !text.is_empty());
        Ok(Self {
            path,
            file,
            digest,
            length,
            is_noted: true,
            validator,
            resumed: length > 0,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes are here.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether nothing is here yet.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What the server called the content that is here.
    pub(crate) fn validator(&self) -> Option<&str> {
        self.validator.as_deref()
    }

    /// Whether some of the bytes are from an earlier answer.
    pub(crate) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Says that what follows goes on from what is here.
    pub(crate) fn resume(&mut self) {
        self.resumed = self.length > 0;
    }

    /// Begins anew with the content that the server calls so.
    pub(crate) fn restart(&mut self, validator: Option<&str>) -> io::Result<()> {
        self.file.set_len(0)?;
        io::Seek::rewind(&mut self.file)?;
        self.digest = Sha256::new();
        self.length = 0;
        self.resumed = false;
        self.is_noted = self.validator.is_none() && validator.is_none();
        if self.validator.take().is_some() {
            // That of other bytes.
            match fs_err::remove_file(validator_path(&self.path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.validator = validator.map(str::to_owned);
        Ok(())
    }

    /// Writes down what the server called the content, for a later run to go on with.
    pub(crate) fn note(&mut self) -> io::Result<()> {
        if let (Some(text), false) = (&self.validator, self.is_noted) {
            fs_err::write(validator_path(&self.path), text)?;
        }
        self.is_noted = true;
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        if self.length > LARGE {
            // A kill may come at any time; of a small file little is lost.
            self.note()?;
        }
        Ok(())
    }

    /// Lower-case hexadecimal SHA-256 of what is here.
    pub fn sha256(&self) -> String {
        pyspec::hash::hex(&self.digest.clone().finalize())
    }

    /// Gives the complete file its final name, in the same file system, replacing what was there.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn persist(self, to: &Path) -> io::Result<()> {
        fs_err::rename(&self.path, to)?;
        // The file is whole; a validator left behind harms nobody.
        let _ = fs_err::remove_file(validator_path(&self.path));
        Ok(())
    }

    /// Removes it.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn discard(self) -> io::Result<()> {
        let _ = fs_err::remove_file(validator_path(&self.path));
        fs_err::remove_file(&self.path)
    }
}

/// Adds what is still to be read to a digest; returns how many bytes these were.
fn read_into(digest: &mut Sha256, file: &mut impl Read) -> io::Result<u64> {
    let mut buffer = vec![0; 128 * 1024];
    let mut length = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(length);
        }
        digest.update(&buffer[..count]);
        length += count as u64;
    }
}

fn validator_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".validator");
    PathBuf::from(name)
}
