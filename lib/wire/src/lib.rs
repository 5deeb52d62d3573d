//! The documents that the tools exchange, the kinds of errors, the exit statuses.
//!
//! Values and rules only: nothing here opens a file or reads the environment.
//!
//! - [`Kind`] is the one table of what can go wrong, with the exit status of each.
//! - [`Fault`] is how the error of a library says which kind it is and where it is.
//! - [`Document`] is a JSON document with a `schema` member; [`read`] refuses any other.
//! - [`Progress`] is how a library tells people what it is doing, without printing.
//!
//! ```
//! use wire::{ErrorDocument, Kind, read};
//!
//! let document = ErrorDocument::new("pyfetch", Kind::HashMismatch, "wrong bytes");
//! let text = serde_json::to_string(&document).unwrap();
//! assert!(text.starts_with(r#"{"schema":"error/1","tool":"pyfetch","kind":"hash-mismatch""#));
//! let back: ErrorDocument = read(text.as_bytes()).unwrap();
//! assert_eq!(back.status(), 65);
//! ```

#![forbid(unsafe_code)]

mod document;
pub mod environment;
mod error;
pub mod etc;
mod fault;
pub mod host;
mod kind;
pub mod lock;
mod progress;
pub mod release;
mod schemas;
pub mod store;
pub mod target;
pub mod wheelhouse;

pub use document::{Document, ReadError, Schema, read, schema_of};
pub use error::{ErrorDocument, Incompatibility};
pub use fault::{Fault, Place};
pub use kind::Kind;
pub use progress::{Progress, Silent};
pub use schemas::{file_name, schemas};
