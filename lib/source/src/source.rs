//! The resolver's window to the indexes: what it holds, and what all its parts work from.

use crate::{
    Pages, Rules, SdistMetadata,
    cells::Cells,
    download::download,
    error::Found,
    listing::{self, Listing, Setup},
    prefetch::Queue,
};
use index::Client;
use pyspec::{name::Name, target::Target, version::Version};
use resolve::{Answer, TargetId, Versions};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Instant,
};
use wire::Progress;

/// Candidates from indexes.
pub struct Source<'a> {
    pub(crate) client: &'a Client,
    pub(crate) setup: Arc<Setup>,
    pub(crate) sdists: Option<&'a dyn SdistMetadata>,
    pub(crate) progress: &'a dyn Progress,
    pages: &'a Pages<'a>,
    /// Where archives are put while they are looked into.
    pub(crate) folder: PathBuf,
    /// When the time that the rules grant began.
    pub(crate) began: Instant,
    pub(crate) versions: Cells<(Name, TargetId), Found<Arc<Versions>>>,
    /// By project and file.
    pub(crate) answers: Cells<(Name, String), Found<Answer>>,
    pub(crate) queue: Queue,
    /// The versions that the resolver asked about.
    pub(crate) tried: Mutex<HashMap<Name, Vec<Version>>>,
}

impl<'a> Source<'a> {
    /// Makes a source; `folder` is for what has to be downloaded, and made when it is needed.
    ///
    /// Without `sdists` every source distribution is refused, whatever the formats say.
    pub fn new(
        pages: &'a Pages<'a>,
        targets: &[Target],
        rules: Rules,
        folder: &Path,
        sdists: Option<&'a dyn SdistMetadata>,
    ) -> Self {
        Self {
            client: pages.client,
            progress: pages.progress,
            pages,
            setup: Arc::new(Setup {
                targets: targets.to_vec(),
                rules,
            }),
            sdists,
            folder: folder.to_owned(),
            began: Instant::now(),
            versions: Cells::default(),
            answers: Cells::default(),
            queue: Queue::default(),
            tried: Mutex::default(),
        }
    }

    /// Returns all files of a project; `None` if no index knows it.
    pub(crate) fn listing(&self, name: &Name) -> Found<Option<Arc<Listing>>> {
        self.pages.listing(name)
    }

    /// Returns the versions that a target can choose from.
    pub(crate) fn versions_of(&self, name: &Name, target: TargetId) -> Found<Arc<Versions>> {
        self.versions.get(&(name.clone(), target), || {
            let listing = self.listing(name)?;
            let versions = listing.map(|listing| listing::versions(&listing, &self.setup, target));
            Ok(Arc::new(versions.unwrap_or_default()))
        })
    }

    /// Returns the versions that will probably be taken.
    pub(crate) fn preferred(&self, name: &Name) -> &[Version] {
        self.setup.rules.preferences.get(name).map_or(&[], Vec::as_slice)
    }

    /// Downloads a file into the folder, verified if the page names its hash.
    pub(crate) fn archive(&self, file: &index::File) -> Found<PathBuf> {
        download(self.client, file, &self.folder).map(|(path, _)| path)
    }
}
