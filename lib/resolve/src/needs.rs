//! What is needed: by the user's lines, and by a version of a project or of an extra.

use crate::{
    Answer, Candidates, Dependencies, Reason, ReasonKind, Set, TargetId,
    facts::holds,
    memory::Who,
    package::Package,
    problem::range_of,
    provider::Provider,
    solve::{Stop, Unjudged},
};
use pyspec::{marker::Extras, name::Name, requirement::Requirement, target::Target, version::Version};

/// The dependencies of a version as PubGrub takes them.
pub(crate) type Constraints = Vec<(Package, Set)>;

impl<C: Candidates> Provider<'_, C> {
    /// Returns what the user's lines ask for.
    pub(crate) fn root(&self) -> Constraints {
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
    pub(crate) fn needs(
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
            if let Some(reason) = self.forbids(name, version, requirement) {
                return Ok(Err(reason));
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

    /// Returns why a version with this requirement cannot be used, if it cannot.
    fn forbids(&self, name: &Name, version: &Version, requirement: &Requirement) -> Option<Reason> {
        let text = if requirement.url().is_some() && !self.facts.names_address(requirement) {
            format!("depends on an address ({requirement}), which only your own lines may name")
        } else if requirement.name == *name && !range_of(requirement).contains(version) {
            format!("requires another version of itself ({requirement})")
        } else {
            return None;
        };
        Some(Reason::new(ReasonKind::Other, text))
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
}
