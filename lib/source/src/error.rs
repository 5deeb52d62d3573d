//! Why candidates cannot be had.

use std::{fmt, io, path::PathBuf, sync::Arc, time::Duration};
use wire::{Fault, Kind, Place};

/// What an index, or a build backend, answers.
pub(crate) type Found<T> = Result<T, Error>;

/// A question that an index, or a build backend, did not answer.
///
/// Answers are kept, and so are errors: this one can be cloned.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The index failed.
    #[error("{0}")]
    Index(Arc<index::Error>),
    /// The interpreter whose pip knows the index failed.
    #[error("{0}")]
    Python(Arc<python::Error>),
    /// A source distribution would have to be built to know what it needs, and that failed.
    #[error("what {file} needs cannot be found out")]
    Sdist {
        /// The name of the archive.
        file: String,
        /// Why.
        source: Arc<Shared>,
    },
    /// The resolution took too long.
    #[error("no answer was found within {} s", limit.as_secs())]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// Build requirements contradict each other, or are not there.
    #[error("{summary}")]
    BuildRequirements {
        /// The sort of failure.
        kind: Kind,
        /// What the resolver says.
        summary: String,
    },
    /// An index names a hash that is none.
    #[error("{file}: {reason}")]
    BadHash {
        /// The name of the file.
        file: String,
        /// What is wrong with its hash.
        reason: String,
    },
    /// A version is for some targets only, and nothing tells these from the others.
    #[error("no marker tells the targets of {package} from the others")]
    Inseparable {
        /// Name and version.
        package: String,
    },
    /// The file system was in the way.
    #[error("cannot write {}", path.display())]
    Io {
        /// What was being written or read.
        path: PathBuf,
        /// Why it could not be.
        source: Arc<io::Error>,
    },
}

/// A fault of any library, kept so that it can be shared.
pub struct Shared(pub(crate) Box<dyn Fault + Send + Sync>);

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io {
            path,
            source: Arc::new(source),
        }
    }
}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Self {
        Self::Index(Arc::new(error))
    }
}

impl From<python::Error> for Error {
    fn from(error: python::Error) -> Self {
        Self::Python(Arc::new(error))
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Index(error) => error.kind(),
            Self::Python(error) => error.kind(),
            Self::BadHash { .. } => Kind::BadMetadata,
            Self::Inseparable { .. } => Kind::Conflict,
            Self::Sdist { source, .. } => source.0.kind(),
            Self::Timeout { .. } => Kind::Timeout,
            Self::BuildRequirements { kind, .. } => *kind,
            Self::Io { source, .. } => Kind::of_io(source),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Index(error) => error.place(),
            Self::Python(error) => error.place(),
            Self::BadHash { file, .. } => Place::file(file),
            Self::Sdist { source, .. } => source.0.place(),
            Self::Io { path, .. } => Place::file(path.display().to_string()),
            Self::Timeout { .. } | Self::BuildRequirements { .. } | Self::Inseparable { .. } => {
                Place::default()
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Index(error) => error.hint(),
            Self::Python(error) => error.hint(),
            Self::Sdist { source, .. } => source.0.hint(),
            _ => None,
        }
    }
}
