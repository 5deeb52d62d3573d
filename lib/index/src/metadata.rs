//! The metadata of a wheel that is elsewhere: beside it, in its tail, or in the whole of it.

use std::collections::HashMap;
use std::sync::PoisonError;

use sha2::{Digest, Sha256};

use crate::http::Call;
use crate::page::{File, Metadata};
use crate::{Client, Error, Partial, tail};

/// No honest METADATA is longer.
const LONGEST_METADATA: u64 = 16 << 20;

impl Client {
    /// Gets it from the cheapest place that has it.
    pub(crate) fn metadata_from_afar(&self, file: &File) -> Result<Vec<u8>, Error> {
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
    let found: String = Sha256::digest(&body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
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
