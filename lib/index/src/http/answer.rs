//! What came back: status, headers, and a body still to be read.

use std::borrow::Cow;
use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use ureq::http::HeaderMap;

use super::date;
use crate::Address;

/// An answer whose body is still to be read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it came from after all redirects.
    pub(crate) url: Address,
    pub(super) headers: HeaderMap,
    pub(crate) body: ureq::BodyReader<'static>,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type without its parameters, in lower case.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }

    /// For how many seconds the answer may be used without asking again, by its own word (RFC 9111).
    pub(crate) fn max_age(&self) -> u64 {
        let control = self
            .header("cache-control")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let words = || control.split(',').map(str::trim);
        if words().any(|word| matches!(word, "no-cache" | "no-store")) {
            return 0;
        }
        let seconds = |word: &str| word.strip_prefix("max-age=")?.trim_matches('"').parse().ok();
        let age = self
            .header("age")
            .and_then(|age| age.trim().parse().ok())
            .unwrap_or(0);
        words()
            .find_map(seconds)
            .map_or(0, |seconds: u64| seconds.saturating_sub(age))
    }

    /// A strong validator for `If-Range`: an `ETag` that is not weak, else the date.
    pub(crate) fn validator(&self) -> Option<&str> {
        let etag = self.header("etag").filter(|etag| !etag.starts_with("W/"));
        etag.or_else(|| self.header("last-modified"))
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = date::parse(value)?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// Reads the whole body, decompressed, up to a limit.
    pub(crate) fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let body = self.receive(limit)?;
        match body.packed {
            true => Ok(body.plain(Vec::new())?.into_owned()),
            false => Ok(body.bytes),
        }
    }

    /// Reads the whole body as it comes, up to a limit, which also holds for what it will be unpacked.
    pub(crate) fn receive(&mut self, limit: u64) -> io::Result<Body> {
        let packed = self
            .header("content-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        let announced = self.header("content-length").and_then(|text| text.parse().ok());
        let room = announced.unwrap_or(0).min(limit).min(LARGEST_GUESS);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0) + 1);
        self.body.by_ref().take(limit + 1).read_to_end(&mut bytes)?;
        within(&bytes, limit)?;
        Ok(Body { bytes, packed, limit })
    }
}

/// A body as it came: a compressed page is a tenth of what it says, and many wait for their turn to be read.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    packed: bool,
    limit: u64,
}

impl Body {
    /// Returns the content, in memory that is handed in where it has to be decompressed.
    pub(crate) fn plain(&self, spare: Vec<u8>) -> io::Result<Cow<'_, [u8]>> {
        if !self.packed {
            return Ok(Cow::Borrowed(&self.bytes));
        }
        let plain = unpacked(&self.bytes, self.limit, spare)?;
        within(&plain, self.limit)?;
        Ok(Cow::Owned(plain))
    }
}

fn within(bytes: &[u8], limit: u64) -> io::Result<()> {
    if bytes.len() as u64 <= limit {
        return Ok(());
    }
    let told = format!("more than {limit} bytes");
    Err(io::Error::new(io::ErrorKind::InvalidData, told))
}

/// So much memory is taken on the word of a header alone.
const LARGEST_GUESS: u64 = 8 << 20;

/// Unpacks gzip: at once where the end of it tells its size truly, as it does for one short member; else step by step,
/// up to one byte more than the limit.
fn unpacked(packed: &[u8], limit: u64, mut plain: Vec<u8>) -> io::Result<Vec<u8>> {
    let told = packed.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
    // Deflate packs no more than about a thousand to one.
    let honest = u64::from(told) <= limit && u64::from(told) / 1032 <= packed.len() as u64;
    if honest && let Ok(size) = usize::try_from(told) {
        plain.resize(size, 0);
        let done = libdeflater::Decompressor::new().gzip_decompress(packed, &mut plain);
        if done.is_ok_and(|written| written == size) {
            return Ok(plain);
        }
    }
    plain.clear();
    flate2::read::MultiGzDecoder::new(packed)
        .take(limit + 1)
        .read_to_end(&mut plain)?;
    Ok(plain)
}
