//! The lock in all its forms.
//!
//! A lock is one consistent set of pinned distributions with the hashes of their files. People
//! keep it as `requirements.txt` or `pylock.toml`, tools exchange it as the document `lock/1`,
//! and `pyfetch` answers with `wheelhouse/1`, which holds one. [`read()`] takes any of them and
//! gives the same [`Lock`]; a lock writes itself in the first three forms.
//!
//! What three tools have to agree on is decided here, as pure functions:
//!
//! - [`Lock::select`]: which packages apply to a target.
//! - [`fit::judge`]: whether a wheel can be used there, how well, and if not, why.
//! - [`closure::check`]: whether every dependency of the wheels is in the lock.
//!
//! Nothing here reads a file: nested requirements files come through a function handed in.

#![forbid(unsafe_code)]

pub mod closure;
pub mod digest;
mod document;
mod error;
pub mod fit;
mod git;
mod header;
mod model;
mod pylock;
mod read;
mod requirements;
mod select;

pub use document::document_of;
pub use error::Error;
pub use git::{Git, without_credentials};
pub use header::{Header, Input, TargetLine};
pub use model::{Directive, File, Lock, Package, Site};
pub use read::{Outside, read};
