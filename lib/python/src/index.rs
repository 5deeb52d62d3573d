//! The index that an interpreter's pip uses when nothing is configured.

use std::path::Path;

use crate::ask::Interpreter;
use crate::cache::Cache;
use crate::error::Result;
use crate::run;

const SCRIPT: &str = include_str!("index.py");

/// Returns the address of the index that the interpreter's pip asks by default, `https://…/simple`.
///
/// `None` if there is no pip to be asked: neither the interpreter's own, nor the one bundled with it.
/// The answer is kept in the cache with the interpreter's own.
///
/// # Errors
///
/// The interpreter cannot be run.
pub fn default_index(interpreter: &Interpreter, cache: &Cache) -> Result<Option<String>> {
    if let Some(kept) = cache.get(&interpreter.executable, "index") {
        return Ok(Some(kept));
    }
    let mut answer = of(&interpreter.executable)?;
    if answer.is_none() && interpreter.asked != interpreter.executable {
        // An environment with a pip, on a base without one.
        answer = of(&interpreter.asked)?;
    }
    if let Some(address) = &answer {
        cache.put(&interpreter.executable, "index", address);
    }
    Ok(answer)
}

fn of(program: &Path) -> Result<Option<String>> {
    let answer = run::answer(program, &["-I", "-c", SCRIPT])?;
    let text = String::from_utf8_lossy(&answer);
    let address = text.trim();
    let is_address = address.starts_with("https://") || address.starts_with("http://");
    Ok(is_address.then(|| address.to_owned()))
}
