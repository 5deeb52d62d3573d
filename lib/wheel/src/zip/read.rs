//! The content of members.

use fs_err::os::unix::fs::FileExt as _;
use std::io::Read as _;

use libdeflater::{Crc, Decompressor};

use super::member::{Member, Method};
use super::{Archive, header};
use crate::error::{Error, Result};
use crate::flaw::Flaw;

/// Members up to this size are inflated in one go, in memory; larger ones flow.
pub const WHOLE: u64 = 16 << 20;
/// The piece size of content that flows, in bytes.
const PIECE: usize = 256 << 10;

/// Buffers and an inflater, to be used for one member after another.
pub struct Content {
    inflater: Decompressor,
    raw: Vec<u8>,
    plain: Vec<u8>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            inflater: Decompressor::new(),
            raw: Vec::new(),
            plain: Vec::new(),
        }
    }
}

impl Content {
    /// Reads members that lie side by side in the archive, and hands each one's content over.
    ///
    /// Each must be at most [`WHOLE`] large. Header, size and checksum are verified before.
    ///
    /// # Errors
    ///
    /// A member has a [`Flaw`], the archive cannot be read, or `take` fails.
    pub fn each<'a>(
        &mut self,
        archive: &Archive,
        members: &'a [Member],
        mut take: impl FnMut(&'a Member, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (members.first(), members.last()) else {
            return Ok(());
        };
        let length = usize::try_from(last.end - first.start).map_err(|_| archive.bad(last, Flaw::Overlap))?;
        grow(&mut self.raw, length);
        archive
            .file()
            .read_exact_at(&mut self.raw[..length], first.start)
            .map_err(Error::Io)?;
        for member in members {
            let at = |offset: u64| usize::try_from(offset - first.start).unwrap_or(usize::MAX);
            let region = &self.raw[at(member.start)..at(member.end)];
            let plain = open(region, member, &mut self.inflater, &mut self.plain);
            take(member, plain.map_err(|flaw| archive.bad(member, flaw))?)?;
        }
        Ok(())
    }

    /// Reads one member of at most [`WHOLE`] bytes.
    ///
    /// # Errors
    ///
    /// As [`Content::each`]; a larger member is a [`Flaw::Size`].
    pub fn whole(&mut self, archive: &Archive, member: &Member) -> Result<Vec<u8>> {
        if member.size > WHOLE {
            return Err(archive.bad(member, Flaw::Size(member.size)));
        }
        let mut content = Vec::new();
        self.each(archive, std::slice::from_ref(member), |_, bytes| {
            content = bytes.to_vec();
            Ok(())
        })?;
        Ok(content)
    }

    /// Reads one member of any size and hands it over piece by piece.
    ///
    /// Size and checksum are verified after the last piece.
    ///
    /// # Errors
    ///
    /// As [`Content::each`].
    pub fn flow(
        &mut self,
        archive: &Archive,
        member: &Member,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let data = data_start(archive, member)?;
        let source = Region {
            archive,
            at: data,
            left: member.compressed_size,
        };
        let mut source: Box<dyn std::io::Read> = match member.method {
            Method::Stored => Box::new(source),
            Method::Deflated => Box::new(flate2::read::DeflateDecoder::new_with_buf(source, vec![0; PIECE])),
        };
        grow(&mut self.plain, PIECE);
        let (mut crc, mut size) = (Crc::new(), 0u64);
        loop {
            let length = source
                .read(&mut self.plain[..PIECE])
                .map_err(|error| damage(archive, member, error))?;
            if length == 0 {
                break;
            }
            size += length as u64;
            if size > member.size {
                return Err(archive.bad(member, Flaw::Size(member.size)));
            }
            crc.update(&self.plain[..length]);
            take(&self.plain[..length])?;
        }
        if size != member.size {
            return Err(archive.bad(member, Flaw::Size(member.size)));
        }
        check_crc(member, crc.sum()).map_err(|flaw| archive.bad(member, flaw))
    }
}

/// Checks header and tail of a member that flows; returns where its data begin.
fn data_start(archive: &Archive, member: &Member) -> Result<u64> {
    let bad = |flaw| archive.bad(member, flaw);
    let region = usize::try_from(member.end - member.start).unwrap_or(usize::MAX);
    let mut head = vec![0; region.min(header::LENGTH + 2 * usize::from(u16::MAX))];
    archive.file().read_exact_at(&mut head, member.start)?;
    let length = header::length(&head).map_err(bad)?;
    let whole = head.get(..length).ok_or_else(|| bad(Flaw::Overlap))?;
    header::check(whole, member).map_err(bad)?;
    let data = member.start + length as u64;
    let rest = (member.end - data)
        .checked_sub(member.compressed_size)
        .ok_or_else(|| bad(Flaw::Overlap))?;
    let mut tail = vec![0; usize::try_from(rest).unwrap_or_default().min(64)];
    if tail.len() as u64 != rest {
        return Err(bad(Flaw::UnclaimedBytes(rest)));
    }
    archive.file().read_exact_at(&mut tail, member.end - rest)?;
    header::check_rest(&tail, member).map_err(bad)?;
    Ok(data)
}

/// Makes a buffer at least that large. What is in it is lost: a new one comes zeroed from the system, where growing
/// would write to each of its pages.
fn grow(buffer: &mut Vec<u8>, size: usize) {
    if buffer.len() < size {
        *buffer = Vec::new();
        *buffer = vec![0; size];
    }
}

/// Takes a member's region apart and returns its verified content.
fn open<'a>(
    region: &'a [u8],
    member: &Member,
    inflater: &mut Decompressor,
    plain: &'a mut Vec<u8>,
) -> Result<&'a [u8], Flaw> {
    let length = header::length(region)?;
    header::check(region.get(..length).ok_or(Flaw::Overlap)?, member)?;
    let compressed = usize::try_from(member.compressed_size).map_err(|_| Flaw::Overlap)?;
    let (data, rest) = region[length..]
        .split_at_checked(compressed)
        .ok_or(Flaw::Overlap)?;
    header::check_rest(rest, member)?;
    let content = match member.method {
        Method::Stored => data,
        Method::Deflated => inflate(data, member, inflater, plain)?,
    };
    check_crc(member, libdeflater::crc32(content))?;
    Ok(content)
}

fn inflate<'a>(
    data: &[u8],
    member: &Member,
    inflater: &mut Decompressor,
    plain: &'a mut Vec<u8>,
) -> Result<&'a [u8], Flaw> {
    let size = usize::try_from(member.size).map_err(|_| Flaw::Size(member.size))?;
    grow(plain, size);
    match inflater.deflate_decompress(data, &mut plain[..size]) {
        Ok(length) if length == size => Ok(&plain[..size]),
        Ok(_) | Err(libdeflater::DecompressionError::InsufficientSpace) => Err(Flaw::Size(member.size)),
        Err(libdeflater::DecompressionError::BadData) => Err(Flaw::Damaged),
    }
}

fn check_crc(member: &Member, found: u32) -> Result<(), Flaw> {
    if found == member.crc {
        return Ok(());
    }
    Err(Flaw::Checksum {
        expected: member.crc,
        found,
    })
}

fn damage(archive: &Archive, member: &Member, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::UnexpectedEof => archive.bad(member, Flaw::Damaged),
        _ => Error::Io(error),
    }
}

/// A part of the archive, read in order.
struct Region<'a> {
    archive: &'a Archive,
    at: u64,
    left: u64,
}

impl std::io::Read for Region<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let length = self.archive.file().read_at(&mut buffer[..most], self.at)?;
        self.at += length as u64;
        self.left -= length as u64;
        Ok(length)
    }
}
