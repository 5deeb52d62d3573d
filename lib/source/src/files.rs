//! The files of a version whose hashes belong into a lock.

use crate::{Error, Source, download::download, listing::Entry};
use pyspec::{name::Name, version::Version};
use resolve::TargetId;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Which files' hashes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hashes {
    /// Those of the files that a target can use.
    #[default]
    Usable,
    /// Those of every file of the version.
    All,
}

/// A file of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Its size in bytes, if the index says it.
    pub size: Option<u64>,
    /// Its address without credentials.
    pub url: String,
    /// When it was uploaded, as the index says it.
    pub uploaded: Option<String>,
    /// Why it was yanked, if it was.
    pub yanked: Option<String>,
    /// The address of the index that offers it, without credentials; nothing for a folder of this machine.
    pub index: Option<String>,
}

impl Source<'_> {
    /// Returns the files of a version by name: those that one of the targets can use, or all.
    ///
    /// Hashes are those of the page; only a file of which the page names none is downloaded.
    ///
    /// # Errors
    ///
    /// An index failed.
    pub fn files(
        &self,
        name: &Name,
        version: &Version,
        targets: &BTreeSet<TargetId>,
        hashes: Hashes,
    ) -> Result<Vec<File>, Error> {
        let Some(listing) = self.listing(name)? else {
            return Ok(Vec::new());
        };
        let Some(release) = listing.release(version) else {
            return Ok(Vec::new());
        };
        let mut entries: BTreeMap<&str, &Entry> = BTreeMap::new();
        if hashes == Hashes::All {
            entries.extend(
                release
                    .files
                    .iter()
                    .map(|entry| (entry.file.name.as_str(), entry)),
            );
        }
        for target in targets {
            let usable = release.usable(name, &self.setup.targets[*target], &self.setup.rules);
            entries.extend(usable.map(|entry| (entry.file.name.as_str(), entry)));
        }
        entries.values().map(|entry| self.file(entry)).collect()
    }

    /// Returns the archive of a version that has to be built on one of the targets, downloaded; `None` if all of them
    /// take a wheel.
    ///
    /// # Errors
    ///
    /// An index failed.
    pub fn sdist(
        &self,
        name: &Name,
        version: &Version,
        targets: &BTreeSet<TargetId>,
    ) -> Result<Option<PathBuf>, Error> {
        let Some(listing) = self.listing(name)? else {
            return Ok(None);
        };
        let Some(release) = listing.release(version) else {
            return Ok(None);
        };
        let taken = targets
            .iter()
            .filter_map(|target| release.best(name, &self.setup.targets[*target], &self.setup.rules));
        let mut sources = taken.filter(|entry| entry.name.wheel().is_none());
        sources.next().map(|entry| self.archive(&entry.file)).transpose()
    }

    fn file(&self, entry: &Entry) -> Result<File, Error> {
        let file = &entry.file;
        let sha256 = match &file.sha256 {
            Some(known) => known.clone(),
            None => match self.client.remembered(file)? {
                Some(known) => known,
                None => download(self.client, file, &self.folder)?.1,
            },
        };
        Ok(File {
            name: file.name.clone(),
            sha256,
            size: file.size,
            url: file.url.without_credentials().to_string(),
            uploaded: file.uploaded.clone(),
            yanked: file.yanked.clone(),
            index: Some(file.index.to_string()).filter(|index| !index.starts_with("file:")),
        })
    }
}
