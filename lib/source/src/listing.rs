//! The files of a project, by version, and whether a target can use them.

use crate::{Rules, cooldown};
use index::Table;
use lock::fit::{Misfit, Rank, fits, judge, judge_python};
use pyspec::{
    filename::DistributionFile, name::Name, specifier::Specifiers, target::Target, version::Version,
};
use resolve::{Candidate, Judge, Reason, ReasonKind, Standing, TargetId, Versions};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// All that an index has of a project. Files are read for the versions that somebody asks about.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) name: Name,
    pub(crate) table: Table,
    releases: Vec<OnceLock<Release>>,
    pythons: Mutex<HashMap<String, Option<Arc<Specifiers>>>>,
}

/// All files of one version.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) version: Version,
    pub(crate) files: Vec<Entry>,
}

/// A file, its name read.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) file: index::File,
    pub(crate) name: DistributionFile,
    /// What the page says of the Pythons it is for; nothing if that cannot be read, as for pip.
    pub(crate) requires_python: Option<Arc<Specifiers>>,
}

impl Listing {
    pub(crate) fn new(name: &Name, table: Table) -> Self {
        Self {
            name: name.clone(),
            releases: table.versions().iter().map(|_| OnceLock::new()).collect(),
            table,
            pythons: Mutex::default(),
        }
    }

    /// Returns the files of a version.
    pub(crate) fn release(&self, version: &Version) -> Option<&Release> {
        let versions = self.table.versions();
        let place = versions.binary_search_by(|other| version.cmp(other)).ok()?;
        Some(self.release_at(place))
    }

    fn release_at(&self, place: usize) -> &Release {
        self.releases[place].get_or_init(|| {
            let files = self.table.files(place).into_iter();
            Release {
                version: self.table.versions()[place].clone(),
                files: files.filter_map(|file| self.entry(file)).collect(),
            }
        })
    }

    /// Reads a file's name; one that says nothing is left out.
    fn entry(&self, file: index::File) -> Option<Entry> {
        let name = DistributionFile::of_project(&file.name, &self.name).ok()?;
        let requires_python = file.requires_python.as_ref().and_then(|text| self.python(text));
        Some(Entry {
            file,
            name,
            requires_python,
        })
    }

    /// Reads a Requires-Python once for all files that say it.
    fn python(&self, text: &str) -> Option<Arc<Specifiers>> {
        let mut pythons = self.pythons.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = pythons.get(text) {
            return known.clone();
        }
        let read = text.parse().ok().map(Arc::new);
        pythons.insert(text.to_owned(), read.clone());
        read
    }
}

/// What is asked of an index, and by whom.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) targets: Vec<Target>,
    pub(crate) rules: Rules,
}

/// Judges the versions of a project for one target.
struct ForTarget {
    listing: Arc<Listing>,
    setup: Arc<Setup>,
    target: TargetId,
}

impl Judge for ForTarget {
    fn standing(&self, place: usize) -> Standing {
        let Listing { name, table, .. } = &*self.listing;
        if table.status.is_refused() {
            let text = "is in quarantine: its index refuses the project";
            return Standing::Unusable(Reason::new(ReasonKind::Other, text));
        }
        let target = &self.setup.targets[self.target];
        self.listing
            .release_at(place)
            .standing(name, target, &self.setup.rules)
    }
}

/// Returns the versions of a project with what a target will make of them.
pub(crate) fn versions(listing: &Arc<Listing>, setup: &Arc<Setup>, target: TargetId) -> Versions {
    let judge: Arc<dyn Judge> = Arc::new(ForTarget {
        listing: Arc::clone(listing),
        setup: Arc::clone(setup),
        target,
    });
    let list = listing.table.versions().iter().enumerate();
    Versions {
        known: true,
        list: list
            .map(|(place, version)| Candidate::judged(version.clone(), Arc::clone(&judge), place))
            .collect(),
    }
}

impl Release {
    /// Says whether a target can use the version: one file that fits and was not yanked is enough.
    fn standing(&self, name: &Name, target: &Target, rules: &Rules) -> Standing {
        let mut yanked = None;
        let mut too_new = None;
        for entry in self.files.iter().filter(|entry| entry.is_allowed(name, rules)) {
            if let Some(reason) = self.waits(entry, name, rules) {
                too_new = Some(reason);
                continue;
            }
            if entry.fits(target) {
                match &entry.file.yanked {
                    None => return Standing::Usable,
                    Some(reason) => yanked = Some(reason.clone()),
                }
            }
        }
        match yanked {
            Some(reason) => Standing::Yanked(Some(reason).filter(|reason| !reason.is_empty())),
            None => Standing::Unusable(too_new.unwrap_or_else(|| self.reason(name, target, rules))),
        }
    }

    /// Returns why a file has to wait, if it is too new. A version that was locked before has done its waiting.
    fn waits(&self, entry: &Entry, name: &Name, rules: &Rules) -> Option<Reason> {
        let before = rules.cooldown.until(name)?;
        let locked = rules
            .preferences
            .get(name)
            .is_some_and(|versions| versions.contains(&self.version));
        let text = cooldown::waits(entry.file.uploaded.as_deref(), before).filter(|_| !locked)?;
        Some(Reason::new(ReasonKind::Other, text))
    }

    fn reason(&self, name: &Name, target: &Target, rules: &Rules) -> Reason {
        let allowed = self.files.iter().filter(|entry| entry.is_allowed(name, rules));
        let misfits: Vec<Misfit> = allowed.filter_map(|entry| entry.misfit(target)).collect();
        let python = misfits.iter().find_map(|misfit| match misfit {
            Misfit::Python { requires, .. } => Some(requires),
            Misfit::Tags { .. } => None,
        });
        let tags = misfits.iter().any(|misfit| matches!(misfit, Misfit::Tags { .. }));
        if let (Some(requires), false) = (python, tags) {
            return Reason::new(
                ReasonKind::Python,
                format!("needs Python {requires}, which {target} is not"),
            );
        }
        if self.files.is_empty() {
            return Reason::new(ReasonKind::Other, "has no file whose name can be read");
        }
        if rules.hashes.contains_key(name) && !self.files.iter().any(|entry| entry.is_allowed(name, rules)) {
            let text = "has no file with a hash that your lines name";
            return Reason::new(ReasonKind::Other, text);
        }
        if !rules.formats.wheel(name) {
            return Reason::new(ReasonKind::Other, "has no source distribution");
        }
        let only_source = self.files.iter().all(|entry| entry.name.wheel().is_none());
        let text = if only_source {
            "is there as a source distribution only".to_owned()
        } else {
            format!("has no wheel for {target}")
        };
        Reason::new(ReasonKind::NoWheel, text)
    }

    /// Returns the file that a target takes: the wheel that fits best, else a source distribution.
    pub(crate) fn best<'a>(
        &'a self,
        name: &'a Name,
        target: &'a Target,
        rules: &'a Rules,
    ) -> Option<&'a Entry> {
        let usable = || self.usable(name, target, rules);
        let wheels = usable().filter_map(|entry| Some((entry.rank(target)?, entry)));
        let best = wheels
            .min_by(|(one, _), (other, _)| one.cmp(other))
            .map(|(_, entry)| entry);
        best.or_else(|| usable().find(|entry| entry.name.wheel().is_none()))
    }

    /// Returns the files that a target can use; yanked ones too, for who pins a yanked version wants them.
    pub(crate) fn usable<'a>(
        &'a self,
        name: &'a Name,
        target: &'a Target,
        rules: &'a Rules,
    ) -> impl Iterator<Item = &'a Entry> {
        let allowed = self.files.iter().filter(|entry| entry.is_allowed(name, rules));
        allowed.filter(|entry| entry.fits(target) && self.waits(entry, name, rules).is_none())
    }
}

impl Entry {
    fn is_allowed(&self, name: &Name, rules: &Rules) -> bool {
        let vouched = rules.hashes.get(name).zip(self.file.sha256.as_ref());
        if vouched.is_some_and(|(hashes, hash)| !hashes.contains(hash)) {
            return false;
        }
        match self.name {
            DistributionFile::Wheel(_) => rules.formats.wheel(name),
            DistributionFile::Sdist(_) => rules.formats.sdist(name),
        }
    }

    fn fits(&self, target: &Target) -> bool {
        let requires = self.requires_python.as_deref();
        match &self.name {
            DistributionFile::Wheel(wheel) => fits(wheel, requires, target),
            DistributionFile::Sdist(_) => {
                requires.is_none_or(|requires| target.accepts_python(requires).is_usable())
            }
        }
    }

    /// Says why a target cannot use it, if so.
    fn misfit(&self, target: &Target) -> Option<Misfit> {
        let requires = self.requires_python.as_deref();
        match &self.name {
            DistributionFile::Wheel(wheel) => judge(wheel, requires, target).err(),
            DistributionFile::Sdist(_) => judge_python(requires?, target).err(),
        }
    }

    fn rank(&self, target: &Target) -> Option<Rank> {
        judge(self.name.wheel()?, self.requires_python.as_deref(), target).ok()
    }
}
