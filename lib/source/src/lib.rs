//! Candidates and metadata for the resolver, from indexes, ahead of need.
//!
//! [`Source`] answers the resolver's questions ([`resolve::Candidates`]) from an [`index::Client`]. Each page and each
//! piece of metadata is asked for once, and while the resolver thinks, threads fetch what it will ask next
//! ([`Source::while_fetching`]). [`Source::files`] names the files whose hashes belong into a lock.
//! [`wheels_for`] gets the wheels that a build needs. [`client`] makes the client that pip's configuration describes, and
//! [`locked`] what a lock says of a pin.

mod access;
mod ahead;
mod answers;
mod candidates;
mod cells;
mod cooldown;
mod download;
mod error;
mod files;
mod formats;
mod helpers;
mod listing;
mod locked;
mod metadata;
mod notices;
mod pages;
mod prefetch;
mod provide;
mod rules;
mod sdists;
mod source;

pub use access::{client, configuration};
pub use cooldown::Cooldown;
pub use error::Error;
pub use files::{File, Hashes};
pub use formats::{Formats, Selection};
pub use locked::locked;
pub use pages::Pages;
pub use provide::wheels_for;
pub use rules::Rules;
pub use sdists::SdistMetadata;
pub use source::Source;
