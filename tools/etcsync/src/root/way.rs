//! The way to a folder below the root, which is often the same for one path and the next.

use crate::place::Place;
use disk::Dir;
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

/// Opens folders below the root, never through a link, and keeps the last one open.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    pub(crate) place: &'a Place,
    last: Option<(Vec<u8>, Dir)>,
}

impl<'a> Way<'a> {
    /// Begins at the root.
    pub(crate) fn new(place: &'a Place) -> Self {
        Self { place, last: None }
    }

    /// Opens a folder by its path; an empty one is the root's.
    pub(crate) fn to(&mut self, path: &[u8]) -> Result<&Dir, disk::Error> {
        let last = match self.last.take().filter(|(last, _)| last == path) {
            Some(last) => last,
            None => (
                path.to_owned(),
                self.place.root.beneath(Path::new(OsStr::from_bytes(path)))?,
            ),
        };
        Ok(&self.last.insert(last).1)
    }
}
