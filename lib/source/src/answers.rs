//! What versions depend on, from the metadata of the file that is taken.

use crate::{
    Error, Source,
    error::{Found, Shared},
    listing::Entry,
    metadata,
};
use pyspec::{filename::DistributionFile, metadata::Metadata, name::Name, target::Target, version::Version};
use resolve::{Answer, TargetId};
use std::sync::Arc;

impl Source<'_> {
    /// Returns what a version depends on. Nothing is built unless `building` says so.
    pub(crate) fn answer(
        &self,
        name: &Name,
        version: &Version,
        target: TargetId,
        building: bool,
    ) -> Found<Answer> {
        let listing = self.listing(name)?;
        let release = listing.as_ref().and_then(|listing| listing.release(version));
        let best =
            release.and_then(|release| release.best(name, &self.setup.targets[target], &self.setup.rules));
        let Some(entry) = best else {
            return Ok(metadata::unusable("has no file that can be used".to_owned()));
        };
        let is_wheel = matches!(entry.name, DistributionFile::Wheel(_));
        if !is_wheel && !building {
            return Ok(metadata::unusable("is not built ahead of need".to_owned()));
        }
        let key = (name.clone(), entry.file.name.clone());
        self.answers.get(&key, || {
            self.progress.note(&format!("metadata of {}", entry.file.name));
            let bytes = if is_wheel {
                self.client.metadata(&entry.file).map_err(Error::from)
            } else {
                self.built(entry)
            };
            match bytes {
                Ok(bytes) => Ok(metadata::read(&bytes, name, version)),
                Err(Error::Index(error)) if is_beyond_repair(&error) => {
                    Ok(metadata::unusable(format!("cannot be read: {error}")))
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Returns the metadata that a source distribution would get, asking its backend if it must.
    fn built(&self, entry: &Entry) -> Found<Vec<u8>> {
        let failed = |fault| Error::Sdist {
            file: entry.file.name.clone(),
            source: Arc::new(Shared(fault)),
        };
        let Some(sdists) = self.sdists else {
            let refused = std::io::Error::other("building is not possible here");
            return Err(failed(Box::new(refused)));
        };
        let kept = entry
            .file
            .sha256
            .as_deref()
            .and_then(|sha256| sdists.kept(sha256));
        let bytes = match kept {
            Some(bytes) => bytes,
            None => sdists.metadata(&self.archive(&entry.file)?).map_err(failed)?,
        };
        let foreign = self
            .setup
            .targets
            .iter()
            .filter(|target| !sdists.speaks_for(target));
        let foreign: Vec<&str> = foreign.map(Target::name).collect();
        let is_fixed = Metadata::parse(&bytes).is_ok_and(|metadata| metadata.is_static());
        if !is_fixed && !foreign.is_empty() {
            self.progress.warn(&format!(
                "what {} needs was asked of the Python here, and may be something else for {}",
                entry.file.name,
                foreign.join(", ")
            ));
        }
        Ok(bytes)
    }
}

/// Says whether a file is damaged for good, so that another version may be tried.
fn is_beyond_repair(error: &index::Error) -> bool {
    matches!(error, index::Error::BadWheel { .. })
}
