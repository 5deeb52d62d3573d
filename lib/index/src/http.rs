//! One request and its answer: redirects, credentials, proxies, certificates, deadlines, retries.

mod agents;
mod answer;
mod auth;
mod date;
mod forward;
mod resolver;

use std::io;
use std::time::Duration;

use crate::config::Settings;
use crate::{Address, Error, FirstRequest};

use agents::Agents;
pub(crate) use answer::{Answer, Body};
use auth::Keys;

const MAX_REDIRECTS: usize = 10;

/// Longest pause that an index may ask for before we give up instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Sends requests; shared by all threads, each connection is kept for the next request.
#[derive(Debug)]
pub(crate) struct Http {
    agents: Agents,
    keys: Keys,
    retries: u32,
    pause: Duration,
    timeout: Duration,
    first: FirstRequest,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) url: &'a Address,
    pub(crate) accept: &'static str,
    /// Whether the body may arrive compressed.
    pub(crate) compressed: bool,
    /// Bytes wanted: `bytes=5-`.
    pub(crate) range: Option<&'a str>,
    /// The validator that must still hold for the range.
    pub(crate) if_range: Option<&'a str>,
    /// The validator of a copy that is here already.
    pub(crate) if_none_match: Option<&'a str>,
    /// When the copy that is here already was last changed.
    pub(crate) if_modified_since: Option<&'a str>,
    /// How long the whole answer may take.
    pub(crate) deadline: Duration,
}

impl<'a> Call<'a> {
    pub(crate) fn new(url: &'a Address, accept: &'static str, deadline: Duration) -> Self {
        Self {
            url,
            accept,
            compressed: false,
            range: None,
            if_range: None,
            if_none_match: None,
            if_modified_since: None,
            deadline,
        }
    }
}

/// What became of a try, and whether another may do better.
pub(crate) struct Failed {
    pub(crate) error: Box<Error>,
    pub(crate) transient: bool,
    wait: Option<Duration>,
}

impl Failed {
    /// An answer that was not what it should be, though it may be next time.
    pub(crate) fn broken(url: &Address, what: &str) -> Self {
        let error = Error::Network {
            url: url.without_credentials(),
            what: what.to_owned(),
            attempts: 1,
        };
        Self {
            error: Box::new(error),
            transient: true,
            wait: None,
        }
    }
}

impl Http {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            agents: Agents::new(settings),
            keys: Keys::new(settings),
            retries: settings.retries,
            pause: settings.pause,
            timeout: settings.timeout,
            first: FirstRequest::default(),
        }
    }

    /// Tells of the first request.
    pub(crate) fn first_request(&self) -> &FirstRequest {
        &self.first
    }

    /// How often a failure without progress is tried again.
    pub(crate) fn retries(&self) -> u32 {
        self.retries
    }

    /// Gets an answer whose body is small, trying again where that may help.
    pub(crate) fn get_small(&self, call: &Call, limit: u64) -> Result<(Answer, Vec<u8>), Error> {
        self.get_with(call, |answer| answer.read(limit))
    }

    /// Gets an answer with its body as it comes, trying again where that may help.
    pub(crate) fn get_packed(&self, call: &Call, limit: u64) -> Result<(Answer, Body), Error> {
        self.get_with(call, |answer| answer.receive(limit))
    }

    fn get_with<T>(
        &self,
        call: &Call,
        body: impl Fn(&mut Answer) -> io::Result<T>,
    ) -> Result<(Answer, T), Error> {
        self.retrying(|| {
            let mut answer = self.get(call)?;
            let body = body(&mut answer).map_err(|error| self.failed(call.url, error.into()))?;
            Ok((answer, body))
        })
    }

    /// Does something as often as it fails for a reason that may pass, with growing pauses.
    pub(crate) fn retrying<T>(&self, mut action: impl FnMut() -> Result<T, Failed>) -> Result<T, Error> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let failed = match action() {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            if attempt > self.retries || !self.pause(&failed, attempt) {
                return Err(failed.error.tried(attempt));
            }
        }
    }

    /// Waits before the next try; `false` if there is no use in one.
    pub(crate) fn pause(&self, failed: &Failed, attempt: u32) -> bool {
        let grown = self.pause * 2u32.saturating_pow(attempt.saturating_sub(1).min(5));
        let wait = failed.wait.unwrap_or(grown);
        if !failed.transient || wait > LONGEST_WAIT {
            return false;
        }
        std::thread::sleep(wait);
        true
    }

    /// Sends one request and follows its redirects. Any status but 2xx, 304 and 416 is a failure.
    pub(crate) fn get(&self, call: &Call) -> Result<Answer, Failed> {
        self.first.make();
        let answer = self.follow(call)?;
        match answer.status {
            200..=299 | 304 | 416 => Ok(answer),
            status => {
                let wait = answer.retry_after();
                let transient = matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504 | 520..=524);
                let error = Error::Status {
                    url: answer.url,
                    status,
                    attempts: 1,
                    retry_after: wait,
                };
                Err(Failed {
                    error: Box::new(error),
                    transient,
                    wait,
                })
            }
        }
    }

    fn follow(&self, call: &Call) -> Result<Answer, Failed> {
        let mut url = call.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(call, &url)?;
            let place = match answer.status {
                301 | 302 | 303 | 307 | 308 => answer.header("location").map(str::to_owned),
                _ => None,
            };
            let Some(place) = place else { return Ok(answer) };
            let next = url
                .join(&place)
                .map_err(|error| refused(&url, error.to_string()))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(refused(&url, format!("redirected from https to {next}")));
            }
            if next.is_file() {
                return Err(refused(&url, format!("redirected to {next}")));
            }
            url = next;
        }
        Err(refused(call.url, format!("more than {MAX_REDIRECTS} redirects")))
    }

    fn send(&self, call: &Call, url: &Address) -> Result<Answer, Failed> {
        let way = self.agents.of(url).map_err(|error| Failed {
            error: Box::new(error),
            transient: false,
            wait: None,
        })?;
        let coding = if call.compressed { "gzip" } else { "identity" };
        let mut request = way
            .agent
            .get(url.to_string())
            .header("accept", call.accept)
            .header("accept-encoding", coding);
        if let Some(range) = call.range {
            request = request.header("range", range);
        }
        if let Some(validator) = call.if_range {
            request = request.header("if-range", validator);
        }
        if let Some(validator) = call.if_none_match {
            request = request.header("if-none-match", validator);
        }
        if let Some(date) = call.if_modified_since {
            request = request.header("if-modified-since", date);
        }
        if let Some(value) = self.keys.of(url) {
            request = request.header("authorization", value);
        }
        if let Some(value) = way.proxy_authorization {
            request = request.header("proxy-authorization", value);
        }
        let request = request.config().timeout_global(Some(call.deadline)).build();
        let response = request.call().map_err(|error| self.failed(url, error))?;
        let (parts, body) = response.into_parts();
        let body = body.into_reader();
        Ok(Answer {
            status: parts.status.as_u16(),
            url: url.clone(),
            headers: parts.headers,
            body,
        })
    }

    /// What an error of the connection means.
    pub(crate) fn failed(&self, url: &Address, error: ureq::Error) -> Failed {
        let url = url.without_credentials();
        let untrusted = match &error {
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => true,
            // Where rustls meets a bad certificate while it reads, it says so in this way.
            ureq::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
            _ => false,
        };
        let transient = !untrusted && !matches!(error, ureq::Error::BadUri(_));
        let error = match error {
            other if untrusted => Error::Untrusted {
                url,
                what: other.to_string(),
            },
            ureq::Error::Timeout(_) => Error::Timeout {
                url,
                after: self.timeout,
                attempts: 1,
            },
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Error::Timeout {
                url,
                after: self.timeout,
                attempts: 1,
            },
            ureq::Error::HostNotFound => Error::Network {
                what: format!("no such host: {}", url.host()),
                url,
                attempts: 1,
            },
            other => Error::Network {
                url,
                what: other.to_string(),
                attempts: 1,
            },
        };
        Failed {
            error: Box::new(error),
            transient,
            wait: None,
        }
    }
}

fn refused(url: &Address, what: String) -> Failed {
    let error = Error::Redirect {
        url: url.without_credentials(),
        what,
    };
    Failed {
        error: Box::new(error),
        transient: false,
        wait: None,
    }
}
