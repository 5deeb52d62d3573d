//! Why there is no solution, in sentences that name the user's own lines.

use crate::{
    Answer, Candidates, Origin, Reason, ReasonKind, Set, Standing, TargetId, Versions, package::Package,
    problem::range_of, provider::Provider, solve::Stop,
};
use pubgrub::{DerivationTree, External};
use pyspec::{name::Name, specifier::describe, version::Version};
use std::{collections::BTreeSet, fmt};
use wire::Kind;

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

type Leaf = External<Package, Set, Reason>;

/// Explains a derivation by what it rests on.
pub(crate) fn explain<C: Candidates>(
    provider: &Provider<'_, C>,
    tree: &DerivationTree<Package, Set, Reason>,
) -> Result<Explanation, Stop<C::Error>> {
    let mut leaves = Vec::new();
    collect(tree, &mut leaves);
    let teller = Teller {
        provider,
        leaves: &leaves,
    };
    let facts = teller.facts()?;
    Ok(match teller.single()? {
        Some(missing) => teller.missing(&missing, facts)?,
        None => teller.conflict(facts),
    })
}

/// Gathers the external facts, each once, those about the user's lines first.
fn collect<'t>(tree: &'t DerivationTree<Package, Set, Reason>, into: &mut Vec<&'t Leaf>) {
    match tree {
        DerivationTree::External(leaf) => {
            if !into.iter().any(|other| other.to_string() == leaf.to_string()) {
                into.push(leaf);
            }
        }
        DerivationTree::Derived(derived) => {
            collect(&derived.cause1, into);
            collect(&derived.cause2, into);
        }
    }
}

/// A project of which nothing suitable is there.
struct Missing {
    name: Name,
    target: TargetId,
    range: Set,
}

struct Teller<'a, C> {
    provider: &'a Provider<'a, C>,
    leaves: &'a [&'a Leaf],
}

impl<C: Candidates> Teller<'_, C> {
    /// Tells every leaf, the user's own lines first.
    fn facts(&self) -> Result<Vec<String>, Stop<C::Error>> {
        let mut lines = BTreeSet::new();
        let mut facts = Vec::new();
        for leaf in self.leaves {
            match leaf {
                Leaf::FromDependencyOf(Package::Root, _, package, range) => {
                    lines.extend(self.lines(package, range));
                }
                Leaf::FromDependencyOf(package, versions, needed, range) => {
                    facts.extend(self.dependency(package, versions, needed, range)?);
                }
                Leaf::NoVersions(package, range) => facts.extend(self.no_versions(package, range)?),
                Leaf::Custom(package, versions, reason) => {
                    facts.push(format!("{} {reason}", self.several(package, versions)?));
                }
                Leaf::NotRoot(..) => {}
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

    /// Returns the user's lines that ask for this range of a project.
    fn origins(&self, package: &Package, range: &Set) -> Vec<(&Origin, String)> {
        let Some((name, target)) = package.project() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for wanted in &self.provider.facts.wanted[target] {
            let asks =
                |other: &&pyspec::requirement::Requirement| other.name == *name && range_of(other) == *range;
            if let Some(asked) = self
                .provider
                .facts
                .instead(&wanted.requirement)
                .into_iter()
                .find(asks)
            {
                found.push((&wanted.origin, without_marker(asked)));
            }
        }
        found
    }

    fn lines(&self, package: &Package, range: &Set) -> Vec<String> {
        let told = |(origin, text): (&Origin, String)| format!("{origin} asks for {text}");
        self.origins(package, range).into_iter().map(told).collect()
    }

    fn dependency(
        &self,
        package: &Package,
        versions: &Set,
        needed: &Package,
        range: &Set,
    ) -> Result<Option<String>, Stop<C::Error>> {
        // An extra and its project, or a project and its shared version, are one to everybody else.
        let same = matches!((package.project(), needed.project()), (Some((a, _)), Some((b, _))) if a == b);
        if same || matches!(needed, Package::Shared(..)) {
            return Ok(None);
        }
        let who = self.several(package, versions)?;
        Ok(Some(match needed {
            Package::Python(target) => {
                let name = self.provider.facts.problem.targets[*target].name();
                format!("{who} needs Python {}, which {name} is not", describe(range))
            }
            _ => format!(
                "{who} needs {}",
                self.requirement(package, versions, needed, range)?
            ),
        }))
    }

    /// Returns the requirement in the words of the newest version that makes it.
    fn requirement(
        &self,
        package: &Package,
        versions: &Set,
        needed: &Package,
        range: &Set,
    ) -> Result<String, Stop<C::Error>> {
        let plain = if *range == Set::full() {
            needed.to_string()
        } else {
            format!("{needed}{}", describe(range))
        };
        let (Some((name, target)), Some((wanted, _))) = (package.project(), needed.project()) else {
            return Ok(plain);
        };
        let Some(version) = self.known(name, target, versions)?.into_iter().next() else {
            return Ok(plain);
        };
        let answer = self.provider.candidates.dependencies(name, &version, target);
        let Answer::Dependencies(dependencies) = answer.map_err(Stop::Candidates)? else {
            return Ok(plain);
        };
        let asks =
            |other: &&pyspec::requirement::Requirement| other.name == *wanted && range_of(other) == *range;
        Ok(dependencies
            .requires
            .iter()
            .find(asks)
            .map_or(plain, without_marker))
    }

    /// Returns the versions of a project in a set, newest first.
    fn known(&self, name: &Name, target: TargetId, set: &Set) -> Result<Vec<Version>, Stop<C::Error>> {
        let versions = self.provider.versions(name, target)?;
        let inside = versions
            .list
            .iter()
            .filter(|candidate| set.contains(&candidate.version));
        Ok(inside.map(|candidate| candidate.version.clone()).collect())
    }

    /// Names the versions of a package that are in a set: all, one, or from the oldest to the newest.
    fn several(&self, package: &Package, set: &Set) -> Result<String, Stop<C::Error>> {
        let Some((name, target)) = package.project() else {
            return Ok(package.to_string());
        };
        let versions = self.provider.versions(name, target)?;
        let inside = self.known(name, target, set)?;
        Ok(match inside.as_slice() {
            [] => format!("{package} {}", describe(set)),
            all if all.len() == versions.list.len() && all.len() > 1 => format!("every version of {package}"),
            [one] => format!("{package} {one}"),
            [newest, .., oldest] => {
                let gap = versions
                    .list
                    .iter()
                    .skip_while(|candidate| candidate.version != *newest)
                    .take(inside.len())
                    .any(|candidate| !set.contains(&candidate.version));
                let sort = if gap { "most of " } else { "" };
                format!("{sort}{package} {oldest} to {newest}")
            }
        })
    }

    fn no_versions(&self, package: &Package, range: &Set) -> Result<Vec<String>, Stop<C::Error>> {
        let Some((name, target)) = package.project() else {
            return Ok(Vec::new());
        };
        let versions = self.provider.versions(name, target)?;
        if !versions.known {
            return Ok(vec![format!("no index has a package named {name}")]);
        }
        let reasons = reasons(name, &versions, range);
        if !reasons.is_empty() || self.speaks_of(name) {
            return Ok(reasons);
        }
        Ok(vec![format!(
            "there is no version of {name} {}{}",
            describe(range),
            span(&versions)
        )])
    }

    /// Says whether a leaf tells what some version of a project needs, or why it is unusable.
    fn speaks_of(&self, name: &Name) -> bool {
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
        for leaf in self.leaves {
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
        })
    }

    fn conflict(&self, facts: Vec<String>) -> Explanation {
        let mut origins = BTreeSet::new();
        for leaf in self.leaves {
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

/// Tells why the versions in a range cannot be taken, one sentence for each run of versions with the same reason.
fn reasons(name: &Name, versions: &Versions, range: &Set) -> Vec<String> {
    let mut runs: Vec<(String, Vec<&Version>)> = Vec::new();
    for candidate in versions
        .list
        .iter()
        .filter(|candidate| range.contains(&candidate.version))
    {
        let text = match candidate.standing() {
            Standing::Usable if candidate.version.is_prerelease() => "is a pre-release".to_owned(),
            Standing::Usable => continue,
            Standing::Yanked(None) => "was yanked".to_owned(),
            Standing::Yanked(Some(reason)) => format!("was yanked ({reason})"),
            Standing::Unusable(reason) => reason.text.clone(),
        };
        match runs.iter_mut().find(|(other, _)| *other == text) {
            Some((_, run)) => run.push(&candidate.version),
            None => runs.push((text, vec![&candidate.version])),
        }
    }
    let told = |(text, run): &(String, Vec<&Version>)| match run.as_slice() {
        [newest, .., oldest] => format!("{name} {oldest} to {newest} {text}"),
        [one] => format!("{name} {one} {text}"),
        [] => text.clone(),
    };
    runs.iter().map(told).collect()
}

/// Says from where to where the versions of a project go.
fn span(versions: &Versions) -> String {
    match versions.list.as_slice() {
        [] => "; it has no version at all".to_owned(),
        [one] => format!("; there is only {}", one.version),
        [newest, .., oldest] => format!("; there are {} to {}", oldest.version, newest.version),
    }
}

fn without_marker(requirement: &pyspec::requirement::Requirement) -> String {
    let mut bare = requirement.clone();
    bare.marker = None;
    bare.to_string()
}
