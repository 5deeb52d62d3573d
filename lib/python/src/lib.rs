//! Ask an interpreter what it is; lay out a virtual environment.
//!
//! - [`ask()`] runs an interpreter once, and from then on knows it by its identity ([`Cache`]).
//! - [`default_index`] asks which index its pip would use.
//! - [`target`] turns the documents `target/1` into targets for tags and markers.
//! - [`compile()`] makes bytecode.
//! - [`venv`] says what a new virtual environment consists of.

mod ask;
mod cache;
mod compile;
mod error;
mod index;
mod run;
pub mod target;
pub mod venv;

pub use ask::{Interpreter, PROBE, ask, find};
pub use cache::Cache;
pub use compile::{Invalidation, Outcome, Source, Way, compile};
pub use error::{Error, Result};
pub use index::default_index;
