//! The facts of a derivation, in sentences that name the user's own lines.

use crate::{
    Answer, Candidates, Origin, Set, Standing, TargetId, Versions, explain::Leaf, package::Package,
    problem::range_of, provider::Provider, solve::Stop,
};
use pyspec::{name::Name, requirement::Requirement, specifier::describe, version::Version};

/// Puts facts into words, asking the candidates for what they say of themselves.
pub(crate) struct Teller<'a, C> {
    pub(crate) provider: &'a Provider<'a, C>,
    /// The facts that a derivation rests on.
    pub(crate) leaves: Vec<&'a Leaf>,
}

impl<C: Candidates> Teller<'_, C> {
    /// Tells a fact as far as it means anything to people, in as many sentences as it takes.
    pub(crate) fn sentences(&self, leaf: &Leaf) -> Result<Vec<String>, Stop<C::Error>> {
        Ok(match leaf {
            Leaf::FromDependencyOf(Package::Root, _, package, range) => self.lines(package, range),
            Leaf::FromDependencyOf(package, versions, needed, range) => {
                let told = self.dependency(package, versions, needed, range)?;
                told.into_iter().collect()
            }
            Leaf::NoVersions(package, range) => self.no_versions(package, range)?,
            Leaf::Custom(package, versions, reason) => {
                vec![format!("{} {reason}", self.several(package, versions)?)]
            }
            Leaf::NotRoot(..) => Vec::new(),
        })
    }

    /// Tells a fact in one sentence, also one that goes without saying.
    pub(crate) fn why(&self, leaf: &Leaf) -> Result<String, Stop<C::Error>> {
        let told = self.sentences(leaf)?;
        if !told.is_empty() {
            return Ok(told.join("; "));
        }
        Ok(match leaf {
            Leaf::NotRoot(..) => "the requirements are to be met".to_owned(),
            Leaf::FromDependencyOf(_, _, Package::Shared(name, _), _) => {
                format!("{name} is to have one version on all targets")
            }
            Leaf::FromDependencyOf(package, _, needed, _) => format!("{package} goes with {needed}"),
            Leaf::NoVersions(package, range) | Leaf::Custom(package, range, _) => {
                format!("there is no version of {package} {}", describe(range))
            }
        })
    }

    /// Names a package, and its target if there are several.
    pub(crate) fn named(&self, package: &Package) -> String {
        let targets = &self.provider.facts.problem.targets;
        match package {
            _ if targets.len() == 1 => package.to_string(),
            Package::Python(target)
            | Package::Plain(_, target)
            | Package::Extra(_, _, target)
            | Package::Requirements(_, _, target) => {
                format!("{package} on {} ", targets[*target].name())
            }
            Package::Shared(..) => format!("{package} on all targets "),
            Package::Root => package.to_string(),
        }
    }

    /// Names versions of a package by the shortest specifiers that mean these and none of the others.
    pub(crate) fn versions_in(&self, package: &Package, set: &Set) -> Result<String, Stop<C::Error>> {
        let named = self.named(package);
        let Some((name, target)) = package.project() else {
            return Ok(match package {
                Package::Root => named,
                _ => worded(&named, set),
            });
        };
        let versions = self.provider.versions(name, target)?;
        let ascending = versions.list.iter().rev().map(|candidate| &candidate.version);
        Ok(worded(&named, &set.simplify(ascending)))
    }

    /// Returns the user's lines that ask for this range of a project.
    pub(crate) fn origins(&self, package: &Package, range: &Set) -> Vec<(&Origin, String)> {
        let Some((name, target)) = package.project() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for wanted in &self.provider.facts.wanted[target] {
            let asks = |other: &&Requirement| other.name == *name && range_of(other) == *range;
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
        let plain = worded(&needed.to_string(), range);
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
        let asks = |other: &&Requirement| other.name == *wanted && range_of(other) == *range;
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
}

/// Tells why the versions in a range cannot be taken, one sentence for each run of versions with the same reason.
pub(crate) fn reasons(name: &Name, versions: &Versions, range: &Set) -> Vec<String> {
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
pub(crate) fn span(versions: &Versions) -> String {
    match versions.list.as_slice() {
        [] => "; it has no version at all".to_owned(),
        [one] => format!("; there is only {}", one.version),
        [newest, .., oldest] => format!("; there are {} to {}", oldest.version, newest.version),
    }
}

pub(crate) fn without_marker(requirement: &Requirement) -> String {
    let mut bare = requirement.clone();
    bare.marker = None;
    bare.to_string()
}

/// Returns a name with the versions that are meant.
pub(crate) fn worded(name: &str, set: &Set) -> String {
    if *set == Set::full() {
        name.trim_end().to_owned()
    } else {
        format!("{name}{}", describe(set))
    }
}
