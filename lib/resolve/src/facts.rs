//! What a problem says, sorted by project, so that the provider need not search.

use crate::{Origin, Problem, Set, TargetId, Wanted, problem::range_of};
use pyspec::{
    marker::{Environment, Extras, Marker, MarkerError},
    name::Name,
    requirement::Requirement,
    specifier::Specifiers,
};
use std::collections::{BTreeMap, BTreeSet};

/// A limit on the versions of a project, and who set it.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    /// The versions that stay allowed.
    pub(crate) range: Set,
    /// As it was written.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) origin: Origin,
}

/// A [`Problem`], prepared.
#[derive(Debug)]
pub(crate) struct Facts<'p> {
    /// The problem itself.
    pub(crate) problem: &'p Problem,
    /// The lines that apply, for each target, in an order that does not depend on the order of files and lines.
    pub(crate) wanted: Vec<Vec<&'p Wanted>>,
    /// The constraints that apply, for each target.
    limits: Vec<BTreeMap<Name, Vec<Limit>>>,
    /// The overrides by name.
    overrides: BTreeMap<Name, Vec<&'p Wanted>>,
    /// Projects of which a line names a pre-release.
    prereleases: BTreeSet<Name>,
    /// What the user's own lines leave of each project, for each target.
    own: Vec<BTreeMap<Name, Set>>,
}

impl<'p> Facts<'p> {
    /// Prepares a problem; fails on a marker that has no value on a target.
    pub(crate) fn new(problem: &'p Problem) -> Result<Self, (Origin, MarkerError)> {
        let mut facts = Self {
            problem,
            wanted: Vec::new(),
            limits: Vec::new(),
            overrides: BTreeMap::new(),
            prereleases: problem.policy.prereleases.clone(),
            own: Vec::new(),
        };
        for wanted in &problem.overrides {
            facts
                .overrides
                .entry(wanted.requirement.name.clone())
                .or_default()
                .push(wanted);
        }
        for target in &problem.targets {
            let applies = |wanted: &&Wanted| applies(wanted, target.environment());
            facts.wanted.push(sorted(filter(&problem.wanted, applies)?));
            let constraints = filter(&problem.constraints, applies)?;
            facts.limits.push(limits(&constraints));
            let lines = facts.wanted.last().into_iter().flatten().chain(&constraints);
            facts.own.push(own(lines.copied().chain(&problem.overrides)));
        }
        for wanted in problem
            .wanted
            .iter()
            .chain(&problem.constraints)
            .chain(&problem.overrides)
        {
            facts.note(&wanted.requirement);
        }
        Ok(facts)
    }

    /// Remembers whether a line of the user's names a pre-release.
    fn note(&mut self, requirement: &Requirement) {
        if requirement.specifiers().is_some_and(Specifiers::names_prerelease) {
            self.prereleases.insert(requirement.name.clone());
        }
    }

    /// Says whether pre-releases of a project are as good as final releases.
    pub(crate) fn welcomes_prereleases(&self, name: &Name) -> bool {
        self.problem.policy.all_prereleases || self.prereleases.contains(name)
    }

    /// Returns what the user's own lines leave of a project.
    pub(crate) fn own(&self, name: &Name, target: TargetId) -> Option<&Set> {
        self.own[target].get(name)
    }

    /// Returns the constraints on a project.
    pub(crate) fn limits(&self, name: &Name, target: TargetId) -> &[Limit] {
        self.limits[target].get(name).map_or(&[], Vec::as_slice)
    }

    /// Says whether one of the user's own lines names this address for this project.
    pub(crate) fn names_address(&self, requirement: &Requirement) -> bool {
        let same = |wanted: &Wanted| {
            wanted.requirement.name == requirement.name && wanted.requirement.url() == requirement.url()
        };
        self.problem.wanted.iter().any(same)
    }

    /// Returns what stands in for a requirement: itself, its overrides, or nothing if it is excluded.
    pub(crate) fn instead<'a>(&'a self, requirement: &'a Requirement) -> Vec<&'a Requirement> {
        if self.problem.excludes.contains(&requirement.name) {
            return Vec::new();
        }
        match self.overrides.get(&requirement.name) {
            Some(overrides) => overrides.iter().map(|wanted| &wanted.requirement).collect(),
            None => vec![requirement],
        }
    }
}

fn applies(wanted: &Wanted, environment: &Environment) -> Result<bool, (Origin, MarkerError)> {
    holds(wanted.requirement.marker.as_ref(), environment, &Extras::none())
        .map_err(|error| (wanted.origin.clone(), error))
}

/// Says whether a marker holds. One without a meaning does not, as for pip; one that needs what is not known fails.
pub(crate) fn holds(
    marker: Option<&Marker>,
    environment: &Environment,
    extras: &Extras,
) -> Result<bool, MarkerError> {
    let Some(marker) = marker else { return Ok(true) };
    match marker.try_evaluate(environment, extras) {
        Err(error @ MarkerError::Unknown { .. }) => Err(error),
        answer => Ok(answer.unwrap_or(false)),
    }
}

type Test = Result<bool, (Origin, MarkerError)>;

fn filter(all: &[Wanted], keep: impl Fn(&&Wanted) -> Test) -> Result<Vec<&Wanted>, (Origin, MarkerError)> {
    let mut kept = Vec::new();
    for wanted in all {
        if keep(&wanted)? {
            kept.push(wanted);
        }
    }
    Ok(kept)
}

fn sorted(mut wanted: Vec<&Wanted>) -> Vec<&Wanted> {
    wanted.sort_by_cached_key(|wanted| {
        (
            wanted.requirement.name.clone(),
            wanted.requirement.to_string(),
            wanted.origin.clone(),
        )
    });
    wanted
}

fn limits(constraints: &[&Wanted]) -> BTreeMap<Name, Vec<Limit>> {
    let mut limits: BTreeMap<Name, Vec<Limit>> = BTreeMap::new();
    for constraint in constraints {
        let requirement = &constraint.requirement;
        limits.entry(requirement.name.clone()).or_default().push(Limit {
            range: range_of(requirement),
            text: requirement.to_string(),
            origin: constraint.origin.clone(),
        });
    }
    limits
}

/// Returns what lines leave of each project.
fn own<'l>(lines: impl Iterator<Item = &'l Wanted>) -> BTreeMap<Name, Set> {
    let mut own = BTreeMap::new();
    for wanted in lines {
        let requirement = &wanted.requirement;
        let set = own.entry(requirement.name.clone()).or_insert_with(Set::full);
        *set = set.intersection(&range_of(requirement));
    }
    own
}
