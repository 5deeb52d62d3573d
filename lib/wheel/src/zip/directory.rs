//! The central directory: the list of members at the archive's end.

use std::collections::HashSet;

use super::end::End;
use super::member::{Member, Method};
use super::{path, u16_at, u32_at, u64_at};
use crate::flaw::Flaw;

const SIGNATURE: u32 = 0x0201_4b50;
const LENGTH: usize = 46;
/// The length of a local header without name and extra fields.
const LOCAL_LENGTH: u64 = 30;

/// Encrypted, patched, strongly encrypted, or with masked headers.
const FORBIDDEN_FLAGS: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
const FLAG_UTF8: u16 = 1 << 11;

/// The type of a file in its mode, and the two that are allowed.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// Deflate cannot shrink more than this.
const GREATEST_RATIO: u64 = 1032;
/// Nor does it grow anything much; beyond twice the size and this many bytes it would be hiding something.
const SLACK: u64 = 4096;
/// What a whole archive may unpack to, compared with its own size, once it is large.
const BOMB_RATIO: u64 = 200;
const BOMB_SIZE: u64 = 256 << 20;

/// A flaw, with the name of the member that has it.
type MemberFlaw = (Option<String>, Flaw);

/// Reads all entries and gives each the bytes from its header to the next one's.
pub(super) fn parse(bytes: &[u8], end: &End) -> Result<Vec<Member>, MemberFlaw> {
    let mut members = Vec::with_capacity(
        usize::try_from(end.count)
            .unwrap_or_default()
            .min(bytes.len() / LENGTH),
    );
    let mut rest = bytes;
    while !rest.is_empty() {
        let (member, length) = entry(rest)?;
        members.push(member);
        rest = &rest[length..];
    }
    if members.len() as u64 != end.count {
        return Err((None, Flaw::Directory));
    }
    refuse_duplicates(&members)?;
    refuse_bombs(&members, end.directory_offset)?;
    lay_out(&mut members, end.directory_offset)?;
    Ok(members)
}

fn entry(bytes: &[u8]) -> Result<(Member, usize), MemberFlaw> {
    if bytes.len() < LENGTH || u32_at(bytes, 0) != SIGNATURE {
        return Err((None, Flaw::Directory));
    }
    let name_length = usize::from(u16_at(bytes, 28));
    let extra_length = usize::from(u16_at(bytes, 30));
    let length = LENGTH + name_length + extra_length + usize::from(u16_at(bytes, 32));
    if bytes.len() < length {
        return Err((None, Flaw::Directory));
    }
    let name = &bytes[LENGTH..LENGTH + name_length];
    let extra = &bytes[LENGTH + name_length..LENGTH + name_length + extra_length];
    let shown = || Some(String::from_utf8_lossy(name).into_owned());
    let member = member(bytes, name, extra).map_err(|flaw| (shown(), flaw))?;
    Ok((member, length))
}

fn member(header: &[u8], name: &[u8], extra: &[u8]) -> Result<Member, Flaw> {
    let flags = u16_at(header, 8);
    if flags & FORBIDDEN_FLAGS != 0 {
        return Err(Flaw::Encrypted);
    }
    if u16_at(header, 34) != 0 {
        return Err(Flaw::Volumes);
    }
    let method = Method::from_number(u16_at(header, 10)).ok_or(Flaw::Method(u16_at(header, 10)))?;
    let mut wide = Wide::new(extra)?;
    let size = wide.value(u32_at(header, 24))?;
    let compressed_size = wide.value(u32_at(header, 20))?;
    let start = wide.value(u32_at(header, 42))?;
    // Whichever system it was made on: other readers do not ask for that, pip among them.
    let mode = u32_at(header, 38) >> 16;
    let member = Member {
        name: decode(name, flags)?,
        size,
        crc: u32_at(header, 16),
        executable: mode & TYPE == REGULAR && mode & 0o111 != 0,
        method,
        compressed_size,
        flags,
        start,
        end: start,
    };
    path::check(&member.name)?;
    check_type(&member, mode)?;
    check_sizes(&member)?;
    Ok(member)
}

fn decode(name: &[u8], flags: u16) -> Result<String, Flaw> {
    if flags & FLAG_UTF8 == 0 && !name.is_ascii() {
        return Err(Flaw::NameEncoding);
    }
    String::from_utf8(name.to_vec()).map_err(|_| Flaw::NameEncoding)
}

/// Allows regular files, and folders whose name says so; some writers leave the type out.
fn check_type(member: &Member, mode: u32) -> Result<(), Flaw> {
    match mode & TYPE {
        0 => Ok(()),
        REGULAR if !member.is_folder() => Ok(()),
        FOLDER if member.is_folder() => Ok(()),
        _ => Err(Flaw::FileType(mode)),
    }
}

fn check_sizes(member: &Member) -> Result<(), Flaw> {
    let possible = match member.method {
        Method::Stored => member.size == member.compressed_size,
        Method::Deflated => {
            member.size / GREATEST_RATIO <= member.compressed_size
                && member.compressed_size / 2 <= member.size.saturating_add(SLACK)
        }
    };
    if !possible || (member.is_folder() && member.size != 0) {
        return Err(Flaw::Size(member.size));
    }
    Ok(())
}

/// The zip64 extra field, whose values stand for the narrow ones that are at their maximum.
struct Wide<'a> {
    values: &'a [u8],
}

impl<'a> Wide<'a> {
    fn new(mut extra: &'a [u8]) -> Result<Self, Flaw> {
        let mut found: &[u8] = &[];
        while extra.len() >= 4 {
            let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let field = extra.get(4..4 + length).ok_or(Flaw::Directory)?;
            match id {
                1 if found.is_empty() => found = field,
                1 => return Err(Flaw::Zip64),
                // A second name, which some readers would prefer.
                0x7075 => return Err(Flaw::NameEncoding),
                _ => {}
            }
            extra = &extra[4 + length..];
        }
        Ok(Self { values: found })
    }

    fn value(&mut self, narrow: u32) -> Result<u64, Flaw> {
        if narrow != u32::MAX {
            return Ok(u64::from(narrow));
        }
        let (value, rest) = self.values.split_at_checked(8).ok_or(Flaw::Zip64)?;
        self.values = rest;
        Ok(u64_at(value, 0))
    }
}

fn refuse_duplicates(members: &[Member]) -> Result<(), MemberFlaw> {
    let mut seen = HashSet::with_capacity(members.len());
    match members
        .iter()
        .find(|member| !seen.insert(member.name.trim_end_matches('/')))
    {
        Some(member) => Err((Some(member.name.clone()), Flaw::Duplicate)),
        None => Ok(()),
    }
}

fn refuse_bombs(members: &[Member], compressed: u64) -> Result<(), MemberFlaw> {
    let size = members
        .iter()
        .fold(0u64, |sum, member| sum.saturating_add(member.size));
    if size > BOMB_SIZE && size / BOMB_RATIO > compressed {
        return Err((None, Flaw::Bomb { size, compressed }));
    }
    Ok(())
}

/// Sorts members by place and lets each end where the next begins.
fn lay_out(members: &mut [Member], directory_offset: u64) -> Result<(), MemberFlaw> {
    members.sort_unstable_by_key(|member| member.start);
    match members.first() {
        Some(first) if first.start != 0 => return Err((None, Flaw::UnclaimedBytes(first.start))),
        None if directory_offset != 0 => return Err((None, Flaw::UnclaimedBytes(directory_offset))),
        _ => {}
    }
    for at in 0..members.len() {
        let end = members.get(at + 1).map_or(directory_offset, |next| next.start);
        let member = &mut members[at];
        member.end = end;
        let least = LOCAL_LENGTH + member.name.len() as u64;
        match least
            .checked_add(member.compressed_size)
            .and_then(|least| least.checked_add(member.start))
        {
            Some(least) if least <= end => {}
            _ => return Err((Some(member.name.clone()), Flaw::Overlap)),
        }
    }
    Ok(())
}
