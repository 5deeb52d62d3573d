//! What was found.

use crate::{
    Answer, Candidates, Origin, TargetId, because::because, facts::Facts, package::Package,
    provider::Provider, solve::Stop,
};
use pyspec::{name::Name, requirement::Requirement, specifier::Specifiers, version::Version};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// One consistent set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solution {
    /// The pins by name, then version.
    pub pins: Vec<Pin>,
    /// What a person should know, such as an extra that a project does not have.
    pub warnings: Vec<String>,
}

/// A project in one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// The project.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// The targets that need it, and need it in this version.
    pub targets: BTreeSet<TargetId>,
    /// The extras asked for, on any of them.
    pub extras: BTreeSet<Name>,
    /// Who asks for it.
    pub via: BTreeSet<Via>,
    /// Why its targets do not have the newest version that others have, if there is one.
    pub because: Option<String>,
}

/// Somebody who asks for a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Another project of the set.
    Project {
        /// Its name.
        name: Name,
        /// The extra of it that asks, if it is one.
        extra: Option<Name>,
        /// The versions it asks for, as it writes them.
        specifiers: String,
    },
    /// A line of the user's.
    Line(Origin),
}

impl fmt::Display for Via {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project {
                name,
                extra: Some(extra),
                specifiers,
            } => write!(formatter, "{name}[{extra}]{specifiers}"),
            Self::Project { name, specifiers, .. } => write!(formatter, "{name}{specifiers}"),
            Self::Line(origin) => write!(formatter, "{origin}"),
        }
    }
}

/// Puts a solution together from what was chosen, asking the candidates once more for who needs whom.
pub(crate) struct Gathering<'a, C> {
    provider: &'a Provider<'a, C>,
    pins: BTreeMap<(Name, Version), Pin>,
    chosen: BTreeMap<(Name, TargetId), Version>,
    warnings: BTreeSet<String>,
}

impl<'a, C: Candidates> Gathering<'a, C> {
    pub(crate) fn new(provider: &'a Provider<'a, C>) -> Self {
        Self {
            provider,
            pins: BTreeMap::new(),
            chosen: BTreeMap::new(),
            warnings: BTreeSet::new(),
        }
    }

    pub(crate) fn gather(mut self, mut chosen: Vec<(Package, Version)>) -> Result<Solution, Stop<C::Error>> {
        chosen.sort();
        for (package, version) in &chosen {
            self.place(package, version);
        }
        self.lines();
        for (package, version) in &chosen {
            self.edges(package, version)?;
        }
        self.tell_apart()?;
        Ok(Solution {
            pins: self.pins.into_values().collect(),
            warnings: self.warnings.into_iter().collect(),
        })
    }

    fn place(&mut self, package: &Package, version: &Version) {
        let Some((name, target)) = package.project() else {
            return;
        };
        let pin = self
            .pins
            .entry((name.clone(), version.clone()))
            .or_insert_with(|| Pin {
                name: name.clone(),
                version: version.clone(),
                targets: BTreeSet::new(),
                extras: BTreeSet::new(),
                via: BTreeSet::new(),
                because: None,
            });
        pin.targets.insert(target);
        if let Package::Extra(_, extra, _) = package {
            pin.extras.insert(extra.clone());
        }
        self.chosen.insert((name.clone(), target), version.clone());
    }

    fn lines(&mut self) {
        let facts: &Facts = self.provider.facts;
        for (target, lines) in facts.wanted.iter().enumerate() {
            for wanted in lines {
                let via = Via::Line(wanted.origin.clone());
                for requirement in facts.instead(&wanted.requirement) {
                    self.add(&requirement.name, target, via.clone());
                }
            }
        }
    }

    fn edges(&mut self, package: &Package, version: &Version) -> Result<(), Stop<C::Error>> {
        let (name, extra, target) = match package {
            Package::Plain(name, target) => (name, None, *target),
            Package::Requirements(name, extra, target) => (name, Some(extra), *target),
            _ => return Ok(()),
        };
        let answer = self.provider.candidates.dependencies(name, version, target);
        let Answer::Dependencies(dependencies) = answer.map_err(Stop::Candidates)? else {
            return Ok(());
        };
        let applying = self
            .provider
            .applying(name, extra, version, target, &dependencies)?;
        // Metadata may forget to list an extra that brings something all the same.
        let is_known = |extra: &&Name| dependencies.extras.contains(extra) || !applying.is_empty();
        if let Some(extra) = extra.filter(|extra| !is_known(extra)) {
            self.unknown_extra(name, version, extra, target, &dependencies.extras);
        }
        for requirement in applying {
            if requirement.name != *name {
                let via = Via::Project {
                    name: name.clone(),
                    extra: extra.cloned(),
                    specifiers: specifiers(requirement),
                };
                self.add(&requirement.name, target, via);
            }
        }
        Ok(())
    }

    /// Notes that a project lacks an extra that somebody asks for.
    fn unknown_extra(
        &mut self,
        name: &Name,
        version: &Version,
        extra: &Name,
        target: TargetId,
        known: &[Name],
    ) {
        let facts: &Facts = self.provider.facts;
        let asks = |requirement: &&Requirement| {
            requirement.name == *name && requirement.extras.iter().any(|asked| asked == extra)
        };
        let mut lines = facts.wanted[target].iter();
        let line = lines.find(|wanted| facts.instead(&wanted.requirement).iter().any(asks));
        let by = line
            .map(|wanted| format!("{}: ", wanted.origin))
            .unwrap_or_default();
        let known: Vec<&str> = known.iter().map(Name::as_str).collect();
        let others = match known.as_slice() {
            [] => String::new(),
            known => format!("; it has {}", known.join(", ")),
        };
        self.warnings
            .insert(format!("{by}{name} {version} has no extra {extra}{others}"));
    }

    /// Notes why versions are older than others of the same project.
    fn tell_apart(&mut self) -> Result<(), Stop<C::Error>> {
        let keys: Vec<(Name, Version)> = self.pins.keys().cloned().collect();
        let newest: BTreeMap<&Name, &Version> = keys.iter().map(|(name, version)| (name, version)).collect();
        for (key, pin) in &mut self.pins {
            if let Some(newest) = newest.get(&key.0).filter(|newest| **newest != &key.1) {
                pin.because = Some(because(self.provider, pin, newest)?);
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &Name, target: TargetId, via: Via) {
        let Some(version) = self.chosen.get(&(name.clone(), target)) else {
            return;
        };
        if let Some(pin) = self.pins.get_mut(&(name.clone(), version.clone())) {
            pin.via.insert(via);
        }
    }
}

fn specifiers(requirement: &Requirement) -> String {
    requirement
        .specifiers()
        .map(Specifiers::to_string)
        .unwrap_or_default()
}
