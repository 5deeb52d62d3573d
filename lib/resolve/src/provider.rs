//! The problem and the candidates as a search sees them, with what it has seen so far.

use crate::{
    Candidate, Candidates, Quarrel, Reason, ReasonKind, Standing, TargetId, Versions, facts::Facts,
    memory::Memory, solve::Stop,
};
use pyspec::{name::Name, target::Target};
use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

/// The projects that need not have one version on all targets.
pub(crate) type Apart = BTreeSet<Name>;

/// A [`pubgrub::DependencyProvider`] over candidates.
pub(crate) struct Provider<'a, C> {
    /// What is to be solved.
    pub(crate) facts: &'a Facts<'a>,
    /// The window to the world.
    pub(crate) candidates: &'a C,
    /// The projects whose versions may differ between targets.
    pub(crate) apart: &'a Apart,
    /// What was seen so far.
    pub(crate) memory: RefCell<Memory>,
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

    pub(crate) fn target(&self, target: TargetId) -> &Target {
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
}
