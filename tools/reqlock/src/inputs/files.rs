//! The files that are read, wherever they are.

use super::far::Far;
use crate::{
    args::Args,
    failures::unreadable,
    names::{Base, is_far, plain},
};
use cli::{Failure, Session};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

/// Files of this machine and at addresses.
pub(crate) struct Files<'a> {
    session: &'a Session,
    far: RefCell<Far<'a>>,
    /// The folder that the names of files are relative to.
    pub(crate) base: Base,
    current: PathBuf,
}

impl<'a> Files<'a> {
    /// Makes the files of a command line.
    pub(crate) fn new(args: &'a Args, session: &'a Session) -> Result<Self, Failure> {
        let current = std::env::current_dir()?;
        let files = args.inputs.iter().chain(&args.constraints).chain(&args.overrides);
        Ok(Self {
            session,
            far: RefCell::new(Far::new(args)),
            base: Base::of(files.map(String::as_str), &current),
            current,
        })
    }

    /// Returns the name and the bytes of a file that the command line names.
    pub(crate) fn open(&self, given: &str) -> Result<(String, Vec<u8>), Failure> {
        if is_far(given) {
            return Ok((given.to_owned(), self.far.borrow_mut().get(given)?));
        }
        let input = self.session.input(given)?;
        let name = if input.is_stdin() {
            input.name
        } else {
            self.base.name(given, &self.current)
        };
        Ok((name, input.bytes))
    }

    /// Returns the bytes of a file that another one names, or why there are none.
    pub(crate) fn nested(&self, name: &str) -> Result<Vec<u8>, String> {
        if is_far(name) {
            let mut far = self.far.borrow_mut();
            return far.get(name).map_err(|failure| {
                let reason = failure.message().to_owned();
                far.failure = Some(failure);
                reason
            });
        }
        fs_err::read(self.base.path(name)).map_err(|error| error.to_string())
    }

    /// Makes a failure of what the parser says, or of why a file could not be had.
    pub(crate) fn failure(&self, error: &pyspec::Error) -> Failure {
        match (self.far.borrow_mut().failure.take(), error) {
            (Some(failure), pyspec::Error::Unreadable { file, line, .. }) => {
                failure.file(plain(file)).line(*line)
            }
            _ => unreadable(error),
        }
    }

    /// Returns the name of a path.
    pub(crate) fn name(&self, path: &Path) -> String {
        self.base.name(&path.to_string_lossy(), &self.current)
    }

    /// Says whether files at addresses count as empty.
    pub(crate) fn is_silent(&self) -> bool {
        self.far.borrow().is_silent()
    }
}
