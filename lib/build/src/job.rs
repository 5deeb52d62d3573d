//! One build from the source to the wheel.

use crate::{
    BuildSystem, Error, Network, Project, Source, backend::Backend, environment, fixed, repack,
    source::Opened,
};
use fs_err as fs;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use wire::Fault;

/// Gets wheels for build requirements; the tool decides from where.
pub trait Wheels {
    /// Returns wheels on disk that together satisfy the requirements, and all that those need.
    ///
    /// # Errors
    ///
    /// They cannot be had.
    fn wheels(&self, requirements: &[String]) -> Result<Vec<PathBuf>, Box<dyn Fault + Send + Sync>>;
}

/// Builds projects.
pub struct Builder<'a> {
    /// The interpreter that backends run with, and that the wheels are for.
    pub interpreter: &'a python::Interpreter,
    /// Where build requirements come from.
    pub wheels: &'a dyn Wheels,
    /// An existing folder in which work is done, each build in a folder of its own.
    pub scratch: &'a Path,
    /// An existing folder in which the log of each build stays.
    pub logs: &'a Path,
    /// Whether backends may reach the network.
    pub network: Network,
    /// Whether foreign code may run as uid 0.
    pub allow_root: bool,
    /// How long one hook of a backend may run.
    pub limit: Duration,
}

impl Builder<'_> {
    /// Builds the wheel of a project into the existing folder `into` and returns its path.
    ///
    /// The same source, interpreter and build requirements give the same bytes, as far as the backend lets them: the
    /// wheel is packed again in an order and with times that depend on nothing else.
    ///
    /// # Errors
    ///
    /// The source is bad, a build requirement cannot be had, the network cannot be cut, or the backend fails; its
    /// log is named then.
    pub fn wheel(&self, source: Source, into: &Path) -> Result<PathBuf, Error> {
        let opened = Opened::of(source, self.scratch)?;
        self.with_backend(&opened, |backend| {
            let raw = opened.scratch.path().join("raw");
            fs::create_dir(&raw)?;
            let built = backend.build_wheel(&raw)?;
            let place = into.join(crate::name_of(&built));
            repack::repack(&built, &place, opened.project.epoch)?;
            // Nobody shall find out in production that a member leads astray or that RECORD lies.
            wheel::Wheel::open(&place).map_err(|source| Error::BadWheel {
                project: opened.name.clone(),
                source,
            })?;
            Ok(place)
        })
    }

    /// Returns the METADATA of the wheel that a source distribution would make.
    ///
    /// If the archive itself fixes it, in PKG-INFO (PEP 643) or pyproject.toml (PEP 621), nothing is run. Else the
    /// backend is asked for it alone; one that cannot tell without building builds.
    ///
    /// # Errors
    ///
    /// As [`Self::wheel`].
    pub fn metadata(&self, sdist: &Path) -> Result<Vec<u8>, Error> {
        let opened = Opened::of(Source::Archive(sdist), self.scratch)?;
        if let Some(fixed) = fixed::metadata(&opened.project.root) {
            return Ok(fixed);
        }
        self.with_backend(&opened, |backend| {
            let place = opened.scratch.path().join("metadata");
            fs::create_dir(&place)?;
            match backend.prepare_metadata(&place)? {
                Some(folder) => Ok(fs::read(folder.join("METADATA"))?),
                None => repack::metadata(&backend.build_wheel(&place)?),
            }
        })
    }

    /// Returns what a source distribution wants for its build: what its pyproject.toml says, and what the backend adds.
    ///
    /// # Errors
    ///
    /// As [`Self::wheel`].
    pub fn requirements(&self, sdist: &Path) -> Result<Vec<String>, Error> {
        let opened = Opened::of(Source::Archive(sdist), self.scratch)?;
        self.with_backend(&opened, |backend| {
            let mut wanted = backend.system.requires.clone();
            wanted.extend(backend.requires()?);
            Ok(wanted)
        })
    }

    /// Loads the backend in an environment of its own. What it says is kept in its log.
    fn with_backend<T>(
        &self,
        opened: &Opened,
        work: impl FnOnce(&Backend) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if rustix::process::geteuid().is_root() && !self.allow_root {
            return Err(Error::Root {
                project: opened.name.clone(),
            });
        }
        let system = BuildSystem::read(&opened.project.root)?;
        let log = self.logs.join(format!("{}.log", opened.name));
        fs::write(&log, "")?;
        let backend = self.backend(&opened.project, &system, opened.scratch.path(), &log)?;
        work(&backend)
    }

    /// Makes the environment in two steps: what loads the backend, then what the backend asks for.
    fn backend<'b>(
        &self,
        project: &'b Project,
        system: &'b BuildSystem,
        work: &'b Path,
        log: &'b Path,
    ) -> Result<Backend<'b>, Error> {
        let mut backend = Backend {
            project,
            system,
            python: self.environment(project, &system.requires, &work.join("environment"))?,
            scratch: work,
            log,
            network: self.network,
            limit: self.limit,
        };
        let more = backend.requires()?;
        if more
            .iter()
            .any(|requirement| !system.requires.contains(requirement))
        {
            let all: Vec<String> = system.requires.iter().chain(&more).cloned().collect();
            backend.python = self.environment(project, &all, &work.join("environment-2"))?;
        }
        Ok(backend)
    }

    fn environment(
        &self,
        project: &Project,
        requirements: &[String],
        place: &Path,
    ) -> Result<PathBuf, Error> {
        let wheels = if requirements.is_empty() {
            Vec::new()
        } else {
            let got = self.wheels.wheels(requirements);
            got.map_err(|fault| Error::requirements(project, requirements, fault))?
        };
        environment::make(self.interpreter, &wheels, place)
    }
}
