//! Where source distributions tell what they need: the backend, its environment, the wheels for that.

use crate::{
    args::{Network, Sources},
    targets::Targets,
};
use build::{Builder, Wheels};
use index::Client;
use source::SdistMetadata;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use wire::Fault;

/// Runs backends when they are needed.
pub(crate) struct Workshop<'a> {
    pub(crate) client: &'a Client,
    pub(crate) targets: &'a Targets,
    pub(crate) sources: &'a Sources,
    /// The folder for archives, wheels, logs and work.
    pub(crate) folder: PathBuf,
}

impl Wheels for Workshop<'_> {
    fn wheels(&self, requirements: &[String]) -> Result<Vec<PathBuf>, Box<dyn Fault + Send + Sync>> {
        let interpreter = self.targets.interpreter().map_err(boxed)?;
        let wheels = source::wheels_for(
            requirements,
            self.client,
            &interpreter.target,
            &self.folder.join("files"),
        );
        wheels.map_err(boxed)
    }
}

impl SdistMetadata for Workshop<'_> {
    fn metadata(&self, archive: &Path) -> Result<Vec<u8>, Box<dyn Fault + Send + Sync>> {
        let (scratch, logs) = (self.folder.join("work"), self.folder.join("logs"));
        for folder in [&scratch, &logs] {
            fs_err::create_dir_all(folder).map_err(boxed)?;
        }
        let builder = Builder {
            interpreter: self.targets.interpreter().map_err(boxed)?,
            wheels: self,
            scratch: &scratch,
            logs: &logs,
            network: match self.sources.build_network {
                Network::Cut => build::Network::Cut,
                Network::Allow => build::Network::Allow,
            },
            allow_root: cli::refuse_root(self.sources.allow_root).is_ok(),
            limit: Duration::from_secs(self.sources.build_timeout),
        };
        builder.metadata(archive).map_err(boxed)
    }
}

fn boxed(fault: impl Fault + Send + Sync + 'static) -> Box<dyn Fault + Send + Sync> {
    Box::new(fault)
}

/// Returns the folder where caches of this tool are kept: `$XDG_CACHE_HOME/reqlock`, else `~/.cache/reqlock`, else a
/// folder of its own below the temporary one.
pub(crate) fn folder() -> PathBuf {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    caches.unwrap_or_else(std::env::temp_dir).join("reqlock")
}
