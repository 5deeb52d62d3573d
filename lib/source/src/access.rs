//! From pip's configuration to a client that asks indexes.

use crate::Error;
use index::{Client, Config, Environment, Options, Settings};
use python::Cache;
use std::{ffi::OsStr, path::Path};

/// Reads pip's configuration as it holds for an interpreter, named by a path or to be found in `$PATH`, which is not
/// run.
///
/// # Errors
///
/// A file of the configuration cannot be read.
pub fn configuration(program: &OsStr) -> Result<(Config, Environment), Error> {
    let mut environment = Environment::of_process();
    let found = python::find(program).ok();
    if let Some(prefix) = found.as_deref().and_then(prefix) {
        environment = environment.with_prefix(prefix);
    }
    Ok((Config::load(&environment)?, environment))
}

/// Makes the client that pip's configuration and `options` describe. The interpreter's pip is asked for its default
/// index only if nothing else names one.
///
/// # Errors
///
/// The configuration cannot be read, a value is not what its option wants, or there is no index at all.
pub fn client(options: &Options, program: &OsStr) -> Result<Client, Error> {
    let (config, environment) = configuration(program)?;
    let mut failed = None;
    let settings = Settings::new(&config, options, &environment, || {
        default_index(program).unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    match (settings, failed) {
        (Err(_), Some(failure)) => Err(failure.into()),
        (settings, _) => Ok(Client::new(settings?)),
    }
}

fn default_index(program: &OsStr) -> python::Result<Option<String>> {
    let cache = Cache::of_user();
    python::default_index(&python::ask(program, &cache)?, &cache)
}

/// `PREFIX/bin/python3` has its configuration in `PREFIX`.
fn prefix(program: &Path) -> Option<&Path> {
    program.parent()?.parent()
}
