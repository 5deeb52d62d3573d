//! A backend's hooks as functions (PEP 517); behind each runs a fresh interpreter.

use crate::{
    BuildSystem, Error, Project,
    child::{End, Surroundings, run},
    isolate::Network,
};
use fs_err as fs;
use serde_json::{Value, json};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

/// The script that calls a hook.
const DRIVER: &str = include_str!("hooks.py");

/// How many lines of a backend's output an error shows.
const TAIL_LINES: usize = 20;

/// A loaded backend: a project, the environment with what it needs, and how it is run.
#[derive(Debug)]
pub(crate) struct Backend<'a> {
    /// The project that is built.
    pub(crate) project: &'a Project,
    /// What the project says about its backend.
    pub(crate) system: &'a BuildSystem,
    /// The interpreter of the environment.
    pub(crate) python: PathBuf,
    /// A folder of our own for requests, answers, HOME and TMPDIR.
    pub(crate) scratch: &'a Path,
    /// The log that the backend's words are added to.
    pub(crate) log: &'a Path,
    /// Whether it may reach the network.
    pub(crate) network: Network,
    /// How long one hook may run.
    pub(crate) limit: Duration,
}

impl Backend<'_> {
    /// Returns what the backend needs beyond `build-system.requires` to build a wheel.
    pub(crate) fn requires(&self) -> Result<Vec<String>, Error> {
        let hook = "get_requires_for_build_wheel";
        let Some(value) = self.call(hook, json!([null]))? else {
            return Ok(Vec::new());
        };
        serde_json::from_value(value).map_err(|error| self.rubbish(hook, error.to_string()))
    }

    /// Returns the name of the `.dist-info` folder that it made below `into`, if it has such a hook.
    pub(crate) fn prepare_metadata(&self, into: &Path) -> Result<Option<PathBuf>, Error> {
        let hook = "prepare_metadata_for_build_wheel";
        match self.call(hook, json!([into, null]))? {
            Some(value) => self.below(hook, into, &value).map(Some),
            None => Ok(None),
        }
    }

    /// Builds the wheel into the folder and returns its path.
    pub(crate) fn build_wheel(&self, into: &Path) -> Result<PathBuf, Error> {
        let hook = "build_wheel";
        let value = self
            .call(hook, json!([into, null, null]))?
            .ok_or_else(|| self.rubbish(hook, "the backend has no such hook".to_owned()))?;
        self.below(hook, into, &value)
    }

    /// Takes an answer as one plain name in a folder.
    fn below(&self, hook: &'static str, folder: &Path, value: &Value) -> Result<PathBuf, Error> {
        let name = value.as_str().unwrap_or_default();
        let path = folder.join(name);
        if name.is_empty() || name.contains('/') || !path.exists() {
            return Err(self.rubbish(hook, format!("{value} is not a name in the folder it was given")));
        }
        Ok(path)
    }

    /// Calls a hook; `None` if the backend does not have it.
    fn call(&self, hook: &'static str, arguments: Value) -> Result<Option<Value>, Error> {
        let driver = self.scratch.join("hooks.py");
        let request = self.scratch.join(format!("{hook}.request"));
        let answer = self.scratch.join(format!("{hook}.answer"));
        fs::write(&driver, DRIVER)?;
        let asked = json!({
            "backend": self.system.backend,
            "path": self.system.backend_path,
            "hook": hook,
            "arguments": arguments,
        });
        fs::write(&request, asked.to_string())?;
        self.run(hook, &driver, &request, &answer)?;
        self.read(hook, &answer)
    }

    fn run(&self, hook: &'static str, driver: &Path, request: &Path, answer: &Path) -> Result<(), Error> {
        let arguments: [OsString; 4] = ["-I".into(), driver.into(), request.into(), answer.into()];
        let around = Surroundings {
            directory: &self.project.root,
            scratch: self.scratch,
            programs: self.python.parent().unwrap_or(Path::new("/")),
            epoch: self.project.epoch,
            log: self.log,
            network: self.network,
            limit: self.limit,
        };
        let project = self.name();
        match run(&self.python, &arguments, &around)? {
            End::Exit(status) if status.success() => Ok(()),
            End::Exit(_) => Err(Error::Hook {
                project,
                hook,
                tail: tail(self.log, TAIL_LINES),
                log: self.log.to_owned(),
            }),
            End::Timeout => Err(Error::Timeout {
                project,
                hook,
                limit: self.limit,
            }),
            End::NoIsolation => Err(Error::NoIsolation { project }),
        }
    }

    fn read(&self, hook: &'static str, answer: &Path) -> Result<Option<Value>, Error> {
        let text =
            fs::read(answer).map_err(|_| self.rubbish(hook, "it ended without an answer".to_owned()))?;
        let mut value: Value =
            serde_json::from_slice(&text).map_err(|error| self.rubbish(hook, error.to_string()))?;
        Ok(value.get_mut("value").map(Value::take))
    }

    fn name(&self) -> String {
        crate::name_of(&self.project.root)
    }

    fn rubbish(&self, hook: &'static str, reason: String) -> Error {
        Error::BadAnswer {
            project: self.name(),
            hook,
            reason,
        }
    }
}

/// Returns the last lines of a log, as far as they can be read.
fn tail(log: &Path, lines: usize) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
