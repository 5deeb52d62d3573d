//! Where source distributions tell what they need: the backend, its environment, the wheels for that.

use crate::{
    args::{Network, Sources},
    targets::Targets,
};
use build::{Builder, Wheels};
use cli::Failure;
use disk::Durability;
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
    /// The folder for archives, wheels, logs and work, and for what backends have told.
    pub(crate) folder: PathBuf,
}

/// For how long an archive, a log, or what a backend has told is kept when nobody wants it.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Drop for Workshop<'_> {
    fn drop(&mut self) {
        disk::trim(&self.folder, &["files", "logs", "told", "work"], KEPT);
    }
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

/// Where builds are done, and where their logs stay.
struct Room {
    scratch: PathBuf,
    logs: PathBuf,
}

impl Room {
    fn below(folder: &Path) -> std::io::Result<Self> {
        let (scratch, logs) = (folder.join("work"), folder.join("logs"));
        for folder in [&scratch, &logs] {
            fs_err::create_dir_all(folder)?;
        }
        Ok(Self { scratch, logs })
    }
}

impl Workshop<'_> {
    /// Returns where it is kept what a backend tells of an archive: it may tell something else to another Python, or
    /// with a network.
    fn told(&self, sha256: &str) -> Option<PathBuf> {
        self.client.settings().cache.as_ref()?;
        let python = lock::digest::target(&self.targets.interpreter().ok()?.target);
        let network = match self.sources.build_network {
            Network::Cut => "",
            Network::Allow => "-network",
        };
        let name = format!("{sha256}-{}{network}.metadata", python.digest.hex);
        Some(self.folder.join("told").join(name))
    }

    /// Keeps what a backend has told; without it the next run asks again.
    fn keep(&self, archive: &Path, metadata: &[u8]) -> Option<()> {
        // Archives lie in a folder that is named by their hash.
        let place = self.told(archive.parent()?.file_name()?.to_str()?)?;
        fs_err::create_dir_all(place.parent()?).ok()?;
        disk::write_atomic(&place, metadata, 0o644, Durability::Contents).ok()
    }

    /// Returns what an archive wants for its build.
    pub(crate) fn requirements(&self, archive: &Path) -> Result<Vec<String>, Failure> {
        let room = Room::below(&self.folder)?;
        Ok(self.builder(&room)?.requirements(archive)?)
    }

    fn builder<'b>(&'b self, room: &'b Room) -> Result<Builder<'b>, python::Error> {
        Ok(Builder {
            interpreter: self.targets.interpreter()?,
            wheels: self,
            scratch: &room.scratch,
            logs: &room.logs,
            network: match self.sources.build_network {
                Network::Cut => build::Network::Cut,
                Network::Allow => build::Network::Allow,
            },
            allow_root: cli::refuse_root(self.sources.allow_root).is_ok(),
            limit: Duration::from_secs(self.sources.build_timeout),
        })
    }
}

impl SdistMetadata for Workshop<'_> {
    fn speaks_for(&self, target: &pyspec::target::Target) -> bool {
        let own = self.targets.interpreter();
        own.is_ok_and(|own| lock::digest::target(target) == lock::digest::target(&own.target))
    }

    fn metadata(&self, archive: &Path) -> Result<Vec<u8>, Box<dyn Fault + Send + Sync>> {
        let room = Room::below(&self.folder).map_err(boxed)?;
        let builder = self.builder(&room).map_err(boxed)?;
        let metadata = builder.metadata(archive).map_err(boxed)?;
        self.keep(archive, &metadata);
        Ok(metadata)
    }

    fn kept(&self, sha256: &str) -> Option<Vec<u8>> {
        let place = self.told(sha256)?;
        let told = fs_err::read(&place).ok()?;
        disk::touch(&place);
        Some(told)
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
