//! What came back: status, headers, and a body still to be read.

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
        let packed = self
            .header("content-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        let mut body = Vec::new();
        if packed {
            flate2::read::MultiGzDecoder::new(self.body.by_ref())
                .take(limit + 1)
                .read_to_end(&mut body)?;
        } else {
            self.body.by_ref().take(limit + 1).read_to_end(&mut body)?;
        }
        if body.len() as u64 > limit {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("more than {limit} bytes"),
            ));
        }
        Ok(body)
    }
}
