//! Attributes, services and lints of the daemons' directories.
//!
//! Git keeps no owner and no mode but the `x` bit, so what a file of a mock `/etc` is to be
//! on the system stands in a text beside it, in the manner of gitattributes: [`Rules`].
//! Built-in rules come first; they name the [`Services`] that read a path, how their
//! configuration is checked, and how they are told to read it again. [`lint`] knows what
//! daemons ignore in silence. Nothing here opens a file.
//!
//! ```
//! use etc::{Rules, TreePath};
//!
//! let rules = Rules::parse(&[("etc.attrs", "app/secret.env mode=0640 group=www-data secret")]).unwrap();
//! let path = TreePath::new("app/secret.env").unwrap();
//! assert_eq!(rules.file_mode(&path, false), 0o640);
//! assert!(rules.of(&path, false).secret);
//! ```

#![forbid(unsafe_code)]

mod attrs;
mod enable;
mod error;
mod lint;
mod path;
mod pattern;
mod rules;
mod services;

pub use enable::{Books, books, enabling_links, meant_by, script_books};
pub use error::Error;
pub use lint::{Host, Subject, SubjectKind, lint, reads};
pub use path::{TreePath, from_wire, to_wire};
pub use rules::{Attributes, Rules};
pub use services::{BUILTIN, Services, objects};
