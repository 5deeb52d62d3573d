//! Why there is no solution, in sentences that name the user's own lines.

use crate::{
    Candidates, Origin, Reason, ReasonKind, Set, Standing, TargetId, Versions,
    derivation::Steps,
    package::Package,
    provider::Provider,
    solve::Stop,
    tell::{Teller, reasons, span},
};
use pubgrub::{DerivationTree, External};
use pyspec::{name::Name, specifier::describe};
use std::{
    collections::{BTreeSet, HashSet},
    fmt,
};
use wire::{Incompatibility, Kind};

/// A failed search, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The sort of failure: unknown package, no version, no wheel, conflict.
    pub kind: Kind,
    /// The failure in one sentence.
    pub summary: String,
    /// The facts that together leave no way out, one sentence each.
    pub facts: Vec<String>,
    /// The line that asks for the impossible, if it is one line.
    pub origin: Option<Origin>,
    /// What to do about it.
    pub hint: Option<String>,
    /// How it follows from facts, step by step.
    pub derivation: Vec<Incompatibility>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary)?;
        for fact in &self.facts {
            write!(formatter, "\n  {fact}")?;
        }
        Ok(())
    }
}

pub(crate) type Leaf = External<Package, Set, Reason>;

/// Explains a derivation, by its steps and by what it rests on.
pub(crate) fn explain<C: Candidates>(
    provider: &Provider<'_, C>,
    tree: &DerivationTree<Package, Set, Reason>,
) -> Result<Explanation, Stop<C::Error>> {
    let steps = Steps::of(tree);
    let mut told = HashSet::new();
    let leaves = steps.leaves().filter(|leaf| told.insert(leaf.to_string()));
    let teller = Teller {
        provider,
        leaves: leaves.collect(),
    };
    let facts = teller.facts()?;
    let explanation = match teller.single()? {
        Some(missing) => teller.missing(&missing, facts)?,
        None => teller.conflict(facts),
    };
    Ok(Explanation {
        derivation: steps.told(&teller)?,
        ..explanation
    })
}

/// A project of which nothing suitable is there.
struct Missing {
    name: Name,
    target: TargetId,
    range: Set,
}

impl<C: Candidates> Teller<'_, C> {
    /// Tells every leaf, the user's own lines first.
    fn facts(&self) -> Result<Vec<String>, Stop<C::Error>> {
        let mut lines = BTreeSet::new();
        let mut facts = Vec::new();
        for leaf in &self.leaves {
            match leaf {
                Leaf::FromDependencyOf(Package::Root, ..) => lines.extend(self.sentences(leaf)?),
                _ => facts.extend(self.sentences(leaf)?),
            }
        }
        let mut all: Vec<String> = lines.into_iter().collect();
        for fact in facts {
            if !all.contains(&fact) {
                all.push(fact);
            }
        }
        Ok(all)
    }

    /// Says whether a leaf tells what some version of a project needs, or why it is unusable.
    pub(crate) fn speaks_of(&self, name: &Name) -> bool {
        self.leaves.iter().any(|leaf| match leaf {
            Leaf::FromDependencyOf(package, ..) | Leaf::Custom(package, ..) => {
                package.project().is_some_and(|(other, _)| other == name)
            }
            _ => false,
        })
    }

    /// Returns the project that has nothing to offer, if that alone is the matter: nobody asks for anything in two
    /// ways, and of one project nothing is there.
    fn single(&self) -> Result<Option<Missing>, Stop<C::Error>> {
        let mut missing = None;
        for leaf in &self.leaves {
            let Leaf::NoVersions(package, _) = leaf else {
                continue;
            };
            let Some((name, target)) = package.project() else {
                continue;
            };
            if !self.provider.versions(name, target)?.known {
                missing = Some((name, target));
                break;
            }
            if self.speaks_of(name) {
                continue;
            }
            if missing.is_some_and(|(other, _)| other != name) {
                return Ok(None);
            }
            missing = Some((name, target));
        }
        let Some((name, target)) = missing.filter(|_| self.nothing_twice()) else {
            return Ok(None);
        };
        let range = self.asked(name).into_iter().next();
        let name = name.clone();
        Ok(range.map(|range| Missing { name, target, range }))
    }

    /// Says whether every project is asked for in one range only.
    fn nothing_twice(&self) -> bool {
        self.leaves.iter().all(|leaf| match leaf {
            Leaf::FromDependencyOf(_, _, package, range) => package
                .project()
                .is_none_or(|(name, _)| self.asked(name).iter().all(|other| other == range)),
            _ => true,
        })
    }

    /// Returns the ranges in which a project is asked for.
    fn asked(&self, name: &Name) -> Vec<Set> {
        let asked = self.leaves.iter().filter_map(|leaf| match leaf {
            Leaf::FromDependencyOf(_, _, package, range) => package
                .project()
                .filter(|(other, _)| *other == name)
                .map(|_| range.clone()),
            _ => None,
        });
        asked.collect()
    }

    fn missing(&self, missing: &Missing, facts: Vec<String>) -> Result<Explanation, Stop<C::Error>> {
        let Missing { name, target, range } = missing;
        let versions = self.provider.versions(name, *target)?;
        let plain = Package::Plain(name.clone(), *target);
        let origin = self
            .origins(&plain, range)
            .into_iter()
            .next()
            .map(|(origin, _)| origin.clone());
        let kind = kind_of(&versions, range);
        let reasons = reasons(name, &versions, range);
        let asked = if *range == Set::full() {
            String::new()
        } else {
            describe(range)
        };
        let summary = match kind {
            Kind::UnknownPackage => format!("no index has a package named {name}"),
            Kind::NoWheel => format!("no wheel of {name}{asked} fits: {}", reasons.join("; ")),
            _ if reasons.is_empty() => format!("no version of {name} is {asked}{}", span(&versions)),
            _ => format!("no version of {name}{asked} can be used: {}", reasons.join("; ")),
        };
        let new = |fact: &String| {
            let told = summary.ends_with(fact.as_str()) || fact.starts_with("there is no version of");
            !told && !reasons.contains(fact)
        };
        let facts = facts.into_iter().filter(new).collect();
        let hint = (kind == Kind::NoWheel)
            .then(|| format!("ask for another version, or let its source in with --allow-sdist {name}"));
        Ok(Explanation {
            kind,
            summary,
            facts,
            origin,
            hint,
            derivation: Vec::new(),
        })
    }

    fn conflict(&self, facts: Vec<String>) -> Explanation {
        let mut origins = BTreeSet::new();
        for leaf in &self.leaves {
            if let Leaf::FromDependencyOf(Package::Root, _, package, range) = leaf {
                origins.extend(
                    self.origins(package, range)
                        .into_iter()
                        .map(|(origin, _)| origin.clone()),
                );
            }
        }
        let named: Vec<String> = origins.iter().map(Origin::to_string).collect();
        let summary = match named.as_slice() {
            [] => "the requirements contradict each other".to_owned(),
            [one] => format!("{one} cannot be met"),
            [rest @ .., last] => format!("{} and {last} contradict each other", rest.join(", ")),
        };
        Explanation {
            kind: Kind::Conflict,
            summary,
            facts,
            origin: origins.into_iter().next(),
            hint: Some(format!("relax one of {}", named.join(", "))).filter(|_| named.len() > 1),
            derivation: Vec::new(),
        }
    }
}

/// Decides what it means that nothing in a range can be taken.
fn kind_of(versions: &Versions, range: &Set) -> Kind {
    if !versions.known {
        return Kind::UnknownPackage;
    }
    let mut inside = versions
        .list
        .iter()
        .filter(|candidate| range.contains(&candidate.version))
        .peekable();
    let wheelless = |standing: &Standing| matches!(standing, Standing::Unusable(reason) if reason.kind == ReasonKind::NoWheel);
    if inside.peek().is_some() && inside.any(|candidate| wheelless(candidate.standing())) {
        Kind::NoWheel
    } else {
        Kind::NoVersion
    }
}
