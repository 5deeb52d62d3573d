//! What is wrong with a lock.

use crate::Site;
use std::fmt::Display;
use wire::{Fault, Kind, Place, ReadError};

/// Why a lock cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A line of a requirements file, or an entry of a pylock.toml, cannot be read.
    #[error("{source}")]
    File {
        /// Where it stands.
        site: Site,
        /// What was expected and what was found.
        source: pyspec::Error,
    },
    /// A JSON document is incomplete, or of a kind that holds no lock.
    #[error("{file}: {source}")]
    Document {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        source: ReadError,
    },
    /// A value in a document is not what its member says.
    #[error("{subject}: {message}")]
    Value {
        /// The file, and the package if there is one.
        subject: String,
        /// What was expected and what was found.
        message: String,
    },
    /// A requirement that cannot be locked: editable, a folder, a branch.
    #[error("{text}: {reason}")]
    Unsupported {
        /// Where it stands.
        site: Site,
        /// The requirement as written.
        text: String,
        /// Why it cannot be locked.
        reason: String,
    },
    /// The hash in an address is malformed.
    #[error("{name}: the hash in its address: {reason}")]
    BadHash {
        /// Where it stands.
        site: Site,
        /// The package.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A package has hashes, but none that is ever compared.
    #[error("{name} has hashes, but no sha256 among them, and no other is compared")]
    WeakHash {
        /// Where it stands.
        site: Site,
        /// The package.
        name: String,
    },
    /// Two requirements for one package apply at once.
    #[error("{name} is asked for twice on {target}: {first} and {second}")]
    Twice {
        /// Where the second stands.
        site: Site,
        /// The package.
        name: String,
        /// The target on which both apply.
        target: String,
        /// The first requirement.
        first: String,
        /// The second requirement.
        second: String,
    },
    /// A marker has no value on a target.
    #[error("{name}: {message}")]
    Marker {
        /// Where it stands.
        site: Site,
        /// The package.
        name: String,
        /// Why there is no value.
        message: String,
    },
}

impl Error {
    /// Makes the error of a requirements file or pylock.toml that `pyspec` could not read.
    pub(crate) fn of_file(name: &str, error: pyspec::Error) -> Self {
        let (file, line) = match &error {
            pyspec::Error::RequirementsFile { file, line, .. }
            | pyspec::Error::Unreadable { file, line, .. } => (file.clone(), *line),
            _ => (name.to_owned(), error.line().unwrap_or(0)),
        };
        Self::File {
            site: Site { file, line },
            source: error,
        }
    }

    pub(crate) fn value(subject: &str, message: &impl Display) -> Self {
        Self::Value {
            subject: subject.to_owned(),
            message: message.to_string(),
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::File {
                source: pyspec::Error::Unreadable { .. },
                ..
            } => Kind::NotFound,
            Self::File { .. } | Self::BadHash { .. } => Kind::BadSyntax,
            Self::Document { .. } | Self::Value { .. } => Kind::BadDocument,
            Self::Unsupported { .. } | Self::Marker { .. } => Kind::Unsupported,
            Self::WeakHash { .. } => Kind::MissingHash,
            Self::Twice { .. } => Kind::Conflict,
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::File { site, .. }
            | Self::Unsupported { site, .. }
            | Self::BadHash { site, .. }
            | Self::WeakHash { site, .. }
            | Self::Twice { site, .. }
            | Self::Marker { site, .. } => site.place(),
            Self::Document { file, source } => Place {
                file: Some(file.clone()),
                line: source.line(),
            },
            Self::Value { subject, .. } => Place::file(subject),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Marker { .. } => {
                Some("name the target in full, cp3.12.4-…, or use a document of --probe".into())
            }
            Self::Unsupported { .. } => {
                Some("own code comes from a checkout: pyvenv-offline --path SRC".into())
            }
            _ => None,
        }
    }
}
