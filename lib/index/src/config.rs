//! What pip on this machine is configured with, and where each value comes from.
//!
//! pip merges its files and the `PIP_*` variables; later places win over earlier ones, and a
//! command's own section wins over `[global]`. Everything is handed in as values ([`Environment`]),
//! so that nothing here depends on the process.

mod environment;
mod ini;
mod options;
mod settings;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use options::{Lines, Options};
pub use settings::Settings;

use crate::Error;

/// The sections read, in the order in which later ones win.
const SECTIONS: [&str; 3] = ["global", "install", "download"];

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In this section of a configuration file, at this line.
    File(PathBuf, String, u32),
    /// In this environment variable.
    Variable(String),
    /// On the command line.
    CommandLine,
    /// In a requirements file, at this line; 0 if it is the line itself that is told.
    Requirements(String, u32),
    /// Nowhere: it is built into pip.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, section, line) => write!(f, "{}:{line} [{section}]", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::CommandLine => f.write_str("command line"),
            Self::Requirements(written, 0) => f.write_str(written),
            Self::Requirements(name, line) => write!(f, "{name}:{line}"),
            Self::BuiltIn => f.write_str("pip's own default"),
        }
    }
}

/// One value of pip's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The option's long name without dashes in front, `index-url`.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// Where it stands.
    pub origin: Origin,
}

/// pip's configuration, all places together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// All settings of all sections; of those with one key the last wins.
    settings: Vec<Setting>,
}

impl Config {
    /// Reads the configuration that holds in this environment.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is not as pip wants it.
    pub fn load(environment: &Environment) -> Result<Self, Error> {
        Self::load_with(environment, |path| match fs_err::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
    }

    /// The same with the reading of files handed in; `None` stands for a file that is not there.
    ///
    /// # Errors
    ///
    /// Those of `read`, and files that are not as pip wants them.
    pub fn load_with(
        environment: &Environment,
        mut read: impl FnMut(&Path) -> io::Result<Option<Vec<u8>>>,
    ) -> Result<Self, Error> {
        let mut entries = Vec::new();
        for path in environment.config_files() {
            let bytes = read(&path).map_err(|source| Error::Io {
                path: path.clone(),
                source,
            })?;
            if let Some(bytes) = bytes {
                entries.extend(ini::parse(&path, &bytes)?);
            }
        }
        let mut settings = Vec::new();
        for section in SECTIONS {
            settings.extend(
                entries
                    .iter()
                    .filter(|entry| entry.section == section)
                    .map(ini::Entry::setting),
            );
        }
        settings.extend(environment.pip_variables());
        settings.retain(|setting| !setting.value.is_empty());
        Ok(Self { settings })
    }

    /// The value that holds for an option, looked up by its long name.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().rev().find(|setting| setting.key == key)
    }

    /// The settings that hold, sorted by key.
    pub fn effective(&self) -> Vec<&Setting> {
        let mut kept: Vec<&Setting> = Vec::new();
        for setting in self.settings.iter().rev() {
            if !kept.iter().any(|other| other.key == setting.key) {
                kept.push(setting);
            }
        }
        kept.sort_by(|a, b| a.key.cmp(&b.key));
        kept
    }

    /// What `--show-config` prints: a line `key = value  # origin` each, credentials taken out.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for setting in self.effective() {
            let words: Vec<String> = setting
                .value
                .split_whitespace()
                .map(crate::without_credentials)
                .collect();
            text.push_str(&format!(
                "{} = {}  # {}\n",
                setting.key,
                words.join(" "),
                setting.origin
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests;
