//! What can be wrong with a path or a file of attributes.

use wire::{Fault, Kind, Place};

/// Why a path or a file of attributes is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A line of a file of attributes.
    #[error("{message}")]
    Syntax {
        /// The file, as the caller named it.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// A path that cannot be one below a root.
    #[error("{path:?} {why}")]
    Path {
        /// The path, as far as it can be read.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::BadSyntax
    }

    fn place(&self) -> Place {
        match self {
            Self::Syntax { file, line, .. } => Place::line(file, *line),
            Self::Path { path, .. } => Place::file(path),
        }
    }
}
