//! What can go wrong with interpreters.

use std::path::PathBuf;

use wire::{Fault, Kind, Place};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong with an interpreter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such program.
    #[error("no interpreter {} found", program.display())]
    NotFound {
        /// As asked for.
        program: PathBuf,
    },
    /// It does not answer as Python does.
    #[error("{} does not answer as a Python interpreter does: {why}", program.display())]
    NotPython {
        /// The program that was run.
        program: PathBuf,
        /// What it did instead.
        why: String,
    },
    /// It is a Python, but not one for which environments are made here.
    #[error("{} is Python {version}: {why}", program.display())]
    Unsupported {
        /// The interpreter.
        program: PathBuf,
        /// Its version.
        version: String,
        /// Why it cannot be used.
        why: &'static str,
    },
    /// It did not answer in time.
    #[error("{} did not answer within {seconds} s", program.display())]
    Timeout {
        /// The program that was run.
        program: PathBuf,
        /// The time it was given, in seconds.
        seconds: u64,
    },
    /// A target document contradicts itself.
    #[error("a target that cannot be: {0}")]
    BadTarget(String),
    /// A name stands for no target.
    #[error("{0}")]
    BadName(String),
    /// A file holds no document `target/1`.
    #[error("{file}: {why}")]
    BadDocument {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// The system was in the way.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A file could not be put in its place.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::NotPython { .. } | Self::Unsupported { .. } => Kind::Unsupported,
            Self::Timeout { .. } => Kind::Timeout,
            Self::BadTarget(_) | Self::BadDocument { .. } => Kind::BadDocument,
            Self::BadName(_) => Kind::Usage,
            Self::Io(error) => Kind::of_io(error),
            Self::Disk(error) => error.kind(),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::NotFound { program }
            | Self::NotPython { program, .. }
            | Self::Unsupported { program, .. }
            | Self::Timeout { program, .. } => Place::file(program.display().to_string()),
            Self::Disk(error) => error.place(),
            Self::BadDocument { file, .. } => Place::file(file),
            Self::BadTarget(_) | Self::BadName(_) | Self::Io(_) => Place::default(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } | Self::NotPython { .. } | Self::Unsupported { .. } => {
                Some("name another one with --python".to_owned())
            }
            _ => None,
        }
    }
}
