//! What can go wrong between us and an index.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use wire::{Fault, Kind, Place};

use crate::config::{Origin, Setting};
use crate::{Address, BadAddress};

/// Why something did not come from an index. Addresses show no credentials.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages say")]
pub enum Error {
    /// A configuration file is not as pip wants it.
    #[error("{}:{line}: {what}", path.display())]
    Config { path: PathBuf, line: u32, what: String },
    /// A value of the configuration is not what its option wants.
    #[error("{}: {} = {}: expected {expected}", setting.origin, setting.key, setting.value)]
    Value {
        setting: Setting,
        expected: &'static str,
    },
    /// The address of an index is none.
    #[error("{origin}: {source}")]
    BadAddress { origin: Origin, source: BadAddress },
    /// Nothing names an index.
    #[error("no package index is configured")]
    NoIndex,
    /// A certificate cannot be used.
    #[error("{}: {what}", path.display())]
    Certificate { path: PathBuf, what: String },
    /// The address of a proxy is none.
    #[error("not the address of a proxy: {proxy}")]
    Proxy { proxy: String },
    /// No answer, or one that ended too early, as often as it was tried.
    #[error("{url}: {what}{}", Tried(*attempts))]
    Network {
        url: Address,
        what: String,
        attempts: u32,
    },
    /// The host has a certificate that we do not trust, or speaks no TLS that we know.
    #[error("{url}: {what}")]
    Untrusted { url: Address, what: String },
    /// An answer took too long.
    #[error("{url}: no answer within {} s{}", after.as_secs_f32(), Tried(*attempts))]
    Timeout {
        url: Address,
        after: Duration,
        attempts: u32,
    },
    /// An answer with a status that is no success.
    #[error("{url}: the index answered {status}{}", Tried(*attempts))]
    Status {
        url: Address,
        status: u16,
        attempts: u32,
        retry_after: Option<Duration>,
    },
    /// A page for people where a file or an index page was expected.
    #[error("{url}: expected {expected}, got a page of type {found}")]
    NotAPackage {
        url: Address,
        expected: &'static str,
        found: String,
    },
    /// A page that cannot be read.
    #[error("{url}: {what}")]
    BadPage { url: Address, what: String },
    /// No index has a project of this name.
    #[error("no index knows a package named {name} (asked {})", indexes.join(", "))]
    UnknownPackage { name: String, indexes: Vec<String> },
    /// The bytes that came are not the ones expected.
    #[error(transparent)]
    HashMismatch(Box<HashMismatch>),
    /// A redirect that is not followed.
    #[error("{url}: {what}")]
    Redirect { url: Address, what: String },
    /// The metadata of a wheel cannot be read.
    #[error("{file}: {what}")]
    BadWheel { file: String, what: String },
    /// The system was in the way.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Bytes that are not the ones expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} from {index}: expected {}, found sha256:{found} in {size} bytes{}", expected.join(" or "), Announced(*announced, *size))]
pub struct HashMismatch {
    /// Name of the file.
    pub file: String,
    /// The index or the folder of links that gave it.
    pub index: String,
    /// How many bytes came.
    pub size: u64,
    /// How many the index had announced.
    pub announced: Option<u64>,
    /// `sha256:` and digest, any of which would have been right.
    pub expected: Vec<String>,
    /// Hexadecimal SHA-256 of the bytes that came.
    pub found: String,
}

/// What the index announced, said only when it is not what came.
struct Announced(Option<u64>, u64);

impl fmt::Display for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(announced) if announced != self.1 => write!(f, "; the index announced {announced} bytes"),
            _ => Ok(()),
        }
    }
}

/// How often something was tried, said only when it was more than once.
struct Tried(u32);

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 {
            write!(f, " (tried {} times)", self.0)
        } else {
            Ok(())
        }
    }
}

impl Error {
    /// The same, said to have been tried so often.
    pub(crate) fn tried(mut self, times: u32) -> Self {
        if let Self::Network { attempts, .. }
        | Self::Timeout { attempts, .. }
        | Self::Status { attempts, .. } = &mut self
        {
            *attempts = times;
        }
        self
    }

    /// Whether it is an answer with this status.
    pub fn is_status(&self, wanted: u16) -> bool {
        matches!(self, Self::Status { status, .. } if *status == wanted)
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Config { .. } => Kind::BadSyntax,
            Self::Value { .. } | Self::BadAddress { .. } | Self::Certificate { .. } | Self::Proxy { .. } => {
                Kind::Usage
            }
            Self::NoIndex => Kind::NoIndex,
            Self::Network { .. } | Self::Untrusted { .. } | Self::Redirect { .. } | Self::BadPage { .. } => {
                Kind::Network
            }
            Self::Timeout { .. } => Kind::Timeout,
            Self::Status { status, .. } => of_status(*status),
            Self::NotAPackage { .. } => Kind::NotAPackage,
            Self::UnknownPackage { .. } => Kind::UnknownPackage,
            Self::HashMismatch(_) => Kind::HashMismatch,
            Self::BadWheel { .. } => Kind::BadWheel,
            Self::Io { source, .. } => Kind::of_io(source),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Config { path, line, .. } => Place::line(path.display().to_string(), *line),
            Self::Certificate { path, .. } | Self::Io { path, .. } => Place::file(path.display().to_string()),
            Self::HashMismatch(mismatch) => Place::file(&mismatch.file),
            Self::BadWheel { file, .. } => Place::file(file),
            _ => Place::default(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Untrusted { .. } => Some(
                "--cert FILE or PIP_CERT names an authority to trust; --trusted-host trusts blindly"
                    .to_owned(),
            ),
            Self::Status { status: 401, url, .. } => Some(format!(
                "put a name and a password for {} into netrc, or into the index's address in pip's configuration",
                url.host()
            )),
            Self::Status {
                retry_after: Some(wait),
                ..
            } => Some(format!("the index asks to wait {} s", wait.as_secs())),
            _ => None,
        }
    }
}

fn of_status(status: u16) -> Kind {
    match status {
        401 | 407 => Kind::Http401,
        403 => Kind::Http403,
        404 | 410 => Kind::NotFound,
        429 => Kind::Http429,
        500.. => Kind::Http5xx,
        _ => Kind::Network,
    }
}
