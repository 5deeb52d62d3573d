//! Changes to the file system that are whole or not at all.
//!
//! Everything here follows one rule: nothing appears under its final name before it is complete, and a crash
//! (kill -9, a full disk, a power cut) leaves the state before or the state after. What a crash can leave behind
//! has a name that starts with a dot and contains `.tmp-`, and the next run sweeps it away.
//!
//! | to do | use |
//! |---|---|
//! | replace one file | [`write_atomic`], [`write_json`]; [`sweep_files`] first |
//! | replace several files, or none for want of room | [`Staged`], with one wait for all [`Begun`] |
//! | make a folder that is there whole or absent | [`Scratch`], and [`remove_unfinished`] on a signal |
//! | let one process work at a time | [`Lock`] |
//! | point a symbolic link somewhere else | [`relink`] |
//! | remember what is under way, for the run after a crash | [`Journal`] |
//! | touch files beneath a root without following links | [`Dir`] |
//! | make many written files durable at once | [`sync_filesystem`], and [`Flusher`] while there are more to come |
//! | remove a tree, whatever its modes | [`remove_tree`] |
//! | throw away what a cache has kept for too long | [`trim`], and [`touch`] for what is still wanted |
//!
//! Errors are one enum, [`Error`], which names the path and what was being done to it.
//!
//! ```
//! # fn main() -> Result<(), disk::Error> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let place = folder.path().join("release");
//! use disk::{Durability, Scratch};
//!
//! let scratch = Scratch::beside(&place, 0o755)?;
//! disk::write_atomic(&scratch.path().join("id"), b"1\n", 0o644, Durability::Unsynced)?;
//! assert!(!place.exists());
//! scratch.publish(Durability::Synced)?;
//! assert!(place.exists());
//! # Ok(())
//! # }
//! ```

mod atomic;
mod dir;
mod error;
mod flush;
mod journal;
mod link;
mod lock;
mod name;
mod regular;
mod remove;
mod scratch;
mod sync;
mod trim;
mod unfinished;

pub use atomic::{Begun, Staged, read_json, sweep_files, write_atomic, write_json};
pub use dir::{Dir, Entry, FileKind};
pub use error::Error;
pub use flush::Flusher;
pub use journal::Journal;
pub use link::{read_link, relink, sweep_links};
pub use lock::Lock;
pub use regular::expect_file;
pub use remove::remove_tree;
pub use scratch::Scratch;
pub use sync::{Durability, sync_directory, sync_filesystem};
pub use trim::{touch, trim};
pub use unfinished::remove_unfinished;
