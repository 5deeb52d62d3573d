//! What the lock and the command line say of the index, on top of pip's configuration.

use cli::Failure;
use index::config::Lines;
use index::{Client, Config, Options};
use lock::Lock;

use crate::args::Args;

/// Makes the client.
pub(crate) fn client(args: &Args, lock: &Lock) -> Result<Client, Failure> {
    let options = Options {
        lines: lines(lock),
        ..args.index.clone()
    };
    Ok(source::client(&options, args.program())?)
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
