//! The metadata of a wheel that is elsewhere: beside it, in its tail, or in the whole of it.

use std::collections::HashMap;
use std::sync::PoisonError;

use sha2::{Digest, Sha256};

use super::Client;
use crate::http::Call;
use crate::page::{File, Metadata};
use crate::{Error, Partial, local, tail};

/// No honest METADATA is longer.
const LONGEST_METADATA: u64 = 16 << 20;

/// The fields of `METADATA` that decide what is installed; the rest, mostly a description, is a hundred times as long.
const ESSENTIAL: [&str; 6] = [
    "metadata-version",
    "name",
    "version",
    "requires-python",
    "requires-dist",
    "provides-extra",
];

impl Client {
    /// What the `METADATA` of a wheel says of its name, version and needs: the file beside it where there is one, else
    /// out of the wheel's end, else out of the whole wheel.
    ///
    /// # Errors
    ///
    /// No place gives it, or the wheel is damaged.
    pub fn metadata(&self, file: &File) -> Result<Vec<u8>, Error> {
        if file.url.is_file() {
            return local::metadata(file).map(essential);
        }
        if let Some(metadata) = self.cache.metadata(file.sha256.as_ref()) {
            return Ok(metadata);
        }
        let metadata = essential(self.metadata_from_afar(file)?);
        self.cache.keep_metadata(file.sha256.as_ref(), &metadata);
        Ok(metadata)
    }

    /// Gets it from the cheapest place that has it.
    fn metadata_from_afar(&self, file: &File) -> Result<Vec<u8>, Error> {
        if let Some(metadata) = self.metadata_beside(file)? {
            return Ok(metadata);
        }
        if let Some(metadata) = tail::by_ranges(&self.http, &file.url, file.size, self.deadline())? {
            return Ok(metadata);
        }
        let folder = tempfile::tempdir().map_err(|source| Error::Io {
            path: std::env::temp_dir(),
            source,
        })?;
        let path = folder.path().join("wheel");
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        let mut partial = Partial::open(&path).map_err(io)?;
        self.download(file, &[], &mut partial, &|_| ())?;
        tail::of_file(fs_err::File::open(&path).map_err(io)?.into_file(), &file.name)
    }

    fn metadata_beside(&self, file: &File) -> Result<Option<Vec<u8>>, Error> {
        let expected = match &file.metadata {
            Metadata::There(expected) => expected.as_deref(),
            Metadata::Unsaid if self.may_have_metadata(file) => None,
            Metadata::Unsaid => return Ok(None),
        };
        let url = file.url.with_suffix(".metadata");
        let call = Call {
            compressed: true,
            ..Call::new(&url, "*/*", self.deadline())
        };
        let found = match self.http.get_small(&call, LONGEST_METADATA) {
            Ok((answer, body)) if answer.status == 200 => Some(body),
            // Not there, or not shown to us, though the wheel may be.
            Ok(_)
            | Err(Error::Status {
                status: 400..=499, ..
            }) => None,
            Err(error) => return Err(error),
        };
        let found = found.filter(|body| expected.is_some() || body.starts_with(b"Metadata-Version:"));
        if file.metadata == Metadata::Unsaid {
            self.unsaid()
                .insert(file.url.authority().to_owned(), found.is_some());
        }
        match (found, expected) {
            (Some(body), Some(expected)) => verified(file, body, expected).map(Some),
            (found, _) => Ok(found),
        }
    }

    fn may_have_metadata(&self, file: &File) -> bool {
        self.unsaid().get(file.url.authority()).copied().unwrap_or(true)
    }

    fn unsaid(&self) -> std::sync::MutexGuard<'_, HashMap<String, bool>> {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn verified(file: &File, body: Vec<u8>, expected: &str) -> Result<Vec<u8>, Error> {
    let found = pyspec::hash::hex(&Sha256::digest(&body));
    if found == expected {
        return Ok(body);
    }
    let beside = File {
        name: format!("{}.metadata", file.name),
        size: None,
        ..file.clone()
    };
    Err(beside.mismatch(&[expected.to_owned()], found, body.len() as u64))
}

/// Leaves of `METADATA` only what decides, folded lines included.
fn essential(metadata: Vec<u8>) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut keeping = false;
    for line in metadata.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            keeping = ESSENTIAL
                .iter()
                .any(|field| name.eq_ignore_ascii_case(field.as_bytes()));
        }
        if keeping {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::essential;

    #[test]
    fn the_description_is_left_out() {
        let text = "Metadata-Version: 2.1\nname: a\nVersion: 1\nSummary: x\n more\nRequires-Dist: b\n\t; extra == 'x'\n\nName: no\n";
        let kept = "Metadata-Version: 2.1\nname: a\nVersion: 1\nRequires-Dist: b\n\t; extra == 'x'\n";
        assert_eq!(essential(text.into()), kept.as_bytes());
        assert_eq!(essential(b"Name: a".to_vec()), b"Name: a");
    }
}
