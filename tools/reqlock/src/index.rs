//! From pip's configuration to a client that asks indexes.

use crate::{args::Args, inputs::Asked, targets::Targets};
use cli::Failure;
use index::{Client, Config, Environment, Options, Settings};
use python::Cache;

/// Makes the client. The interpreter's pip is asked for its default index only if nothing else names one.
pub(crate) fn client(args: &Args, asked: &Asked, targets: &Targets) -> Result<Client, Failure> {
    let mut environment = Environment::of_process();
    let prefix = args
        .machine
        .python
        .as_ref()
        .and_then(|program| crate::targets::prefix(program.as_os_str()));
    if let Some(prefix) = prefix {
        environment = environment.with_prefix(prefix);
    }
    let config = Config::load(&environment)?;
    let options = Options {
        lines: asked.lines.clone(),
        ..args.index.clone()
    };
    let mut failed = None;
    let mut default = || match default_index(targets) {
        Ok(address) => address,
        Err(failure) => {
            failed = Some(failure);
            None
        }
    };
    let settings = Settings::new(&config, &options, &environment, &mut default);
    match (settings, failed) {
        (Err(_), Some(failure)) => Err(failure),
        (settings, _) => Ok(Client::new(settings?)),
    }
}

fn default_index(targets: &Targets) -> Result<Option<String>, Failure> {
    Ok(python::default_index(targets.interpreter()?, &Cache::of_user())?)
}
