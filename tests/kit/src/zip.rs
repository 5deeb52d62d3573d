//! A zip writer that can lie: every field of every header can be set to what an attacker or a
//! broken tool would write there.

use libdeflater::{CompressionLvl, Compressor, Crc};

/// Compression methods by their number in the zip specification.
pub const STORED: u16 = 0;
/// Deflate, the only compression that wheels use.
pub const DEFLATED: u16 = 8;

/// The general purpose flag that says: this member is encrypted.
pub const FLAG_ENCRYPTED: u16 = 1;
/// The flag that says: sizes and checksum follow the data.
pub const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// The flag that says: the name is UTF-8.
pub const FLAG_UTF8: u16 = 1 << 11;

/// One member as it is to be written; the `Option`s overwrite what would be true.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name, as bytes: it need not be UTF-8, nor safe.
    pub name: Vec<u8>,
    /// The content before compression.
    pub data: Vec<u8>,
    /// The compression method, really used if it is one of the two above.
    pub method: u16,
    /// The Unix mode with file type, in the upper half of the external attributes.
    pub mode: u32,
    /// The system that it is said to be made on: 3 is Unix, 0 MS-DOS.
    pub system: u8,
    /// General purpose flags, in both headers.
    pub flags: u16,
    /// Writes zip64 extra fields although nothing needs them.
    pub zip64: bool,
    /// The name in the local header, if another.
    pub local_name: Option<Vec<u8>>,
    /// The checksum in the local header, if another.
    pub local_crc: Option<u32>,
    /// The compression method in the local header, if another.
    pub local_method: Option<u16>,
    /// The uncompressed size in both headers, if another.
    pub size: Option<u64>,
    /// The compressed size in both headers, if another.
    pub compressed_size: Option<u64>,
    /// The checksum in both headers, if another.
    pub crc: Option<u32>,
    /// The offset of the local header in the central directory, if another.
    pub offset: Option<u64>,
    /// The 32-bit size that goes with a zip64 extra field, if not 0xffffffff.
    pub size_beside_zip64: Option<u32>,
    /// Raw extra field bytes for the central directory.
    pub extra: Vec<u8>,
}

impl Member {
    /// A compressed regular file, readable by all.
    pub fn new(name: &str, data: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            data: data.into(),
            method: DEFLATED,
            mode: 0o100_644,
            system: 3,
            flags: if name.is_ascii() { 0 } else { FLAG_UTF8 },
            zip64: false,
            local_name: None,
            local_crc: None,
            local_method: None,
            size: None,
            compressed_size: None,
            crc: None,
            offset: None,
            size_beside_zip64: None,
            extra: Vec::new(),
        }
    }
}

/// An archive under construction.
#[derive(Clone, Debug, Default)]
pub struct Zip {
    /// The members, in order.
    pub members: Vec<Member>,
    /// Bytes before the first local header.
    pub prefix: Vec<u8>,
    /// Bytes after the end record.
    pub suffix: Vec<u8>,
    /// Bytes between the last member and the central directory.
    pub gap: Vec<u8>,
    /// The archive's comment.
    pub comment: Vec<u8>,
    /// The number of members in the end record, if another.
    pub count: Option<u16>,
    /// Writes the zip64 end records although nothing needs them.
    pub zip64: bool,
}

/// What was really written for a member, and where.
struct Written {
    offset: u64,
    crc: u32,
    compressed: u64,
    size: u64,
}

impl Zip {
    /// The archive's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let written: Vec<Written> = self
            .members
            .iter()
            .map(|member| write_member(&mut out, member))
            .collect();
        out.extend_from_slice(&self.gap);
        let start = out.len() as u64;
        for (member, written) in self.members.iter().zip(&written) {
            write_directory_entry(&mut out, member, written);
        }
        self.write_end(&mut out, start);
        out.extend_from_slice(&self.suffix);
        out
    }

    fn write_end(&self, out: &mut Vec<u8>, start: u64) {
        let length = out.len() as u64 - start;
        let count = self.members.len() as u64;
        if self.zip64 {
            let record = out.len() as u64;
            put32(out, 0x0606_4b50);
            put64(out, 44);
            put16(out, 45);
            put16(out, 45);
            put32(out, 0);
            put32(out, 0);
            for value in [count, count, length, start] {
                put64(out, value);
            }
            put32(out, 0x0706_4b50);
            put32(out, 0);
            put64(out, record);
            put32(out, 1);
        }
        let narrow = |value: u64| if self.zip64 { u32::MAX } else { value as u32 };
        let count = self
            .count
            .unwrap_or(if self.zip64 { u16::MAX } else { count as u16 });
        put32(out, 0x0605_4b50);
        put32(out, 0);
        put16(out, count);
        put16(out, count);
        put32(out, narrow(length));
        put32(out, narrow(start));
        put16(out, self.comment.len() as u16);
        out.extend_from_slice(&self.comment);
    }
}

fn write_member(out: &mut Vec<u8>, member: &Member) -> Written {
    let offset = out.len() as u64;
    let body = compress(member);
    let written = Written {
        offset,
        crc: member.crc.unwrap_or_else(|| checksum(&member.data)),
        compressed: member.compressed_size.unwrap_or(body.len() as u64),
        size: member.size.unwrap_or(member.data.len() as u64),
    };
    let later = member.flags & FLAG_DESCRIPTOR != 0;
    let crc = member.local_crc.unwrap_or(written.crc);
    let (crc, compressed, size) = if later {
        (0, 0, 0)
    } else {
        (crc, written.compressed, written.size)
    };
    let name = member.local_name.as_ref().unwrap_or(&member.name);
    let zip64 = if member.zip64 {
        zip64_extra(&[size, compressed])
    } else {
        Vec::new()
    };
    put32(out, 0x0403_4b50);
    put16(out, 20);
    put16(out, member.flags);
    put16(out, member.local_method.unwrap_or(member.method));
    put32(out, 0x0021_0000);
    put32(out, crc);
    put32(out, narrow(member, compressed));
    put32(out, narrow(member, size));
    put16(out, name.len() as u16);
    put16(out, zip64.len() as u16);
    out.extend_from_slice(name);
    out.extend_from_slice(&zip64);
    out.extend_from_slice(&body);
    if later {
        put32(out, 0x0807_4b50);
        put32(out, member.local_crc.unwrap_or(written.crc));
        put32(out, written.compressed as u32);
        put32(out, written.size as u32);
    }
    written
}

fn write_directory_entry(out: &mut Vec<u8>, member: &Member, written: &Written) {
    let mut extra = member.extra.clone();
    if member.zip64 {
        extra.extend(zip64_extra(&[written.size, written.compressed]));
    }
    put32(out, 0x0201_4b50);
    put16(out, u16::from(member.system) << 8 | 0x14);
    put16(out, 20);
    put16(out, member.flags);
    put16(out, member.method);
    put32(out, 0x0021_0000);
    put32(out, written.crc);
    put32(out, narrow(member, written.compressed));
    put32(out, narrow(member, written.size));
    put16(out, member.name.len() as u16);
    put16(out, extra.len() as u16);
    put16(out, 0); // comment
    put16(out, 0); // disk
    put16(out, 0); // internal attributes
    put32(out, member.mode << 16);
    put32(out, member.offset.unwrap_or(written.offset) as u32);
    out.extend_from_slice(&member.name);
    out.extend_from_slice(&extra);
}

fn narrow(member: &Member, value: u64) -> u32 {
    if member.zip64 {
        member.size_beside_zip64.unwrap_or(u32::MAX)
    } else {
        value as u32
    }
}

fn zip64_extra(values: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    put16(&mut out, 1);
    put16(&mut out, (values.len() * 8) as u16);
    for value in values {
        put64(&mut out, *value);
    }
    out
}

fn compress(member: &Member) -> Vec<u8> {
    if member.method != DEFLATED {
        return member.data.clone();
    }
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.deflate_compress_bound(member.data.len())];
    let length = compressor
        .deflate_compress(&member.data, &mut out)
        .expect("the bound is large enough");
    out.truncate(length);
    out
}

fn checksum(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}
