//! From pip's configuration to a client that asks indexes.

use cli::Failure;
use index::config::Lines;
use index::{Client, Config, Environment, Options, Settings};
use lock::Lock;
use python::{Cache, Interpreter};

use crate::args::Args;

/// Reads pip's configuration as it holds for an interpreter.
pub(crate) fn load(interpreter: Option<&Interpreter>) -> Result<(Config, Environment), Failure> {
    let mut environment = Environment::of_process();
    if let Some(prefix) = interpreter.and_then(prefix) {
        environment = environment.with_prefix(prefix);
    }
    Ok((Config::load(&environment)?, environment))
}

/// `PREFIX/bin/python3` has its configuration in `PREFIX`.
fn prefix(interpreter: &Interpreter) -> Option<&std::path::Path> {
    interpreter.asked.parent()?.parent()
}

/// Makes the client. The interpreter's pip is asked for its default index only if nothing else names one.
pub(crate) fn client(args: &Args, lock: &Lock, interpreter: Option<&Interpreter>) -> Result<Client, Failure> {
    let (config, environment) = load(interpreter)?;
    let options = Options {
        lines: lines(lock),
        ..args.index.clone()
    };
    let mut failed = None;
    let settings = Settings::new(&config, &options, &environment, || {
        default_index(interpreter, &mut failed)
    });
    match (settings, failed) {
        (Err(_), Some(failure)) => Err(failure),
        (settings, _) => Ok(Client::new(settings?)),
    }
}

fn default_index(interpreter: Option<&Interpreter>, failed: &mut Option<Failure>) -> Option<String> {
    let cache = Cache::of_user();
    let asked = match interpreter {
        Some(interpreter) => python::default_index(interpreter, &cache),
        None => {
            python::ask("python3".as_ref(), &cache).and_then(|found| python::default_index(&found, &cache))
        }
    };
    asked.unwrap_or_else(|error| {
        *failed = Some(error.into());
        None
    })
}

/// The lock's option lines that name indexes.
fn lines(lock: &Lock) -> Lines {
    let mut lines = Lines::default();
    lock.options
        .iter()
        .for_each(|option| lines.take(&option.setting, &option.written));
    lines
}

/// `--show-config` as a document.
#[derive(Debug, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Shown(std::collections::BTreeMap<String, String>);

impl Shown {
    pub(crate) fn new(config: &Config) -> Self {
        let settings = config.effective().into_iter();
        Self(
            settings
                .map(|setting| (setting.key.clone(), index::without_credentials(&setting.value)))
                .collect(),
        )
    }
}

impl cli::Report for Shown {
    fn people(&self, _: &mut cli::Page) {}
}
