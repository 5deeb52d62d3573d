//! `METADATA` out of a wheel, of which no more is read than needed: its directory stands at its end.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rawzip::{CompressionMethod, ReaderAt, ZipArchive, ZipLocator};

use crate::http::{Answer, Call, Http};
use crate::{Address, Error};

/// How much of the end is asked for first: enough for the directory of most wheels.
const TAIL: u64 = 16 * 1024;

/// No honest METADATA is longer.
const MOST: u64 = 16 << 20;

const ACCEPT: &str = "*/*";

/// A wheel at an address, read by ranges; what was read is kept.
struct Remote<'a> {
    http: &'a Http,
    url: &'a Address,
    deadline: Duration,
    size: u64,
    pieces: Mutex<Vec<(u64, Vec<u8>)>>,
}

/// Reads `METADATA` of the wheel at an address by ranges. `None` if the server does not honour them.
pub(crate) fn by_ranges(
    http: &Http,
    url: &Address,
    size: Option<u64>,
    deadline: Duration,
) -> Result<Option<Vec<u8>>, Error> {
    let range = match size {
        Some(size) => format!("bytes={}-{}", size.saturating_sub(TAIL), size.saturating_sub(1)),
        None => format!("bytes=-{TAIL}"),
    };
    let call = Call {
        range: Some(&range),
        ..Call::new(url, ACCEPT, deadline)
    };
    let answer = http.retrying(|| http.get(&call))?;
    let Some((start, total)) = part_of(&answer) else {
        return Ok(None);
    };
    let tail = answer.read_part(url)?;
    let pieces = Mutex::new(vec![(start, tail)]);
    let remote = Remote {
        http,
        url,
        deadline,
        size: total,
        pieces,
    };
    let found = read(&remote, total, |from| remote.ahead(from));
    found.map(Some).map_err(|what| Error::BadWheel {
        file: url.file_name(),
        what,
    })
}

/// Reads `METADATA` of the wheel at a path of this machine; `name` is what errors call it.
///
/// # Errors
///
/// It is no zip archive, or has not exactly one `METADATA`.
pub fn metadata_of(path: &std::path::Path, name: &str) -> Result<Vec<u8>, Error> {
    let file = fs_err::File::open(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    of_file(file.into_file(), name)
}

/// Reads `METADATA` of a wheel that is here.
pub(crate) fn of_file(file: std::fs::File, name: &str) -> Result<Vec<u8>, Error> {
    let bad = |what: String| Error::BadWheel {
        file: name.to_owned(),
        what,
    };
    let size = file.metadata().map_err(|error| bad(error.to_string()))?.len();
    read(rawzip::FileReader::from(file), size, |_| Ok(())).map_err(bad)
}

/// Start and total of a 206 that says them.
fn part_of(answer: &Answer) -> Option<(u64, u64)> {
    if answer.status != 206 {
        return None;
    }
    let (range, total) = answer
        .header("content-range")?
        .strip_prefix("bytes ")?
        .split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()?))
}

impl Answer {
    fn read_part(mut self, url: &Address) -> Result<Vec<u8>, Error> {
        self.read(MOST).map_err(|error| Error::Network {
            url: url.without_credentials(),
            what: error.to_string(),
            attempts: 1,
        })
    }
}

impl Remote<'_> {
    /// Gets in one request what lies between an offset and the pieces that are here.
    fn ahead(&self, from: u64) -> io::Result<()> {
        let start = self
            .pieces()
            .iter()
            .map(|(start, _)| *start)
            .min()
            .unwrap_or(self.size);
        if from < start && start - from <= MOST {
            self.get(from, start)
        } else {
            Ok(())
        }
    }

    fn get(&self, from: u64, to: u64) -> io::Result<()> {
        let range = format!("bytes={from}-{}", to.min(self.size).saturating_sub(1));
        let call = Call {
            range: Some(&range),
            ..Call::new(self.url, ACCEPT, self.deadline)
        };
        let answer = self
            .http
            .retrying(|| self.http.get(&call))
            .map_err(io::Error::other)?;
        if part_of(&answer).is_none_or(|(start, total)| start != from || total != self.size) {
            return Err(io::Error::other(
                "the index answered another range than asked for",
            ));
        }
        let bytes = answer.read_part(self.url).map_err(io::Error::other)?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.pieces().push((from, bytes));
        Ok(())
    }

    fn pieces(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Vec<u8>)>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn copy(&self, buffer: &mut [u8], offset: u64) -> Option<usize> {
        for (start, bytes) in self.pieces().iter() {
            let skip = offset
                .checked_sub(*start)
                .and_then(|skip| usize::try_from(skip).ok());
            if let Some(rest) = skip
                .and_then(|skip| bytes.get(skip..))
                .filter(|rest| !rest.is_empty())
            {
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                return Some(length);
            }
        }
        None
    }
}

impl ReaderAt for Remote<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        if let Some(length) = self.copy(buffer, offset) {
            return Ok(length);
        }
        let length = (buffer.len() as u64).max(TAIL);
        self.get(offset, offset.saturating_add(length))?;
        Ok(self.copy(buffer, offset).unwrap_or(0))
    }
}

/// Reads the member; `ahead` is told where the directory begins before it is read.
fn read<R: ReaderAt>(reader: R, size: u64, ahead: impl Fn(u64) -> io::Result<()>) -> Result<Vec<u8>, String> {
    let mut buffer = vec![0; usize::try_from(TAIL).unwrap_or(0)];
    let archive = ZipLocator::new()
        .locate_in_reader(&reader, &mut buffer, size)
        .map_err(|(_, error)| format!("not a zip archive: {error}"))?;
    ahead(archive.directory_offset()).map_err(|error| error.to_string())?;
    let mut found = None;
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().map_err(|error| error.to_string())? {
        if !is_metadata(entry.file_path().as_ref()) {
            continue;
        }
        if found.is_some() {
            return Err("more than one .dist-info/METADATA".to_owned());
        }
        found = Some((entry.wayfinder(), entry.compression_method()));
    }
    let (place, method) = found.ok_or("no .dist-info/METADATA")?;
    member(&archive, place, method).map_err(|error| format!("METADATA: {error}"))
}

fn is_metadata(path: &[u8]) -> bool {
    path.strip_suffix(b".dist-info/METADATA")
        .is_some_and(|stem| !stem.is_empty() && !stem.contains(&b'/'))
}

fn member<R: ReaderAt>(
    archive: &ZipArchive<R>,
    place: rawzip::ZipArchiveEntryWayfinder,
    method: CompressionMethod,
) -> io::Result<Vec<u8>> {
    let entry = archive.get_entry(place).map_err(io::Error::other)?;
    let mut text = Vec::new();
    match method {
        CompressionMethod::STORE => entry
            .verifying_reader(entry.reader())
            .take(MOST)
            .read_to_end(&mut text)?,
        CompressionMethod::DEFLATE => {
            let plain = flate2::read::DeflateDecoder::new(entry.reader());
            entry.verifying_reader(plain).take(MOST).read_to_end(&mut text)?
        }
        other => {
            return Err(io::Error::other(format!(
                "compressed with method {}",
                other.as_u16()
            )));
        }
    };
    Ok(text)
}
