//! The files of a project, by version, and whether a target can use them.

use crate::{Rules, cooldown};
use index::Page;
use lock::fit::{Misfit, Rank, judge, judge_python};
use pyspec::{
    filename::DistributionFile, name::Name, simple::Status, specifier::Specifiers, target::Target,
    version::Version,
};
use resolve::{Candidate, Reason, ReasonKind, Standing, Versions};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// All that an index has of a project.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The versions, newest first.
    pub(crate) releases: Vec<Release>,
    /// What the index says of the project as a whole, and why.
    pub(crate) status: Status,
    pub(crate) status_reason: Option<String>,
    /// Where it is from.
    pub(crate) index: String,
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
    /// Sorts a page by version; files whose names say nothing are left out.
    pub(crate) fn new(name: &Name, page: Page) -> Self {
        let mut releases: BTreeMap<Version, Vec<Entry>> = BTreeMap::new();
        let mut pythons: HashMap<String, Option<Arc<Specifiers>>> = HashMap::new();
        for file in page.files {
            let Ok(parsed) = DistributionFile::of_project(&file.name, name) else {
                continue;
            };
            let requires_python = file.requires_python.as_ref().and_then(|text| {
                let read = || text.parse().ok().map(Arc::new);
                pythons.entry(text.clone()).or_insert_with(read).clone()
            });
            releases.entry(parsed.version().clone()).or_default().push(Entry {
                file,
                name: parsed,
                requires_python,
            });
        }
        let releases = releases.into_iter().rev();
        Self {
            releases: releases
                .map(|(version, files)| Release { version, files })
                .collect(),
            status: page.status,
            status_reason: page.status_reason,
            index: page.index.to_string(),
        }
    }

    pub(crate) fn release(&self, version: &Version) -> Option<&Release> {
        self.releases.iter().find(|release| release.version == *version)
    }

    /// Returns the versions with what a target makes of them.
    pub(crate) fn versions(&self, name: &Name, target: &Target, rules: &Rules) -> Versions {
        let list = self.releases.iter().map(|release| Candidate {
            version: release.version.clone(),
            standing: if self.status.is_refused() {
                let text = "is in quarantine: its index refuses the project";
                Standing::Unusable(Reason::new(ReasonKind::Other, text))
            } else {
                release.standing(name, target, rules)
            },
        });
        Versions {
            known: true,
            list: list.collect(),
        }
    }
}

impl Release {
    /// Says whether a target can use the version: one file that fits and was not yanked is enough.
    fn standing(&self, name: &Name, target: &Target, rules: &Rules) -> Standing {
        let mut yanked = None;
        let mut misfits = Vec::new();
        let mut too_new = None;
        for entry in self.files.iter().filter(|entry| entry.is_allowed(name, rules)) {
            if let Some(reason) = self.waits(entry, name, rules) {
                too_new = Some(reason);
                continue;
            }
            match entry.fits(target) {
                Ok(()) if entry.file.yanked.is_none() => return Standing::Usable,
                Ok(()) => yanked = entry.file.yanked.clone(),
                Err(misfit) => misfits.push(misfit),
            }
        }
        match yanked {
            Some(reason) => Standing::Yanked(Some(reason).filter(|reason| !reason.is_empty())),
            None => Standing::Unusable(too_new.unwrap_or_else(|| self.reason(name, target, rules, &misfits))),
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

    fn reason(&self, name: &Name, target: &Target, rules: &Rules, misfits: &[Misfit]) -> Reason {
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
        allowed.filter(|entry| entry.fits(target).is_ok() && self.waits(entry, name, rules).is_none())
    }
}

impl Entry {
    fn is_allowed(&self, name: &Name, rules: &Rules) -> bool {
        match self.name {
            DistributionFile::Wheel(_) => rules.formats.wheel(name),
            DistributionFile::Sdist(_) => rules.formats.sdist(name),
        }
    }

    fn fits(&self, target: &Target) -> Result<(), Misfit> {
        let requires = self.requires_python.as_deref();
        match &self.name {
            DistributionFile::Wheel(wheel) => judge(wheel, requires, target).map(drop),
            DistributionFile::Sdist(_) => requires.map_or(Ok(()), |requires| judge_python(requires, target)),
        }
    }

    fn rank(&self, target: &Target) -> Option<Rank> {
        judge(self.name.wheel()?, self.requires_python.as_deref(), target).ok()
    }
}
