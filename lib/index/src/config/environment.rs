//! What the process knows of its surroundings, as values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Origin, Setting};

/// Environment variables and places, as far as pip's configuration depends on them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// `sys.prefix` of the interpreter whose pip is meant, if it is known.
    pub prefix: Option<PathBuf>,
}

impl Environment {
    /// That of this process. Variables that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            prefix: None,
        }
    }

    /// The same with the prefix of an interpreter, whose `pip.conf` then counts too.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<PathBuf>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The home folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").map(PathBuf::from)
    }

    /// The folder of the user's caches.
    pub fn caches(&self) -> Option<PathBuf> {
        let named = self
            .get("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        named.or_else(|| Some(self.home()?.join(".cache")))
    }

    /// The configuration files that pip would read, in the order in which later ones win.
    pub fn config_files(&self) -> Vec<PathBuf> {
        let named = self.get("PIP_CONFIG_FILE").map(PathBuf::from);
        if named.as_deref() == Some("/dev/null".as_ref()) {
            return Vec::new();
        }
        let mut files = self.system_files();
        // A file named by the variable stands in for the user's own.
        if !named.as_ref().is_some_and(|path| path.exists()) {
            files.extend(self.user_files());
        }
        files.extend(self.prefix.as_ref().map(|prefix| prefix.join("pip.conf")));
        files.extend(named);
        files
    }

    fn system_files(&self) -> Vec<PathBuf> {
        let folders = self.get("XDG_CONFIG_DIRS").unwrap_or("/etc/xdg");
        let folders = folders.split(':').filter(|folder| !folder.is_empty());
        let mut files: Vec<PathBuf> = folders
            .map(|folder| PathBuf::from(folder).join("pip/pip.conf"))
            .collect();
        files.push(PathBuf::from("/etc/pip.conf"));
        files
    }

    fn user_files(&self) -> Vec<PathBuf> {
        let Some(home) = self.home() else {
            return Vec::new();
        };
        let config = self
            .get("XDG_CONFIG_HOME")
            .map_or_else(|| home.join(".config"), PathBuf::from);
        vec![home.join(".pip/pip.conf"), config.join("pip/pip.conf")]
    }

    /// The variables `PIP_*` as settings, by the names of the options.
    pub(super) fn pip_variables(&self) -> impl Iterator<Item = Setting> + '_ {
        self.variables.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix("PIP_")?.to_ascii_lowercase().replace('_', "-");
            let ignored = ["version", "help", "config-file"].contains(&key.as_str());
            let origin = Origin::Variable(name.clone());
            (!ignored).then(|| Setting {
                key,
                value: value.clone(),
                origin,
            })
        })
    }
}
