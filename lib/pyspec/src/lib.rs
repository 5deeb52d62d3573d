//! The Python packaging standards as values.
//!
//! Each module is one standard. Nothing here reads a file, opens a socket, looks at the
//! environment or at a clock; nothing panics on any input. Every answer is meant to equal the
//! one that Python's own `packaging` library gives; where it does not, the module says why.
//!
//! ```
//! use pyspec::marker::{Environment, Extras};
//! use pyspec::requirement::Requirement;
//! use pyspec::specifier::Prereleases;
//! use pyspec::version::Version;
//!
//! let requirement: Requirement = "Django[bcrypt] >= 5.1, < 6 ; os_name == 'posix'".parse()?;
//! assert_eq!(requirement.name.as_str(), "django");
//!
//! let specifiers = requirement.specifiers().ok_or("a URL")?;
//! assert!(specifiers.contains(&"5.2.1".parse::<Version>()?, Prereleases::Auto));
//!
//! let marker = requirement.marker.ok_or("no marker")?;
//! let environment = Environment { os_name: Some("posix".into()), ..Environment::default() };
//! assert!(marker.try_evaluate(&environment, &Extras::none())?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod error;
pub mod marker;
pub mod name;
pub mod requirement;
pub mod specifier;
#[cfg(test)]
mod strategies;
mod text;
pub mod version;

mod base64;
pub mod direct_url;
pub mod entry_points;
pub mod filename;
pub mod hash;
mod headers;
pub mod metadata;
pub mod pylock;
pub mod record;
pub mod requirements_file;
pub mod simple;
pub mod tags;
pub mod target;
pub mod url;
pub mod wheel_file;

pub use error::Error;
