//! The resolver's window to the indexes.

use crate::{
    Cooldown, Error, Formats, Pages,
    cells::Cells,
    error::Shared,
    helpers,
    listing::{self, Entry, Listing, Setup},
    metadata,
    prefetch::{Job, Queue},
};
use index::{Client, Partial};
use pyspec::{
    filename::DistributionFile, marker::Extras, metadata::Metadata, name::Name, simple::Status,
    specifier::Specifiers, target::Target, version::Version,
};
use resolve::{Answer, Candidates, Dependencies, Set, TargetId, Versions, pick};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use wire::{Fault, Progress};

/// How many requests are under way at most.
const THREADS: usize = 24;

/// After how many versions of one project were tried the next ones are fetched at once.
const FIRST_BATCH: usize = 5;
/// How many are fetched at once at most.
const LARGEST_BATCH: usize = 50;

/// Finds out what a source distribution needs.
pub trait SdistMetadata: Sync {
    /// Returns the METADATA of the wheel that the archive would make.
    ///
    /// # Errors
    ///
    /// The archive is bad, or may not or cannot be built.
    fn metadata(&self, archive: &Path) -> Result<Vec<u8>, Box<dyn Fault + Send + Sync>>;

    /// Says whether what a backend tells here is what it would tell on a target.
    fn speaks_for(&self, target: &Target) -> bool;

    /// Returns what was told before of the archive with this sha256, if that was kept.
    fn kept(&self, sha256: &str) -> Option<Vec<u8>> {
        let _ = sha256;
        None
    }
}

/// What may be taken, and how long it may take.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What comes as wheels, what as source distributions.
    pub formats: Formats,
    /// The versions that will probably be taken: the pins of an older lock.
    pub preferences: BTreeMap<Name, Vec<Version>>,
    /// How old a file must be.
    pub cooldown: Cooldown,
    /// The SHA-256 that files of these projects must have.
    pub hashes: BTreeMap<Name, BTreeSet<String>>,
    /// How long a resolution may take; no limit without.
    pub limit: Option<Duration>,
}

type Found<T> = Result<T, Error>;

/// Candidates from indexes.
pub struct Source<'a> {
    pub(crate) client: &'a Client,
    pub(crate) setup: Arc<Setup>,
    sdists: Option<&'a dyn SdistMetadata>,
    progress: &'a dyn Progress,
    pages: &'a Pages<'a>,
    /// Where archives are put while they are looked into.
    pub(crate) folder: PathBuf,
    began: Instant,
    versions: Cells<(Name, TargetId), Found<Arc<Versions>>>,
    answers: Cells<(Name, String), Found<Answer>>,
    queue: Queue,
    tried: Mutex<HashMap<Name, Vec<Version>>>,
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

    /// Does `work` while threads fetch what it will ask for.
    pub fn while_fetching<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        self.queue.open();
        thread::scope(|scope| {
            let helped = helpers::start_by_need(scope, THREADS, self.client, || {
                // What can wait is done while there is nothing to fetch.
                while let Some(job) = self.queue.try_next().or_else(|| {
                    while self.queue.is_empty() && self.client.do_little() {}
                    self.queue.next()
                }) {
                    self.fetch(job);
                }
            });
            // The threads must go home even if the work panics.
            let closing = Closing(&self.queue);
            let done = work(self);
            drop((closing, helped));
            done
        })
    }

    /// Returns what the index says of a project as a whole, if that is worth a warning.
    pub fn warning(&self, name: &Name) -> Option<String> {
        let listing = self.listing(name).ok()??;
        let status = match listing.table.status {
            Status::Active => return None,
            Status::Archived => "archived",
            Status::Deprecated => "deprecated",
            Status::Quarantined => "in quarantine",
        };
        let reason = listing
            .table
            .status_reason
            .as_ref()
            .map(|reason| format!(": {reason}"));
        Some(format!("{name} is {status}{}", reason.unwrap_or_default()))
    }

    /// Says whether the wheels of a version contradict each other: those that the targets take, if they do not require
    /// the same.
    pub fn contradiction(
        &self,
        name: &Name,
        version: &Version,
        targets: &BTreeSet<TargetId>,
    ) -> Option<String> {
        let mut first: Option<(String, Arc<Dependencies>)> = None;
        for target in targets {
            let listing = self.listing(name).ok()??;
            let best = listing
                .release(version)?
                .best(name, &self.setup.targets[*target], &self.setup.rules);
            let file = best?.file.name.clone();
            let Ok(Answer::Dependencies(found)) = self.answer(name, version, *target, true) else {
                continue;
            };
            match &first {
                Some((before, other)) if *other.requires != *found.requires => {
                    return Some(format!(
                        "{before} and {file} do not require the same; each target has its own"
                    ));
                }
                Some(_) => {}
                None => first = Some((file, found)),
            }
        }
        None
    }

    /// Asks every index for projects, and returns those that more than one knows, with the pages of them.
    ///
    /// # Errors
    ///
    /// An index could not be asked.
    pub fn rivals(&self, names: &[Name]) -> Found<Vec<(Name, Vec<String>)>> {
        let next = AtomicUsize::new(0);
        let found = Mutex::new(Vec::new());
        let ask = || {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                let rivals = self.client.rivals(name).map(|rivals| (name.clone(), rivals));
                found.lock().unwrap_or_else(PoisonError::into_inner).push(rivals);
            }
        };
        thread::scope(|scope| {
            threads::start(scope, THREADS.min(names.len()), ask);
            ask();
        });
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        found.retain(|(_, rivals)| rivals.len() > 1);
        found.sort();
        Ok(found)
    }

    /// Returns all files of a project; `None` if no index knows it.
    pub(crate) fn listing(&self, name: &Name) -> Found<Option<Arc<Listing>>> {
        self.pages.listing(name)
    }

    fn versions_of(&self, name: &Name, target: TargetId) -> Found<Arc<Versions>> {
        self.versions.get(&(name.clone(), target), || {
            let listing = self.listing(name)?;
            let versions = listing.map(|listing| listing::versions(&listing, &self.setup, target));
            Ok(Arc::new(versions.unwrap_or_default()))
        })
    }

    fn preferred(&self, name: &Name) -> &[Version] {
        self.setup.rules.preferences.get(name).map_or(&[], Vec::as_slice)
    }

    fn fetch(&self, job: Job) {
        match job {
            Job::Look(name, extras, range, target) => {
                let Ok(versions) = self.versions_of(&name, target) else {
                    return;
                };
                if let Some(version) = pick(&versions, &range, false, self.preferred(&name)) {
                    self.fetch(Job::Metadata(name, extras, version.clone(), target));
                }
            }
            Job::Metadata(name, extras, version, target) => {
                if let Ok(Answer::Dependencies(found)) = self.answer(&name, &version, target, false) {
                    self.look_ahead(&found, &extras, target);
                }
            }
        }
    }

    /// Asks for the pages of what a version needs: it will probably be taken.
    fn look_ahead(&self, found: &Dependencies, extras: &[Name], target: TargetId) {
        let environment = self.setup.targets[target].environment();
        let asked: Vec<Extras> = std::iter::once(Extras::none())
            .chain(extras.iter().map(Extras::one))
            .collect();
        for requirement in &found.requires {
            let marker = requirement.marker.as_ref();
            if marker.is_none_or(|marker| asked.iter().any(|extras| marker.evaluate(environment, extras))) {
                let range = requirement
                    .specifiers()
                    .map_or_else(Set::full, Specifiers::ranges);
                let extras = requirement.extras.clone();
                self.queue
                    .push(Job::Look(requirement.name.clone(), extras, range, target));
            }
        }
    }

    /// Asks for the versions after one that many others were tried before.
    fn look_back(&self, name: &Name, version: &Version, target: TargetId) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = tried.entry(name.clone()).or_default();
        if tried.contains(version) {
            return;
        }
        tried.push(version.clone());
        let count = tried.len();
        let due = count >= FIRST_BATCH
            && (count.is_multiple_of(20) || count == FIRST_BATCH || count == 2 * FIRST_BATCH);
        let Some(Ok(versions)) = self.versions.ready(&(name.clone(), target)).filter(|_| due) else {
            return;
        };
        let older = versions
            .list
            .iter()
            .filter(|candidate| candidate.version < *version);
        let usable = older.filter(|candidate| *candidate.standing() == resolve::Standing::Usable);
        for candidate in usable.take(count.min(LARGEST_BATCH)) {
            self.queue.push(Job::Metadata(
                name.clone(),
                Vec::new(),
                candidate.version.clone(),
                target,
            ));
        }
    }

    /// Returns what a version depends on. Nothing is built unless `building` says so.
    fn answer(&self, name: &Name, version: &Version, target: TargetId, building: bool) -> Found<Answer> {
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

    /// Downloads a file into the folder, verified if the page names its hash.
    pub(crate) fn archive(&self, file: &index::File) -> Found<PathBuf> {
        download(self.client, file, &self.folder).map(|(path, _)| path)
    }
}

/// Downloads a file below `folder`, which is made if it is not there, into a folder named by the file's hash; returns
/// where it is, and the hash.
pub(crate) fn download(client: &Client, file: &index::File, folder: &Path) -> Found<(PathBuf, String)> {
    if let Some(hash) = &file.sha256 {
        let there = folder.join(hash).join(&file.name);
        if there.is_file() {
            return Ok((there, hash.clone()));
        }
    }
    fs_err::create_dir_all(folder).map_err(Error::io(folder))?;
    // Other runs may be fetching the same file.
    let part = folder.join(format!(".{}.{}.part", file.name, std::process::id()));
    let mut partial = Partial::open(&part).map_err(Error::io(&part))?;
    let received = client.download(file, &[], &mut partial, &|_| ())?;
    let place = folder.join(&received.sha256);
    fs_err::create_dir_all(&place).map_err(Error::io(&place))?;
    let path = place.join(&file.name);
    partial.persist(&path).map_err(Error::io(&path))?;
    Ok((path, received.sha256))
}

/// Says whether a file is damaged for good, so that another version may be tried.
fn is_beyond_repair(error: &index::Error) -> bool {
    matches!(error, index::Error::BadWheel { .. })
}

/// Closes the queue when it goes out of scope.
struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Candidates for Source<'_> {
    type Error = Error;

    fn versions(&self, name: &Name, target: TargetId) -> Found<Arc<Versions>> {
        self.versions_of(name, target)
    }

    fn dependencies(&self, name: &Name, version: &Version, target: TargetId) -> Found<Answer> {
        self.look_back(name, version, target);
        let answer = self.answer(name, version, target, true)?;
        if let Answer::Dependencies(found) = &answer {
            self.look_ahead(found, &[], target);
        }
        Ok(answer)
    }

    fn expect(&self, name: &Name, extra: Option<&Name>, range: &Set, target: TargetId) {
        let extras: Vec<Name> = extra.into_iter().cloned().collect();
        match self.versions.ready(&(name.clone(), target)) {
            None => self
                .queue
                .push(Job::Look(name.clone(), extras, range.clone(), target)),
            Some(Ok(versions)) => {
                if let Some(version) = pick(&versions, range, false, self.preferred(name)) {
                    self.queue
                        .push(Job::Metadata(name.clone(), extras, version.clone(), target));
                }
            }
            Some(Err(_)) => {}
        }
    }

    fn patience(&self) -> Found<()> {
        match self.setup.rules.limit {
            Some(limit) if self.began.elapsed() > limit => Err(Error::Timeout { limit }),
            _ => Ok(()),
        }
    }
}
