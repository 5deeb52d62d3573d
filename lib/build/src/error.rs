//! What can go wrong while building.

use std::{io, path::PathBuf, time::Duration};
use wire::{Fault, Kind, Place};

/// A build that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive's name has an ending that this crate does not unpack.
    #[error("{archive} is neither .tar.gz nor .zip")]
    UnknownArchive {
        /// The archive's file name.
        archive: String,
    },
    /// The archive is damaged.
    #[error("{archive} cannot be unpacked: {reason}")]
    BadArchive {
        /// The archive's file name.
        archive: String,
        /// What the reader said.
        reason: String,
    },
    /// A member would land outside, or is of a kind that no source distribution has.
    #[error("{archive} has a member that is refused: {member}: {reason}")]
    BadMember {
        /// The archive's file name.
        archive: String,
        /// The member's path.
        member: String,
        /// Why it is refused.
        reason: &'static str,
    },
    /// The archive has no folder, or more than one, at its top.
    #[error("{archive} has {found} entries at its top, expected one folder")]
    NotOneFolder {
        /// The archive's file name.
        archive: String,
        /// How many there are.
        found: usize,
    },
    /// `pyproject.toml` breaks PEP 517 or PEP 518.
    #[error("pyproject.toml of {project}: {reason}")]
    BadProject {
        /// The project's folder name.
        project: String,
        /// What is wrong.
        reason: String,
    },
    /// Nothing says how it is built.
    #[error("{project} has neither pyproject.toml nor setup.py")]
    NoProject {
        /// The project's folder name.
        project: String,
    },
    /// The build requirements could not be had.
    #[error("build requirements of {project} ({requirements}) cannot be had")]
    Requirements {
        /// The project's folder name.
        project: String,
        /// The requirements, separated by commas.
        requirements: String,
        /// The kind of the cause.
        kind: Kind,
        /// Where the cause happened.
        place: Place,
        /// What the cause says to do.
        hint: Option<String>,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The backend failed.
    #[error("{hook} of {project} failed\n{tail}")]
    Hook {
        /// The project's folder name.
        project: String,
        /// The hook's name.
        hook: &'static str,
        /// The last lines that the backend wrote.
        tail: String,
        /// The whole log.
        log: PathBuf,
    },
    /// The backend answered something that the hook may not answer.
    #[error("{hook} of {project} answered rubbish: {reason}")]
    BadAnswer {
        /// The project's folder name.
        project: String,
        /// The hook's name.
        hook: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The backend made a wheel that nobody should install.
    #[error("{project} was built to a wheel that is none")]
    BadWheel {
        /// The project's name.
        project: String,
        /// What is wrong with it.
        source: wheel::Error,
    },
    /// The backend took too long.
    #[error("{hook} of {project} ran longer than {} s", limit.as_secs())]
    Timeout {
        /// The project's folder name.
        project: String,
        /// The hook's name.
        hook: &'static str,
        /// The limit.
        limit: Duration,
    },
    /// The kernel does not give a network namespace.
    #[error("the network cannot be cut for the build of {project}")]
    NoIsolation {
        /// The project's folder name.
        project: String,
    },
    /// Foreign code does not run as uid 0.
    #[error("{project} would be built as root")]
    Root {
        /// The project's folder name.
        project: String,
    },
    /// The environment for the backend could not be made.
    #[error(transparent)]
    Environment(#[from] python::Error),
    /// A wheel of the build requirements is bad.
    #[error(transparent)]
    Wheel(#[from] wheel::Error),
    /// A folder to work in could not be made.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// The file system was in the way.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Says that build requirements cannot be had, and keeps what the cause knows.
    pub(crate) fn requirements(
        project: &crate::Project,
        requirements: &[String],
        cause: Box<dyn Fault + Send + Sync>,
    ) -> Self {
        Self::Requirements {
            project: crate::name_of(&project.root),
            requirements: requirements.join(", "),
            kind: cause.kind(),
            place: cause.place(),
            hint: cause.hint(),
            source: cause,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::UnknownArchive { .. }
            | Self::BadArchive { .. }
            | Self::BadMember { .. }
            | Self::NotOneFolder { .. }
            | Self::BadProject { .. }
            | Self::NoProject { .. } => Kind::BadSdist,
            Self::Requirements { kind, .. } => *kind,
            Self::Hook { .. } | Self::BadAnswer { .. } | Self::BadWheel { .. } => Kind::BuildFailed,
            Self::Timeout { .. } => Kind::Timeout,
            Self::NoIsolation { .. } => Kind::NoIsolation,
            Self::Root { .. } => Kind::Root,
            Self::Environment(error) => error.kind(),
            Self::Wheel(error) => error.kind(),
            Self::Disk(error) => error.kind(),
            Self::Io(error) => Kind::of_io(error),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::UnknownArchive { archive }
            | Self::BadArchive { archive, .. }
            | Self::BadMember { archive, .. }
            | Self::NotOneFolder { archive, .. } => Place::file(archive),
            Self::Hook { log, .. } => Place::file(log.display().to_string()),
            Self::Requirements { place, .. } => place.clone(),
            Self::Environment(error) => error.place(),
            Self::Wheel(error) => error.place(),
            Self::Disk(error) => error.place(),
            _ => Place::default(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Requirements { hint, .. } => hint.clone(),
            Self::Environment(error) => error.hint(),
            Self::Wheel(error) => error.hint(),
            _ => None,
        }
    }
}
