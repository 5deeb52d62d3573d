//! A file of a layer beside what stands under its path.
//!
//! Both are read at once: where they are equal, one digest is that of both.

use crate::{
    layers::source::{Cursor, Layers},
    place::Place,
    root::look::{Found, Look, Under},
    state::seen::Beside,
    tree::hash::{self, CHUNK, fill},
};
use cli::Failure;
use etc::TreePath;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Seek},
};

/// How much of a file the lints see, bytes.
const LINTED: usize = 1024 * 1024;

/// A file of a layer, and what stands under its path.
#[derive(Debug)]
pub(crate) struct Sides {
    /// What the system says of the file in the layer.
    pub(crate) stat: disk::Entry,
    /// How much was read of it, or would be.
    pub(crate) size: u64,
    /// As much of it as lints see, if it was read and there is a reason to look.
    pub(crate) content: Vec<u8>,
    /// The digest of its content.
    pub(crate) digest: [u8; 32],
    /// What is there.
    pub(crate) found: Found,
}

/// Compares one file after the other.
#[derive(Debug)]
pub(crate) struct Compare<'a> {
    pub(crate) look: Look<'a>,
    cursor: Cursor<'a>,
    seen: &'a Beside<'a>,
    reader: hash::Reader,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

impl<'a> Compare<'a> {
    /// Begins with a root and the layers that are meant for it.
    pub(crate) fn new(place: &'a Place, layers: &'a Layers, seen: &'a Beside<'a>) -> Self {
        Self {
            look: Look::remembering(place, seen),
            cursor: layers.cursor(),
            seen,
            reader: hash::Reader::default(),
            ours: vec![0; CHUNK],
            theirs: vec![0; CHUNK],
        }
    }

    /// Compares a file with what stands under its path; `linted` are all that lints always read, and
    /// `expected` those that should be files there too.
    pub(crate) fn file(
        &mut self,
        layer: usize,
        path: &TreePath,
        linted: bool,
        expected: bool,
    ) -> Result<Sides, Failure> {
        let forgetful = self.seen.knows_nothing();
        let there = self.look.under(path, expected && forgetful)?;
        let known = match &there {
            Under::File(stat) => self.seen.digest(stat),
            _ => None,
        };
        if !linted && !forgetful {
            let here = self.cursor.look(layer, path)?;
            let remembered = here.and_then(|stat| Some((self.seen.digest(&stat)?, stat)));
            if let Some((digest, stat)) = remembered {
                let found = self.found(path, there, known)?;
                return Ok(sides(stat, digest, found));
            }
        }
        let ours = self.cursor.open_and_look(layer, path)?;
        let theirs = match there {
            Under::File(_) if known.is_none() => self.look.open(path)?,
            Under::Open(file, stat) => Ok((file, stat)),
            there => Err(self.found(path, there, known)?),
        };
        match theirs {
            Ok(theirs) => self.both(ours, theirs, linted),
            Err(found) => self.one(ours, found, linted),
        }
    }

    /// Compares a file whose path is in other hands, with what will be there.
    pub(crate) fn with(&mut self, layer: usize, path: &TreePath, found: Found) -> Result<Sides, Failure> {
        let ours = self.cursor.open_and_look(layer, path)?;
        self.one(ours, found, true)
    }

    /// Describes what is there, by what is remembered of it or by reading it.
    fn found(&mut self, path: &TreePath, there: Under, known: Option<[u8; 32]>) -> Result<Found, Failure> {
        match (there, known) {
            (Under::Other(found), _) => Ok(found),
            (Under::File(stat), Some(digest)) => Ok(self.look.file(&stat, &digest, stat.size)),
            _ => self.look.at(path),
        }
    }

    fn one(
        &mut self,
        (mut file, stat): (File, disk::Entry),
        found: Found,
        linted: bool,
    ) -> Result<Sides, Failure> {
        let mut sample = Sample::new(linted);
        let (digest, size) = self.digest(&mut file, &stat, Some(&mut sample))?;
        Ok(Sides {
            size,
            content: sample.content,
            ..sides(stat, digest, found)
        })
    }

    fn both(
        &mut self,
        (mut here, ours): (File, disk::Entry),
        (mut there, theirs): (File, disk::Entry),
        linted: bool,
    ) -> Result<Sides, Failure> {
        let mut sample = Sample::new(linted);
        if ours.size == theirs.size {
            if let Some((digest, size)) = self.equal(&mut here, &mut there, ours.size, &mut sample)? {
                return Ok(self.equals(ours, &theirs, digest, size, sample));
            }
            (&here).rewind()?;
            (&there).rewind()?;
            sample = Sample::new(linted);
        }
        let (digest, size) = self.digest(&mut here, &ours, Some(&mut sample))?;
        let (other, length) = self.digest(&mut there, &theirs, None)?;
        let found = self.look.file(&theirs, &other, length);
        Ok(Sides {
            size,
            content: sample.content,
            ..sides(ours, digest, found)
        })
    }

    fn equals(
        &self,
        ours: disk::Entry,
        theirs: &disk::Entry,
        digest: [u8; 32],
        size: u64,
        sample: Sample,
    ) -> Sides {
        if sample.is_for_nobody() {
            self.seen.remember(&ours, &digest);
        }
        self.seen.remember(theirs, &digest);
        let found = self.look.file(theirs, &digest, size);
        Sides {
            size,
            content: sample.content,
            ..sides(ours, digest, found)
        }
    }

    /// Reads a file to its end; what lints see of it goes into the sample, if it is ours.
    fn digest(
        &mut self,
        file: &mut File,
        stat: &disk::Entry,
        sample: Option<&mut Sample>,
    ) -> Result<([u8; 32], u64), Failure> {
        let mut sample = sample;
        let (digest, size) = self.reader.read(file, stat.size, |chunk| {
            if let Some(sample) = &mut sample {
                sample.take(chunk);
            }
            Ok(())
        })?;
        if sample.is_none_or(|sample| sample.is_for_nobody()) {
            self.seen.remember(stat, &digest);
        }
        Ok((digest, size))
    }

    /// Reads two files as long as they are equal; returns digest and size of those that are to the end.
    fn equal(
        &mut self,
        here: &mut File,
        there: &mut File,
        expected: u64,
        sample: &mut Sample,
    ) -> io::Result<Option<([u8; 32], u64)>> {
        let mut hasher = Sha256::new();
        let mut size = 0;
        loop {
            let left = expected.saturating_sub(size);
            let count = fill(here, &mut self.ours, left)?;
            let other = fill(there, &mut self.theirs, left)?;
            let chunk = &self.ours[..count];
            if *chunk != self.theirs[..other] {
                return Ok(None);
            }
            hasher.update(chunk);
            sample.take(chunk);
            size += count as u64;
            if count < CHUNK {
                return Ok(Some((hasher.finalize().into(), size)));
            }
        }
    }
}

fn sides(stat: disk::Entry, digest: [u8; 32], found: Found) -> Sides {
    Sides {
        size: stat.size,
        stat,
        content: Vec::new(),
        digest,
        found,
    }
}

/// What lints see of a file: everything, or what begins as a program does.
#[derive(Debug)]
struct Sample {
    wanted: bool,
    begun: bool,
    content: Vec<u8>,
}

impl Sample {
    fn new(wanted: bool) -> Self {
        Self {
            wanted,
            begun: false,
            content: Vec::new(),
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        self.wanted |= !self.begun && chunk.starts_with(b"#!");
        self.begun = true;
        if self.wanted {
            let room = LINTED - self.content.len().min(LINTED);
            self.content.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
    }

    /// Says that no lint has to read the file the next time.
    fn is_for_nobody(&self) -> bool {
        !self.wanted
    }
}
