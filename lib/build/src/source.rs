//! What is built, and where that is done.

use crate::{Error, Project, ZIP_EPOCH, copy, unpack};
use disk::Scratch;
use fs_err as fs;
use std::path::{Path, PathBuf};

/// What is built.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A source distribution.
    Archive(&'a Path),
    /// A project in a folder that the backend may write into.
    Checkout {
        /// The project.
        project: &'a Project,
        /// What errors and its log call it.
        name: &'a str,
    },
    /// A project in a folder that the backend must not write into: it gets a copy.
    Folder {
        /// The folder.
        path: &'a Path,
        /// What is no part of the project although it lies in its folder.
        without: &'a [PathBuf],
    },
}

/// A project as a folder, with a folder for all that its build makes, which vanishes when it is done with.
pub(crate) struct Opened {
    /// What errors and its log call it.
    pub(crate) name: String,
    pub(crate) scratch: Scratch,
    pub(crate) project: Project,
}

impl Opened {
    /// Makes a folder of a source; what the build makes goes below `scratch`.
    pub(crate) fn of(source: Source, scratch: &Path) -> Result<Self, Error> {
        match source {
            Source::Archive(path) => Self::unpacked(path, scratch),
            Source::Checkout { project, name } => Ok(Self {
                name: name.to_owned(),
                scratch: Scratch::beside(&scratch.join(name), 0o755)?,
                project: project.clone(),
            }),
            Source::Folder { path, without } => Self::copied(path, without, scratch),
        }
    }

    fn unpacked(archive: &Path, scratch: &Path) -> Result<Self, Error> {
        let name = crate::name_of(archive);
        let scratch = Scratch::beside(&scratch.join(&name), 0o755)?;
        let source = scratch.path().join("source");
        fs::create_dir(&source)?;
        let project = unpack(archive, &source)?;
        Ok(Self {
            name,
            scratch,
            project,
        })
    }

    fn copied(folder: &Path, without: &[PathBuf], scratch: &Path) -> Result<Self, Error> {
        let name = crate::name_of(folder);
        let scratch = Scratch::beside(&scratch.join(&name), 0o755)?;
        let root = scratch.path().join("source").join(&name);
        copy::folder(folder, &root, without)?;
        let epoch = ZIP_EPOCH;
        Ok(Self {
            name,
            scratch,
            project: Project { root, epoch },
        })
    }
}
