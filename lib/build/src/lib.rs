//! A build backend in an environment of its own, with the network cut.
//!
//! [`Builder`] takes a [`Source`] through PEP 517: it makes a folder of it, makes an environment from wheels that
//! the tool hands in ([`Wheels`]), calls the backend's hooks in it and gives back the wheel, or the metadata of the
//! wheel that it would be.
//!
//! Backends are foreign code. They run as an ordinary user, in a network namespace in which nothing is reachable
//! ([`Network::Cut`]), with no variable of our environment that a compiler does not need, and for a limited time.

mod backend;
mod child;
mod copy;
mod environment;
mod error;
mod fixed;
mod isolate;
mod job;
mod repack;
mod source;
mod system;
mod unpack;
mod wall;

pub use child::passed_on;
pub use error::Error;
pub use isolate::Network;
pub use job::{Builder, Wheels};
pub use source::Source;
pub use system::BuildSystem;
pub use unpack::{Project, ZIP_EPOCH, unpack};

use std::path::Path;

/// Returns the last part of a path, as people read it.
fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
