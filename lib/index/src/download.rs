//! Getting a file: streamed, hashed on the way, gone on with where a connection broke.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::http::{Answer, Call, Failed, Http};
use crate::{Error, File, Partial};

/// Slowest that a file may come, in bytes per second, on top of the general patience.
const SLOWEST: u64 = 16 * 1024;

/// However often a connection breaks after some progress, there is an end.
const MOST_ANSWERS: u32 = 200;

/// A complete file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// How many of the bytes came over the network now.
    pub transferred: u64,
}

/// One file being fetched.
pub(crate) struct Download<'a> {
    pub(crate) http: &'a Http,
    pub(crate) file: &'a File,
    /// Digests any of which is right; none: whatever the page says, else anything.
    pub(crate) expected: Vec<String>,
    pub(crate) patience: Duration,
    /// Told of each piece that arrives.
    pub(crate) arrived: &'a dyn Fn(u64),
}

/// What is to be done after one answer has ended.
enum Next {
    Done,
    Again(Failed),
}

impl Download<'_> {
    /// Gets the file into `partial`, going on from what is there.
    pub(crate) fn run(&self, partial: &mut Partial) -> Result<Received, Error> {
        let outcome = self.to_the_end(partial);
        if outcome.is_err() {
            self.io(partial.note(), partial)?;
        }
        outcome
    }

    fn to_the_end(&self, partial: &mut Partial) -> Result<Received, Error> {
        let mut transferred = 0;
        let mut idle = 0;
        let mut answers = 0;
        let mut fresh = false;
        let begun = Instant::now();
        loop {
            if self.is_whole(partial) {
                return Ok(self.received(partial, transferred));
            }
            let before = partial.len();
            let next = self.once(partial, &mut transferred);
            answers += 1;
            let failed = match next? {
                Next::Done if self.is_right(partial) => return Ok(self.received(partial, transferred)),
                // What an earlier answer left was not the beginning of this file.
                Next::Done if partial.is_resumed() && !fresh => {
                    fresh = true;
                    self.io(partial.restart(None), partial)?;
                    continue;
                }
                Next::Done if !self.is_short(partial) => {
                    let error = self.mismatch(partial);
                    // Nobody shall go on from bytes that are wrong.
                    self.io(partial.restart(None), partial)?;
                    return Err(error);
                }
                Next::Done => self.broken("the file ends too early"),
                Next::Again(failed) => failed,
            };
            idle = if partial.len() > before { 1 } else { idle + 1 };
            if begun.elapsed() > self.deadline() {
                // A server that lets a little through each time would keep us for ever.
                return Err(self.late(answers));
            }
            let exhausted = idle > self.http.retries() || answers >= MOST_ANSWERS;
            if exhausted || !self.http.pause(&failed, idle) {
                return Err(failed.error.tried(answers));
            }
        }
    }

    fn received(&self, partial: &Partial, transferred: u64) -> Received {
        Received {
            sha256: partial.sha256(),
            size: partial.len(),
            transferred,
        }
    }

    /// Whether what is here is the file already.
    fn is_whole(&self, partial: &Partial) -> bool {
        let long_enough = self.file.size.is_none_or(|size| partial.len() == size);
        !partial.is_empty() && !self.expected.is_empty() && long_enough && self.is_right(partial)
    }

    fn is_right(&self, partial: &Partial) -> bool {
        if self.expected.is_empty() {
            return self.file.size.is_none_or(|size| partial.len() == size);
        }
        self.expected.contains(&partial.sha256())
    }

    fn is_short(&self, partial: &Partial) -> bool {
        self.file.size.is_some_and(|size| partial.len() < size)
    }

    fn deadline(&self) -> Duration {
        self.patience + Duration::from_secs(self.file.size.unwrap_or(0) / SLOWEST)
    }

    /// One request, its answer taken as far as it goes.
    fn once(&self, partial: &mut Partial, transferred: &mut u64) -> Result<Next, Error> {
        let range = format!("bytes={}-", partial.len());
        let held = partial.validator().map(str::to_owned);
        let mut call = Call::new(&self.file.url, "*/*", self.deadline());
        if !partial.is_empty() {
            call.range = Some(&range);
            call.if_range = held.as_deref();
        }
        let mut answer = match self.http.get(&call) {
            Ok(answer) => answer,
            Err(failed) => return Ok(Next::Again(failed)),
        };
        if answer.status == 416 {
            self.io(partial.restart(None), partial)?;
            return Ok(Next::Again(
                self.broken("the index has fewer bytes than it gave before"),
            ));
        }
        if answer.status == 206 && starts_at(&answer) == Some(partial.len()) {
            partial.resume();
        } else if answer.status == 206 {
            self.io(partial.restart(None), partial)?;
            return Ok(Next::Again(
                self.broken("the index answered another range than asked for"),
            ));
        } else {
            self.refuse_page(&answer)?;
            let validator = answer.validator().map(str::to_owned);
            self.io(partial.restart(validator.as_deref()), partial)?;
        }
        self.take(&mut answer, partial, transferred)
    }

    fn take(&self, answer: &mut Answer, partial: &mut Partial, transferred: &mut u64) -> Result<Next, Error> {
        // Some servers say so of every .tar.gz, and mean the file itself; others pack what they were asked not to.
        let coded = answer
            .header("content-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        let packed = coded && !self.file.name.ends_with("gz");
        let mut body: Box<dyn Read + '_> = if packed {
            Box::new(flate2::read::MultiGzDecoder::new(&mut answer.body))
        } else {
            Box::new(&mut answer.body)
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => return Ok(Next::Done),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Next::Again(self.http.failed(&self.file.url, error.into()))),
            };
            if self
                .file
                .size
                .is_some_and(|size| partial.len() + count as u64 > size)
            {
                return Err(self.too_long());
            }
            self.io(partial.write(&buffer[..count]), partial)?;
            *transferred += count as u64;
            (self.arrived)(count as u64);
        }
    }

    /// A login page with status 200 is not the file.
    fn refuse_page(&self, answer: &Answer) -> Result<(), Error> {
        let found = answer.media_type();
        if !["text/html", "application/xhtml+xml"].contains(&found.as_str()) {
            return Ok(());
        }
        let url = answer.url.without_credentials();
        Err(Error::NotAPackage {
            url,
            expected: "a package",
            found,
        })
    }

    fn broken(&self, what: &str) -> Failed {
        Failed::broken(&self.file.url, what)
    }

    fn late(&self, attempts: u32) -> Error {
        Error::Timeout {
            url: self.file.url.without_credentials(),
            after: self.deadline(),
            attempts,
        }
    }

    fn too_long(&self) -> Error {
        let size = self.file.size.unwrap_or_default();
        let what = format!("the file is longer than the {size} bytes that the index announced");
        Error::Network {
            url: self.file.url.without_credentials(),
            what,
            attempts: 1,
        }
    }

    fn mismatch(&self, partial: &Partial) -> Error {
        self.file
            .mismatch(&self.expected, partial.sha256(), partial.len())
    }

    fn io<T>(&self, result: io::Result<T>, partial: &Partial) -> Result<T, Error> {
        result.map_err(|source| Error::Io {
            path: partial.path().to_owned(),
            source,
        })
    }
}

fn starts_at(answer: &Answer) -> Option<u64> {
    let range = answer.header("content-range")?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.parse().ok()
}
