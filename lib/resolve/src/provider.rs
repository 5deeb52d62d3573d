//! PubGrub's questions, answered from the problem and the candidates.

use crate::{
    Answer, Candidate, Candidates, Dependencies, Quarrel, Reason, ReasonKind, Set, Standing, TargetId,
    Versions,
    choose::{is_exact, pick},
    facts::{Facts, holds},
    memory::{Memory, Who},
    package::Package,
    problem::range_of,
    solve::{Stop, Unjudged},
};
use pubgrub::{DependencyConstraints, DependencyProvider, PackageResolutionStatistics};
use pyspec::{marker::Extras, name::Name, requirement::Requirement, target::Target, version::Version};
use std::{cell::RefCell, cmp::Reverse, collections::BTreeSet, sync::Arc};

/// How urgently a package is decided: the class, then conflicts, then first seen, the project before its extras.
pub(crate) type Priority = (Class, u32, Reverse<usize>, bool);

/// The first part of a [`Priority`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Nothing is known against it.
    Plain,
    /// It has been in conflict with others again and again: the sooner it is decided, the less is done in vain.
    Quarrelsome,
    /// One version at most: deciding it costs nothing.
    Pinned,
    /// The requirements and interpreters.
    Given,
}

/// From so many conflicts on a package is decided earlier.
const QUARRELSOME: u32 = 5;

/// The dependencies of a version as PubGrub takes them.
pub(crate) type Constraints = Vec<(Package, Set)>;

/// The projects that need not have one version on all targets.
pub(crate) type Apart = BTreeSet<Name>;

/// A [`DependencyProvider`] over candidates.
pub(crate) struct Provider<'a, C> {
    /// What is to be solved.
    pub(crate) facts: &'a Facts<'a>,
    /// The window to the world.
    pub(crate) candidates: &'a C,
    /// The projects whose versions may differ between targets.
    pub(crate) apart: &'a Apart,
    memory: RefCell<Memory>,
}

impl<'a, C: Candidates> Provider<'a, C> {
    pub(crate) fn new(facts: &'a Facts<'a>, candidates: &'a C, apart: &'a Apart) -> Self {
        Self {
            facts,
            candidates,
            apart,
            memory: RefCell::default(),
        }
    }

    /// Returns what has stood in each other's way so far.
    pub(crate) fn quarrel(&self) -> Quarrel {
        self.memory.borrow().quarrel()
    }

    fn target(&self, target: TargetId) -> &Target {
        &self.facts.problem.targets[target]
    }

    /// Returns the versions of a project, those that a constraint excludes marked so.
    pub(crate) fn versions(&self, name: &Name, target: TargetId) -> Result<Arc<Versions>, Stop<C::Error>> {
        let key = (name.clone(), target);
        if let Some(versions) = self.memory.borrow().versions.get(&key) {
            return Ok(versions.clone());
        }
        let mut versions = self.candidates.versions(name, target).map_err(Stop::Candidates)?;
        if !self.facts.limits(name, target).is_empty() {
            let list = versions
                .list
                .iter()
                .map(|candidate| self.limited(name, target, candidate))
                .collect();
            versions = Arc::new(Versions {
                known: versions.known,
                list,
            });
        }
        self.memory.borrow_mut().versions.insert(key, versions.clone());
        Ok(versions)
    }

    fn limited(&self, name: &Name, target: TargetId, candidate: &Candidate) -> Candidate {
        let limits = self.facts.limits(name, target);
        let broken = limits
            .iter()
            .find(|limit| !limit.range.contains(&candidate.version));
        let Some(limit) = broken else {
            return candidate.clone();
        };
        let text = format!("is excluded by {} ({})", limit.origin, limit.text);
        let reason = Reason::new(ReasonKind::Other, text);
        Candidate::new(candidate.version.clone(), Standing::Unusable(reason))
    }

    /// Picks a version of a project by the rules that hold for it.
    fn pick(&self, name: &Name, range: &Set, target: TargetId) -> Result<Option<Version>, Stop<C::Error>> {
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
    fn pick_extra(
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

    /// Returns the group of targets that share a version of this project, as its first member.
    fn group(&self, name: &Name, target: TargetId) -> TargetId {
        if !self.apart.contains(name) {
            return 0;
        }
        let environment = self.target(target).environment();
        let same = |other: &Target| other.environment() == environment;
        self.facts.problem.targets.iter().position(same).unwrap_or(target)
    }

    fn root(&self) -> Constraints {
        let mut constraints = Vec::new();
        for (target, lines) in self.facts.wanted.iter().enumerate() {
            for wanted in lines {
                for requirement in self.overridden(&wanted.requirement, target) {
                    self.require(requirement, target, &mut constraints);
                    let range = range_of(requirement);
                    let mut memory = self.memory.borrow_mut();
                    memory.asks(Who::Line(wanted.origin.clone()), &requirement.name, target, range);
                }
            }
        }
        constraints
    }

    /// Adds what a requirement asks for: the project, and each of its extras.
    fn require(&self, requirement: &Requirement, target: TargetId, into: &mut Constraints) {
        let range = range_of(requirement);
        let name = &requirement.name;
        into.push((Package::Plain(name.clone(), target), range.clone()));
        for extra in &requirement.extras {
            into.push((Package::Extra(name.clone(), extra.clone(), target), range.clone()));
        }
    }

    /// Returns what a project, or an extra of it, depends on in one version; the reason if it cannot be used.
    fn needs(
        &self,
        name: &Name,
        extra: Option<&Name>,
        version: &Version,
        target: TargetId,
    ) -> Result<Result<Constraints, Reason>, Stop<C::Error>> {
        let answer = self
            .candidates
            .dependencies(name, version, target)
            .map_err(Stop::Candidates)?;
        let dependencies = match answer {
            Answer::Dependencies(dependencies) => dependencies,
            Answer::Unusable(reason) => return Ok(Err(reason)),
        };
        let exactly = Set::singleton(version.clone());
        let mut constraints = Vec::new();
        if extra.is_none() {
            self.need_python(&dependencies, target, &mut constraints);
            if self.facts.problem.targets.len() > 1 {
                let shared = Package::Shared(name.clone(), self.group(name, target));
                constraints.push((shared, exactly.clone()));
            }
        }
        let applying = self.applying(name, extra, version, target, &dependencies)?;
        for requirement in applying {
            if requirement.url().is_some() && !self.facts.names_address(requirement) {
                let text =
                    format!("depends on an address ({requirement}), which only your own lines may name");
                return Ok(Err(Reason::new(ReasonKind::Other, text)));
            }
            if requirement.name == *name && !range_of(requirement).contains(version) {
                let text = format!("requires another version of itself ({requirement})");
                return Ok(Err(Reason::new(ReasonKind::Other, text)));
            }
            if requirement.name == *name {
                let extras = requirement.extras.iter().filter(|other| Some(*other) != extra);
                let extras = extras.map(|other| Package::Extra(name.clone(), other.clone(), target));
                constraints.extend(extras.map(|package| (package, exactly.clone())));
            } else {
                self.require(requirement, target, &mut constraints);
                let range = range_of(requirement);
                let mut memory = self.memory.borrow_mut();
                memory.asks(Who::Project(name.clone()), &requirement.name, target, range);
            }
        }
        Ok(Ok(constraints))
    }

    /// Adds a dependency on Python if the target's is not good enough: one that nothing can meet.
    fn need_python(&self, dependencies: &Dependencies, target: TargetId, into: &mut Constraints) {
        let Some(needed) = &dependencies.requires_python else {
            return;
        };
        if !self.target(target).accepts_python(needed).is_usable() {
            into.push((Package::Python(target), needed.ranges()));
        }
    }

    /// Returns the requirements that hold on a target; with an extra, those that hold only because of it.
    pub(crate) fn applying<'d>(
        &'d self,
        name: &Name,
        extra: Option<&Name>,
        version: &Version,
        target: TargetId,
        dependencies: &'d Dependencies,
    ) -> Result<Vec<&'d Requirement>, Stop<C::Error>> {
        let environment = self.target(target).environment();
        let none = Extras::none();
        let one = extra.map(Extras::one);
        let fails = |source| {
            Stop::Marker(Box::new(Unjudged {
                name: name.clone(),
                version: version.clone(),
                source,
            }))
        };
        let mut applying = Vec::new();
        for requirement in &dependencies.requires {
            let marker = requirement.marker.as_ref();
            if extra.is_some() && marker.is_none() {
                continue;
            }
            let holds_plainly = holds(marker, environment, &none).map_err(fails)?;
            let holds_here = match &one {
                Some(one) => !holds_plainly && holds(marker, environment, one).map_err(fails)?,
                None => holds_plainly,
            };
            if holds_here {
                applying.extend(self.overridden(requirement, target));
            }
        }
        Ok(applying)
    }

    /// Returns what stands in for a requirement, as far as it holds on the target.
    fn overridden<'d>(&'d self, requirement: &'d Requirement, target: TargetId) -> Vec<&'d Requirement> {
        let environment = self.target(target).environment();
        let mut instead = self.facts.instead(requirement);
        instead.retain(|other| {
            std::ptr::eq(*other, requirement)
                || holds(other.marker.as_ref(), environment, &Extras::none()).unwrap_or(false)
        });
        instead
    }

    fn rank(&self, name: &Name, target: TargetId) -> usize {
        let mut memory = self.memory.borrow_mut();
        let next = memory.order.len();
        *memory.order.entry((name.clone(), target)).or_insert(next)
    }
}

impl<C: Candidates> DependencyProvider for Provider<'_, C> {
    type P = Package;
    type V = Version;
    type VS = Set;
    type Priority = Priority;
    type M = Reason;
    type Err = Stop<C::Error>;

    fn prioritize(
        &self,
        package: &Package,
        range: &Set,
        conflicts: &PackageResolutionStatistics,
    ) -> Priority {
        let Some((name, target)) = package.project() else {
            return (Class::Given, 0, Reverse(0), true);
        };
        let plain = matches!(package, Package::Plain(..));
        let order = Reverse(self.rank(name, target));
        self.candidates.expect(name, package.extra(), range, target);
        if plain {
            self.memory
                .borrow_mut()
                .range
                .insert((name.clone(), target), range.clone());
        }
        let count = conflicts.conflict_count();
        if count > 0 {
            self.memory.borrow_mut().conflict(name, count);
        }
        if is_exact(range) {
            (Class::Pinned, 0, order, plain)
        } else if count >= QUARRELSOME {
            (Class::Quarrelsome, count, order, plain)
        } else {
            (Class::Plain, 0, order, plain)
        }
    }

    fn choose_version(&self, package: &Package, range: &Set) -> Result<Option<Version>, Self::Err> {
        match package {
            Package::Root => Ok(Some(Version::new(&[0]))),
            // Only what this Python does not satisfy is ever asked of it.
            Package::Python(_) => Ok(None),
            Package::Shared(..) | Package::Requirements(..) => Ok(range.as_singleton().cloned()),
            Package::Extra(name, _, target) => self.pick_extra(name, range, *target),
            Package::Plain(name, target) => {
                let version = self.pick(name, range, *target)?;
                if let Some(version) = &version {
                    let key = (name.clone(), *target);
                    self.memory.borrow_mut().chosen.insert(key, version.clone());
                }
                Ok(version)
            }
        }
    }

    fn get_dependencies(
        &self,
        package: &Package,
        version: &Version,
    ) -> Result<pubgrub::Dependencies<Package, Set, Reason>, Self::Err> {
        let needs = match package {
            Package::Root => Ok(self.root()),
            Package::Python(_) | Package::Shared(..) => Ok(Vec::new()),
            Package::Plain(name, target) => {
                self.memory.borrow_mut().tried += 1;
                self.needs(name, None, version, *target)?
            }
            Package::Extra(name, extra, target) => {
                let exactly = Set::singleton(version.clone());
                let project = Package::Plain(name.clone(), *target);
                let own = Package::Requirements(name.clone(), extra.clone(), *target);
                Ok(vec![(project, exactly.clone()), (own, exactly)])
            }
            Package::Requirements(name, extra, target) => self.needs(name, Some(extra), version, *target)?,
        };
        Ok(match needs {
            Ok(constraints) => {
                pubgrub::Dependencies::Available(DependencyConstraints::from_iter(constraints))
            }
            Err(reason) => pubgrub::Dependencies::Unavailable(reason),
        })
    }

    fn should_cancel(&self) -> Result<(), Self::Err> {
        self.candidates.patience().map_err(Stop::Candidates)
    }
}
