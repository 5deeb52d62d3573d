//! What a project says about how it is built: `[build-system]` of pyproject.toml.

use crate::Error;
use serde::Deserialize;
use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// The backend of a project and what it needs (PEP 517, PEP 518).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSystem {
    /// The requirements for the backend to be loaded, as written.
    pub requires: Vec<String>,
    /// The backend as `module` or `module:object`.
    pub backend: String,
    /// Folders of the project that hold the backend itself, relative to the project.
    pub backend_path: Vec<PathBuf>,
}

impl Default for BuildSystem {
    /// Returns what a project without a word about it means: setuptools, as it was before PEP 517.
    fn default() -> Self {
        Self {
            requires: vec!["setuptools>=40.8.0".to_owned()],
            backend: "setuptools.build_meta:__legacy__".to_owned(),
            backend_path: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Pyproject {
    #[serde(rename = "build-system")]
    build_system: Option<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Table {
    requires: Option<Vec<String>>,
    build_backend: Option<String>,
    backend_path: Option<Vec<PathBuf>>,
}

impl BuildSystem {
    /// Reads it from the project's folder. Without a pyproject.toml a setup.py has to be there, as pip wants it.
    pub fn read(project: &Path) -> Result<Self, Error> {
        match fs_err::read_to_string(project.join("pyproject.toml")) {
            Ok(text) => Self::parse(&crate::name_of(project), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match project.join("setup.py").is_file()
            {
                true => Ok(Self::default()),
                false => Err(Error::NoProject {
                    project: crate::name_of(project),
                }),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Reads it from the text of pyproject.toml; `project` is the name for errors.
    pub fn parse(project: &str, text: &str) -> Result<Self, Error> {
        let bad = |reason: String| Error::BadProject {
            project: project.to_owned(),
            reason,
        };
        let read: Pyproject = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        let Some(table) = read.build_system else {
            return Ok(Self::default());
        };
        let requires = table
            .requires
            .ok_or_else(|| bad("[build-system] has no requires".to_owned()))?;
        let backend_path = table.backend_path.unwrap_or_default();
        if let Some(outside) = backend_path.iter().find(|path| !stays_inside(path)) {
            return Err(bad(format!(
                "backend-path {} leaves the project",
                outside.display()
            )));
        }
        Ok(Self {
            requires,
            backend: table.build_backend.unwrap_or_else(|| Self::default().backend),
            backend_path,
        })
    }
}

/// Says whether a relative path never climbs above where it starts.
fn stays_inside(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::BuildSystem;
    use std::path::PathBuf;

    #[test]
    fn without_a_table_it_is_setuptools_of_old() {
        for text in ["", "[project]\nname = 'a'\n"] {
            assert_eq!(BuildSystem::parse("a-1", text).unwrap(), BuildSystem::default());
        }
    }

    #[test]
    fn a_table_without_a_backend_keeps_its_requirements() {
        let system = BuildSystem::parse("a-1", "[build-system]\nrequires = ['setuptools<70']\n").unwrap();
        assert_eq!(system.requires, ["setuptools<70"]);
        assert_eq!(system.backend, "setuptools.build_meta:__legacy__");
    }

    #[test]
    fn a_backend_in_the_tree_is_found() {
        let text = "[build-system]\nrequires = []\nbuild-backend = 'own:it'\nbackend-path = ['tools', '.']\n";
        let system = BuildSystem::parse("a-1", text).unwrap();
        assert_eq!(system.backend, "own:it");
        assert_eq!(system.backend_path, [PathBuf::from("tools"), PathBuf::from(".")]);
    }

    #[test]
    fn what_breaks_the_standard_is_named() {
        let said = |text| BuildSystem::parse("a-1", text).unwrap_err().to_string();
        assert!(said("[build-system]\n").contains("no requires"));
        assert!(said("[build-system]\nrequires = 'x'\n").contains("a-1"));
        assert!(
            said("[build-system]\nrequires = []\nbackend-path = ['../x']\n").contains("leaves the project")
        );
    }
}
