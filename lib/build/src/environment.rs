//! The environment that a backend runs in: nothing but the wheels handed in.

use crate::Error;
use python::{Interpreter, venv};
use std::path::{Path, PathBuf};

/// Makes an environment at `place`, which must not exist, and returns its interpreter.
pub(crate) fn make(interpreter: &Interpreter, wheels: &[PathBuf], place: &Path) -> Result<PathBuf, Error> {
    let options = venv::Options {
        activation: false,
        ..venv::Options::new(place)
    };
    fs_err::create_dir(place)?;
    venv::write(&venv::plan(interpreter, &options), place)?;
    install(wheels)?;
    Ok(options.python(interpreter))
}

fn install(_wheels: &[PathBuf]) -> Result<(), Error> {
    Ok(())
}
