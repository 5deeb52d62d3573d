//! What can go wrong with wheels.

use std::path::{Path, PathBuf};

use thiserror::Error;
use wire::{Fault, Kind, Place};

use crate::flaw::Flaw;

/// What the environment is called where it collides with a wheel.
pub(crate) const ENVIRONMENT: &str = "the environment itself";

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong with a wheel or an installation.
#[derive(Debug, Error)]
pub enum Error {
    /// A wheel breaks the rules of its format, or is damaged.
    #[error("{}{}: {flaw}", show(wheel), member.as_ref().map(|member| format!(": {member}")).unwrap_or_default())]
    BadWheel {
        /// The wheel's file name.
        wheel: PathBuf,
        /// The member at fault, if it is one.
        member: Option<String>,
        /// What is wrong.
        flaw: Box<Flaw>,
    },
    /// A wheel is not the one that was locked.
    #[error("{}: expected {}, found sha256:{found}", show(wheel), expected.join(" or "))]
    HashMismatch {
        /// The wheel's path.
        wheel: PathBuf,
        /// The hashes that are allowed, `sha256:…`.
        expected: Vec<String>,
        /// The hexadecimal sha256 of the file.
        found: String,
    },
    /// A wheel was written to while it was being installed.
    #[error("{} was changed while it was being read", show(wheel))]
    Changed {
        /// The wheel's path.
        wheel: PathBuf,
    },
    /// Two distributions install the same path, or paths that exclude each other.
    #[error("{first} and {second} both install {path}{}", why.map(|why| format!(" ({why})")).unwrap_or_default())]
    Collision {
        /// The path below the environment.
        path: String,
        /// The one that has it.
        first: String,
        /// The one that wants it too.
        second: String,
        /// Why the paths exclude each other, if they are not simply the same.
        why: Option<&'static str>,
    },
    /// A path of the environment cannot stand in the first line of a script.
    #[error("{} cannot be named in a script: {why}", path.display())]
    UnsuitablePath {
        /// The interpreter's path.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// Something in the store is not as it was put there.
    #[error("{} in the store is damaged: {why}", path.display())]
    Damaged {
        /// The path.
        path: PathBuf,
        /// How.
        why: String,
    },
    /// The store is not one to be trusted.
    #[error("{} is no store to be trusted: {why}", path.display())]
    Untrusted {
        /// The path of the store.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// A folder could not be made, locked or renamed.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// The system was in the way.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Makes an error about a wheel, or about one of its members.
    pub(crate) fn bad(wheel: &Path, member: Option<&str>, flaw: Flaw) -> Self {
        Self::BadWheel {
            wheel: wheel.to_owned(),
            member: member.map(str::to_owned),
            flaw: Box::new(flaw),
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::BadWheel { .. } => Kind::BadWheel,
            Self::HashMismatch { .. } => Kind::HashMismatch,
            Self::Changed { .. } => Kind::StalePlan,
            Self::Collision { .. } => Kind::Collision,
            Self::UnsuitablePath { .. } => Kind::Unsupported,
            Self::Damaged { .. } => Kind::StoreDamaged,
            Self::Untrusted { .. } => Kind::NotOwner,
            Self::Disk(error) => error.kind(),
            Self::Io(error) => Kind::of_io(error),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::BadWheel { wheel, member, flaw } if flaw.is_of_record(member.as_deref()) => {
                let name = show(wheel);
                let name = name.split('-').next().unwrap_or_default();
                Some(format!(
                    "fetch it again; if it stays so, tell its author; --allow-record {name}, if nobody will mend it"
                ))
            }
            Self::Collision { path, first, .. } if first != ENVIRONMENT => Some(format!(
                "leave one of them out; --allow-collision '{path}', if the last one by name may win"
            )),
            Self::Untrusted { .. } => {
                Some("chown it, and chmod go-w; or name another one with --store".to_owned())
            }
            _ => None,
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::BadWheel { wheel, .. } | Self::HashMismatch { wheel, .. } | Self::Changed { wheel } => {
                Place::file(wheel.display().to_string())
            }
            Self::Damaged { path, .. } | Self::Untrusted { path, .. } => {
                Place::file(path.display().to_string())
            }
            Self::Disk(error) => error.place(),
            Self::Collision { .. } | Self::UnsuitablePath { .. } | Self::Io(_) => Place::default(),
        }
    }
}

/// The last part of a wheel's path: wheels are known by their file names.
fn show(wheel: &Path) -> String {
    wheel
        .file_name()
        .unwrap_or(wheel.as_os_str())
        .to_string_lossy()
        .into_owned()
}
