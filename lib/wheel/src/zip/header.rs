//! A member's own header, and what follows its data.

use super::member::Member;
use super::{u16_at, u32_at, u64_at};
use crate::flaw::Flaw;

const SIGNATURE: u32 = 0x0403_4b50;
/// The length without name and extra fields.
pub(super) const LENGTH: usize = 30;
const DESCRIPTOR: u32 = 0x0807_4b50;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// The flags that change what a header or its data mean.
const MEANINGFUL_FLAGS: u16 = 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 11 | 1 << 13;

/// Returns the length of header, name and extra fields, given at least [`LENGTH`] bytes.
pub(super) fn length(header: &[u8]) -> Result<usize, Flaw> {
    if header.len() < LENGTH || u32_at(header, 0) != SIGNATURE {
        return Err(Flaw::HeaderDisagrees("place"));
    }
    Ok(LENGTH + usize::from(u16_at(header, 26)) + usize::from(u16_at(header, 28)))
}

/// Compares a whole header with what the directory says of the member.
pub(super) fn check(header: &[u8], member: &Member) -> Result<(), Flaw> {
    let differs = |what| Err(Flaw::HeaderDisagrees(what));
    let name_end = LENGTH + usize::from(u16_at(header, 26));
    if header.get(LENGTH..name_end) != Some(member.name.as_bytes()) {
        return differs("name");
    }
    if u16_at(header, 8) != member.method.number() {
        return differs("compression method");
    }
    let flags = u16_at(header, 6);
    if (flags ^ member.flags) & MEANINGFUL_FLAGS != 0 {
        return differs("set of flags");
    }
    let (crc, compressed, size) = (u32_at(header, 14), u32_at(header, 18), u32_at(header, 22));
    let later = flags & FLAG_DESCRIPTOR != 0;
    if crc != member.crc && !(later && crc == 0) {
        return differs("checksum");
    }
    let mut wide = zip64(&header[name_end..])?;
    let size = widen(size, &mut wide)?;
    let compressed = widen(compressed, &mut wide)?;
    if size != member.size && !(later && size == 0) {
        return differs("size");
    }
    if compressed != member.compressed_size && !(later && compressed == 0) {
        return differs("compressed size");
    }
    Ok(())
}

/// Checks what follows the data: nothing, or the descriptor that the flags announce.
pub(super) fn check_rest(rest: &[u8], member: &Member) -> Result<(), Flaw> {
    if member.flags & FLAG_DESCRIPTOR == 0 {
        return if rest.is_empty() {
            Ok(())
        } else {
            Err(Flaw::UnclaimedBytes(rest.len() as u64))
        };
    }
    let fields = match rest.len() {
        16 | 24 if u32_at(rest, 0) == DESCRIPTOR => &rest[4..],
        12 | 20 => rest,
        other => return Err(Flaw::UnclaimedBytes(other as u64)),
    };
    let (compressed, size) = match fields.len() {
        12 => (u64::from(u32_at(fields, 4)), u64::from(u32_at(fields, 8))),
        _ => (u64_at(fields, 4), u64_at(fields, 12)),
    };
    if u32_at(fields, 0) != member.crc {
        return Err(Flaw::HeaderDisagrees("checksum"));
    }
    if (compressed, size) != (member.compressed_size, member.size) {
        return Err(Flaw::HeaderDisagrees("size"));
    }
    Ok(())
}

/// Returns the zip64 extra field of a local header; empty if there is none.
fn zip64(mut extra: &[u8]) -> Result<&[u8], Flaw> {
    while extra.len() >= 4 {
        let length = usize::from(u16_at(extra, 2));
        let field = extra
            .get(4..4 + length)
            .ok_or(Flaw::HeaderDisagrees("set of extra fields"))?;
        if u16_at(extra, 0) == 1 {
            return Ok(field);
        }
        extra = &extra[4 + length..];
    }
    Ok(&[])
}

fn widen(narrow: u32, wide: &mut &[u8]) -> Result<u64, Flaw> {
    if narrow != u32::MAX {
        return Ok(u64::from(narrow));
    }
    let (value, rest) = wide.split_at_checked(8).ok_or(Flaw::Zip64)?;
    *wide = rest;
    Ok(u64_at(value, 0))
}
