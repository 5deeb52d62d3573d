//! What can go wrong, with the facts.

use std::io;
use std::path::{Path, PathBuf};

use wire::{Fault, Kind, Place};

/// A change to the file system that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call failed. The reason is the source.
    #[error("failed to {action} {}", path.display())]
    Io {
        /// What was being done, after "failed to".
        action: &'static str,
        /// The path it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process holds the lock.
    #[error("{} is locked by {holder}", path.display())]
    LockHeld {
        /// The lock's file.
        path: PathBuf,
        /// What the holder wrote about itself, or "another process".
        holder: String,
    },
    /// The destination is there already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The destination.
        path: PathBuf,
    },
    /// A symbolic link does not point where the caller saw it point.
    #[error("{} was expected to be {}, found {}", path.display(), link_text(expected), link_text(found))]
    LinkMoved {
        /// The link.
        path: PathBuf,
        /// Where it should have pointed; `None` for "absent".
        expected: Option<PathBuf>,
        /// Where it points; `None` for "absent".
        found: Option<PathBuf>,
    },
    /// Something that is no symbolic link stands where a link is expected.
    #[error("{} is not a symbolic link", path.display())]
    NotALink {
        /// The path.
        path: PathBuf,
    },
    /// A folder on the way is a symbolic link, and links are not followed here.
    #[error("{} is a symbolic link, and is not followed", path.display())]
    LinkOnTheWay {
        /// The link that was met.
        path: PathBuf,
    },
    /// A relative path that leaves its root: absolute, or with a `..` in it.
    #[error("{} is not a plain path beneath its root", path.display())]
    Escapes {
        /// The path as given.
        path: PathBuf,
    },
    /// A path that has to be a regular file is something else.
    #[error("{} has to be a regular file, found {found}", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A file does not hold the JSON that it has to hold.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
}

impl Error {
    /// Makes the converter of a failed system call, for `map_err`.
    pub(crate) fn io<E: Into<io::Error>>(
        action: &'static str,
        path: impl AsRef<Path>,
    ) -> impl FnOnce(E) -> Self {
        move |error| Self::Io {
            action,
            path: path.as_ref().to_path_buf(),
            source: error.into(),
        }
    }

    /// Returns the path that the error is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. }
            | Self::LockHeld { path, .. }
            | Self::Exists { path }
            | Self::LinkMoved { path, .. }
            | Self::NotALink { path }
            | Self::LinkOnTheWay { path }
            | Self::Escapes { path }
            | Self::NotAFile { path, .. }
            | Self::Damaged { path, .. } => path,
        }
    }

    /// Tells whether a system call failed because the path is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Io { source, .. } => Kind::of_io(source),
            Self::LockHeld { .. } => Kind::LockHeld,
            Self::Exists { .. } => Kind::DestinationExists,
            Self::LinkMoved { .. } => Kind::StalePlan,
            Self::NotALink { .. } | Self::LinkOnTheWay { .. } | Self::NotAFile { .. } => Kind::Blocked,
            Self::Escapes { .. } => Kind::BadSyntax,
            Self::Damaged { .. } => Kind::BadDocument,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotAFile { .. } => Some("move away what is there".to_owned()),
            _ => None,
        }
    }

    fn place(&self) -> Place {
        let file = self.path().display().to_string();
        match self {
            Self::Damaged { source, .. } => Place {
                file: Some(file),
                line: u32::try_from(source.line()).ok(),
            },
            _ => Place::file(file),
        }
    }
}

fn link_text(target: &Option<PathBuf>) -> String {
    match target {
        Some(target) => format!("a link to {}", target.display()),
        None => "absent".to_owned(),
    }
}
