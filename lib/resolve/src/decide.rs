//! Which version a project gets during a search: by its rules, and the same on all targets if that can be.

use crate::{
    Candidate, Candidates, Set, Standing, TargetId, Versions, choose::pick, provider::Provider, solve::Stop,
};
use pyspec::{name::Name, version::Version};
use std::sync::Arc;

impl<C: Candidates> Provider<'_, C> {
    /// Picks a version of a project by the rules that hold for it.
    pub(crate) fn pick(
        &self,
        name: &Name,
        range: &Set,
        target: TargetId,
    ) -> Result<Option<Version>, Stop<C::Error>> {
        let versions = self.versions(name, target)?;
        let welcome = self.facts.welcomes_prereleases(name) || self.only_prereleases(name, target, &versions);
        let preferred = self
            .facts
            .problem
            .preferences
            .get(name)
            .map_or(&[][..], Vec::as_slice);
        if let Some(together) = self.together(name, range, target, welcome, preferred)? {
            return Ok(Some(together));
        }
        Ok(pick(&versions, range, welcome, preferred).cloned())
    }

    /// Says whether the user's own lines leave pre-releases and nothing else.
    fn only_prereleases(&self, name: &Name, target: TargetId, versions: &Versions) -> bool {
        let Some(own) = self.facts.own(name, target) else {
            return false;
        };
        let inside = versions
            .list
            .iter()
            .filter(|candidate| own.contains(&candidate.version));
        let mut usable = inside
            .filter(|candidate| *candidate.standing() == Standing::Usable)
            .peekable();
        usable.peek().is_some() && usable.all(|candidate| candidate.version.is_prerelease())
    }

    /// Picks the version that another target has already, or else one that all targets can use which need the project.
    fn together(
        &self,
        name: &Name,
        range: &Set,
        target: TargetId,
        prereleases: bool,
        preferred: &[Version],
    ) -> Result<Option<Version>, Stop<C::Error>> {
        if self.facts.problem.targets.len() < 2 || self.apart.contains(name) {
            return Ok(None);
        }
        let mut common = range.clone();
        let mut others = Vec::new();
        for other in (0..self.facts.problem.targets.len()).filter(|other| *other != target) {
            let Some(seen) = self.seen_range(name, other) else {
                continue;
            };
            common = common.intersection(&seen);
            others.push(self.versions(name, other)?);
        }
        let versions = self.versions(name, target)?;
        let possible =
            |other: &Arc<Versions>, version| other.find(version).is_some_and(Candidate::is_possible);
        loop {
            let Some(version) = pick(&versions, &common, prereleases, preferred) else {
                return Ok(None);
            };
            if others.iter().all(|other| possible(other, version)) {
                return Ok(Some(version.clone()));
            }
            common = common.intersection(&Set::singleton(version.clone()).complement());
        }
    }

    fn seen_range(&self, name: &Name, target: TargetId) -> Option<Set> {
        self.memory.borrow().range.get(&(name.clone(), target)).cloned()
    }

    /// Returns the version of an extra: the one its project has, if that is in range.
    pub(crate) fn pick_extra(
        &self,
        name: &Name,
        range: &Set,
        target: TargetId,
    ) -> Result<Option<Version>, Stop<C::Error>> {
        let key = (name.clone(), target);
        let chosen = self.memory.borrow().chosen.get(&key).cloned();
        if let Some(version) = chosen.filter(|version| range.contains(version)) {
            return Ok(Some(version));
        }
        let both = self
            .seen_range(name, target)
            .map_or_else(|| range.clone(), |seen| seen.intersection(range));
        match self.pick(name, &both, target)? {
            Some(version) => Ok(Some(version)),
            None => self.pick(name, range, target),
        }
    }
}
