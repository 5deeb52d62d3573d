//! How the error of a library says what kind it is and where it happened.

use crate::Kind;
use std::{error::Error, io};

/// Where something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, package or path, as a person would name it.
    pub file: Option<String>,
    /// The line in it, counted from 1.
    pub line: Option<u32>,
}

impl Place {
    /// Names a file without a line.
    pub fn file(name: impl Into<String>) -> Self {
        Self {
            file: Some(name.into()),
            line: None,
        }
    }

    /// Names a line of a file.
    pub fn line(name: impl Into<String>, line: u32) -> Self {
        Self {
            file: Some(name.into()),
            line: Some(line),
        }
    }
}

/// An error that knows its [`Kind`].
///
/// Every error enum of a library implements it, so that a tool maps none by hand.
pub trait Fault: Error {
    /// Returns the kind, which decides the exit status.
    fn kind(&self) -> Kind;

    /// Returns where it happened.
    fn place(&self) -> Place {
        Place::default()
    }

    /// Returns what to do next, if it knows better than [`Kind::hint`].
    fn hint(&self) -> Option<String> {
        None
    }
}

impl Fault for io::Error {
    fn kind(&self) -> Kind {
        Kind::of_io(self)
    }
}
