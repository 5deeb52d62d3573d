//! The same wheel again, in the one form that depends on nothing but its content.

use crate::Error;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use fs_err as fs;
use rawzip::{
    CompressionMethod, FileReader, ZipArchive, ZipArchiveEntryWayfinder, ZipArchiveWriter, time::UtcDateTime,
};
use std::{
    io::{self, Read, Write},
    path::Path,
};

/// How much of a wheel is read at once while its directory is looked for.
const BUFFER: usize = 64 << 10;

/// A member with the only attribute that matters, and where its content is.
struct Member {
    name: String,
    executable: bool,
    method: CompressionMethod,
    place: ZipArchiveEntryWayfinder,
}

/// Rewrites the wheel at `from` to `into`: members sorted by name with the `.dist-info` last, one time for all,
/// modes 644 and 755.
///
/// Backends order members as the disk lists them and stamp them as they please; after this, equal content is
/// equal bytes. Nothing is held in memory but names.
pub(crate) fn repack(from: &Path, into: &Path, epoch: u64) -> Result<(), Error> {
    let bad = |error: rawzip::Error| bad(from, error.to_string());
    let archive = open(from)?;
    let mut members = members(&archive).map_err(bad)?;
    members.sort_by_cached_key(|member| (rank(&member.name), member.name.clone()));
    let mut file = io::BufWriter::new(fs::File::create(into)?);
    write(&mut file, &archive, &members, epoch).map_err(bad)?;
    file.flush()?;
    Ok(())
}

/// Returns the METADATA of the wheel at `path`.
pub(crate) fn metadata(path: &Path) -> Result<Vec<u8>, Error> {
    let archive = open(path)?;
    let members = members(&archive).map_err(|error| bad(path, error.to_string()))?;
    let found = members
        .iter()
        .find(|member| rank(&member.name) > 0 && member.name.ends_with(".dist-info/METADATA"));
    let found = found.ok_or_else(|| bad(path, "no METADATA".to_owned()))?;
    let mut content = Vec::new();
    copy(&archive, found, &mut content).map_err(|error| bad(path, error.to_string()))?;
    Ok(content)
}

fn bad(path: &Path, reason: String) -> Error {
    Error::BadArchive {
        archive: crate::name_of(path),
        reason,
    }
}

fn open(path: &Path) -> Result<ZipArchive<FileReader>, Error> {
    let file = fs::File::open(path)?.into_parts().0;
    let opened = ZipArchive::from_file(file, &mut vec![0; BUFFER]);
    opened.map_err(|error| bad(path, error.to_string()))
}

/// The order of members in a wheel: code first, what describes it after it, RECORD at the very end (PEP 427).
fn rank(name: &str) -> u8 {
    let described = name
        .split_once('/')
        .is_some_and(|(top, _)| top.ends_with(".dist-info"));
    u8::from(described) + u8::from(described && name.ends_with("/RECORD"))
}

fn members(archive: &ZipArchive<FileReader>) -> Result<Vec<Member>, rawzip::Error> {
    let mut buffer = vec![0; BUFFER];
    let mut entries = archive.entries(&mut buffer);
    let mut members = Vec::new();
    while let Some(entry) = entries.next_entry()? {
        if entry.is_dir() {
            continue;
        }
        members.push(Member {
            name: String::from_utf8_lossy(entry.file_path().as_ref()).into_owned(),
            executable: entry.mode().permissions() & 0o111 != 0,
            method: entry.compression_method(),
            place: entry.wayfinder(),
        });
    }
    Ok(members)
}

/// Writes the content of a member, and insists on its checksum.
fn copy(
    archive: &ZipArchive<FileReader>,
    member: &Member,
    into: &mut impl Write,
) -> Result<(), rawzip::Error> {
    let found = archive.get_entry(member.place)?;
    let mut content: Box<dyn Read> = if member.method == CompressionMethod::STORE {
        Box::new(found.verifying_reader(found.reader()))
    } else {
        Box::new(found.verifying_reader(DeflateDecoder::new(found.reader())))
    };
    io::copy(&mut content, into)?;
    Ok(())
}

fn write(
    into: impl Write,
    archive: &ZipArchive<FileReader>,
    members: &[Member],
    epoch: u64,
) -> Result<(), rawzip::Error> {
    let mut zip = ZipArchiveWriter::new(into);
    let time = UtcDateTime::from_unix(i64::try_from(epoch).unwrap_or(i64::MAX));
    for member in members {
        let mode = if member.executable { 0o100_755 } else { 0o100_644 };
        let (mut entry, config) = zip
            .new_file(&member.name)
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(time)
            .unix_permissions(mode)
            .start()?;
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        copy(archive, member, &mut writer)?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    zip.finish()?;
    Ok(())
}
