//! The records at the end of an archive, which say where its directory is.

use fs_err::os::unix::fs::FileExt as _;
use std::io;

use super::{u16_at, u32_at, u64_at};
use crate::flaw::Flaw;

const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const LOCATOR: u32 = 0x0706_4b50;
const LOCATOR_LENGTH: usize = 20;
const END64: u32 = 0x0606_4b50;
const END64_LENGTH: usize = 56;
const LONGEST_COMMENT: usize = u16::MAX as usize;

/// Where the directory is, and how many members it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) count: u64,
    pub(super) directory_offset: u64,
    pub(super) directory_size: u64,
}

/// Finds the end of an archive of `length` bytes.
pub(super) fn find(file: &fs_err::File, length: u64) -> io::Result<Result<End, Flaw>> {
    let longest = (END_LENGTH + LONGEST_COMMENT + LOCATOR_LENGTH + END64_LENGTH) as u64;
    let mut tail = vec![0; usize::try_from(length.min(longest)).unwrap_or_default()];
    let offset = length - tail.len() as u64;
    file.read_exact_at(&mut tail, offset)?;
    Ok(parse(&tail, offset))
}

/// Reads the end records from the last bytes of an archive, which begin at `offset` in it.
fn parse(tail: &[u8], offset: u64) -> Result<End, Flaw> {
    let at = memchr::memmem::rfind(tail, END).ok_or(Flaw::NotZip)?;
    let record = &tail[at..];
    if record.len() < END_LENGTH {
        return Err(Flaw::NotZip);
    }
    let comment = usize::from(u16_at(record, 20));
    match record.len().checked_sub(END_LENGTH + comment) {
        Some(0) => {}
        Some(extra) => return Err(Flaw::TrailingBytes(extra as u64)),
        None => return Err(Flaw::NotZip),
    }
    // An earlier end record whose comment reaches exactly to the end would be another reader's choice.
    if memchr::memmem::find_iter(&tail[..at], END).any(|other| ends_here(&tail[other..])) {
        return Err(Flaw::AmbiguousEnd);
    }
    let narrow = End {
        count: u64::from(u16_at(record, 10)),
        directory_size: u64::from(u32_at(record, 12)),
        directory_offset: u64::from(u32_at(record, 16)),
    };
    if u32_at(record, 4) != 0 || u16_at(record, 8) != u16_at(record, 10) {
        return Err(Flaw::Volumes);
    }
    let (end, directory_end) = match locator(tail, at, offset)? {
        Some((wide, position)) if agrees(narrow, wide) => (wide, position),
        Some(_) => return Err(Flaw::Zip64),
        None if narrow.count == 0xffff || is_max(narrow.directory_offset) => return Err(Flaw::Zip64),
        None => (narrow, offset + at as u64),
    };
    match end.directory_offset.checked_add(end.directory_size) {
        Some(found) if found == directory_end => Ok(end),
        _ => Err(Flaw::Directory),
    }
}

fn ends_here(record: &[u8]) -> bool {
    record.len() >= END_LENGTH && record.len() == END_LENGTH + usize::from(u16_at(record, 20))
}

/// Reads the zip64 end record and returns its position, if a locator stands before the end record.
fn locator(tail: &[u8], at: usize, offset: u64) -> Result<Option<(End, u64)>, Flaw> {
    let Some(start) = at.checked_sub(LOCATOR_LENGTH) else {
        return Ok(None);
    };
    let locator = &tail[start..at];
    if u32_at(locator, 0) != LOCATOR {
        return Ok(None);
    }
    if u32_at(locator, 4) != 0 || u32_at(locator, 16) != 1 {
        return Err(Flaw::Volumes);
    }
    let position = u64_at(locator, 8);
    let within = position
        .checked_sub(offset)
        .and_then(|at| usize::try_from(at).ok())
        .ok_or(Flaw::Zip64)?;
    let record = tail.get(within..start).ok_or(Flaw::Zip64)?;
    // Neither bytes between record and locator nor an extensible part: nobody writes them.
    if record.len() != END64_LENGTH || u32_at(record, 0) != END64 || u64_at(record, 4) != 44 {
        return Err(Flaw::Zip64);
    }
    if u64_at(record, 16) != 0 || u64_at(record, 24) != u64_at(record, 32) {
        return Err(Flaw::Volumes);
    }
    let end = End {
        count: u64_at(record, 32),
        directory_size: u64_at(record, 40),
        directory_offset: u64_at(record, 48),
    };
    Ok(Some((end, position)))
}

/// Says whether every narrow field is either "see zip64" or the same number.
fn agrees(narrow: End, wide: End) -> bool {
    (narrow.count == 0xffff || narrow.count == wide.count)
        && (is_max(narrow.directory_size) || narrow.directory_size == wide.directory_size)
        && (is_max(narrow.directory_offset) || narrow.directory_offset == wide.directory_offset)
}

fn is_max(value: u64) -> bool {
    value == u64::from(u32::MAX)
}
