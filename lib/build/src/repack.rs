//! The same wheel again, in the one form that depends on nothing but its content.

use crate::Error;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use fs_err as fs;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter, time::UtcDateTime};
use std::{
    io::{Read as _, Write},
    path::Path,
};

/// A member with the only attribute that matters.
struct Member {
    name: String,
    executable: bool,
    content: Vec<u8>,
}

/// Rewrites the wheel at `from` to `into`: members sorted by name with the `.dist-info` last, one time for all,
/// modes 644 and 755.
///
/// Backends order members as the disk lists them and stamp them as they please; after this, equal content is
/// equal bytes.
pub(crate) fn repack(from: &Path, into: &Path, epoch: u64) -> Result<(), Error> {
    let bytes = fs::read(from)?;
    let name = crate::name_of(from);
    let bad = |error: rawzip::Error| Error::BadArchive {
        archive: name.clone(),
        reason: error.to_string(),
    };
    let mut members = read(&bytes).map_err(bad)?;
    members.sort_by_cached_key(|member| (rank(&member.name), member.name.clone()));
    let mut file = std::io::BufWriter::new(fs::File::create(into)?);
    write(&mut file, &members, epoch).map_err(bad)?;
    file.flush()?;
    Ok(())
}

/// Returns the METADATA of the wheel at `path`.
pub(crate) fn metadata(path: &Path) -> Result<Vec<u8>, Error> {
    let bad = |reason: String| Error::BadArchive {
        archive: crate::name_of(path),
        reason,
    };
    let members = read(&fs::read(path)?).map_err(|error| bad(error.to_string()))?;
    let found = members
        .into_iter()
        .find(|member| rank(&member.name) > 0 && member.name.ends_with(".dist-info/METADATA"));
    found
        .map(|member| member.content)
        .ok_or_else(|| bad("no METADATA".to_owned()))
}

/// The order of members in a wheel: code first, what describes it after it, RECORD at the very end (PEP 427).
fn rank(name: &str) -> u8 {
    let described = name
        .split_once('/')
        .is_some_and(|(top, _)| top.ends_with(".dist-info"));
    u8::from(described) + u8::from(described && name.ends_with("/RECORD"))
}

fn read(bytes: &[u8]) -> Result<Vec<Member>, rawzip::Error> {
    let zip = ZipArchive::from_slice(bytes)?;
    let mut members = Vec::new();
    for entry in zip.entries() {
        let entry = entry?;
        if entry.is_dir() {
            continue;
        }
        let found = zip.get_entry(entry.wayfinder())?;
        let mut content = Vec::new();
        if entry.compression_method() == CompressionMethod::STORE {
            found.verifying_reader(found.data()).read_to_end(&mut content)?;
        } else {
            let inflated = DeflateDecoder::new(found.data());
            found.verifying_reader(inflated).read_to_end(&mut content)?;
        }
        members.push(Member {
            name: String::from_utf8_lossy(entry.file_path().as_ref()).into_owned(),
            executable: entry.mode().permissions() & 0o111 != 0,
            content,
        });
    }
    Ok(members)
}

fn write(into: impl Write, members: &[Member], epoch: u64) -> Result<(), rawzip::Error> {
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
        writer.write_all(&member.content)?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    zip.finish()?;
    Ok(())
}
