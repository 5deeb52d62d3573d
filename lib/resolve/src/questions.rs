//! PubGrub's questions, answered from the problem and the candidates.

use crate::{
    Candidates, Reason, Set, TargetId, choose::is_exact, package::Package, provider::Provider, solve::Stop,
};
use pubgrub::{DependencyConstraints, DependencyProvider, PackageResolutionStatistics};
use pyspec::{name::Name, version::Version};
use std::cmp::Reverse;

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

/// Returns the class of a project and how many of its conflicts count.
fn class(range: &Set, conflicts: u32) -> (Class, u32) {
    if is_exact(range) {
        (Class::Pinned, 0)
    } else if conflicts >= QUARRELSOME {
        (Class::Quarrelsome, conflicts)
    } else {
        (Class::Plain, 0)
    }
}

impl<C: Candidates> Provider<'_, C> {
    /// Returns the place of a project in the order in which projects came up.
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
        let (class, count) = class(range, count);
        (class, count, order, plain)
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
