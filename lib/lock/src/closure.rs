//! Whether every dependency of the wheels is in the lock.
//!
//! The same question for the tool that fetches and the tool that installs, asked of the wheels'
//! own metadata: what is not in the lock would have been downloaded by pip, unpinned.

use crate::Header;
use pyspec::{
    marker::Extras,
    name::{Name, canonicalize},
    requirement::Requirement,
    specifier::Prereleases,
    target::Target,
    version::Version,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// A distribution that is going to be there.
#[derive(Clone, Debug)]
pub struct Present {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// The extras that the lock asks for.
    pub extras: Vec<Name>,
    /// Its `Requires-Dist`.
    pub requires: Vec<Requirement>,
}

/// A dependency that is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The way to it: names from one that nothing else asks for, to the one that asks.
    pub chain: Vec<String>,
    /// The requirement that is not met.
    pub requirement: String,
    /// The version that is there instead; `None` if there is none.
    pub found: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} needs {}", self.chain.join(" -> "), self.requirement)?;
        match &self.found {
            Some(version) => write!(f, ", and the lock has {version}"),
            None => f.write_str(", which is not in the lock"),
        }
    }
}

/// Returns the dependencies that are not met on a target, in the order of the names.
///
/// Overrides and excludes of the lock are honoured; a marker without a value counts as met only
/// if the requirement is (so that nothing is missed).
pub fn check(present: &[Present], header: &Header, target: &Target) -> Vec<Missing> {
    let rules = Rules::new(header);
    let there: BTreeMap<&str, &Present> = present.iter().map(|one| (one.name.as_str(), one)).collect();
    unmet(&edges(&there, &rules, target), &there)
}

fn unmet(edges: &[Edge], there: &BTreeMap<&str, &Present>) -> Vec<Missing> {
    let mut missing = Vec::new();
    for (name, requirement) in edges {
        let found = there.get(requirement.name.as_str());
        if found.is_some_and(|found| is_met(requirement, &found.version)) {
            continue;
        }
        missing.push(Missing {
            chain: chain(name, edges),
            requirement: shown(requirement),
            found: found.map(|found| found.version.to_string()),
        });
    }
    missing
}

/// Returns which of the packages are needed for requirements to be met on a target, by name.
///
/// # Errors
///
/// The requirements, or those of a package that they need, that are not met.
pub fn needed(
    wanted: &[Requirement],
    present: &[Present],
    target: &Target,
) -> Result<BTreeSet<String>, Vec<Missing>> {
    let there: BTreeMap<&str, &Present> = present.iter().map(|one| (one.name.as_str(), one)).collect();
    let rules = Rules::new(&Header::default());
    let mut queue = VecDeque::new();
    let mut edges: Vec<Edge> = Vec::new();
    for requirement in wanted.iter().filter(|found| applies(found, None, target)) {
        ask(&mut queue, requirement);
        edges.push(("the build".to_owned(), requirement.clone()));
    }
    edges.extend(follow(queue, &there, &rules, target));
    let missing = unmet(&edges, &there);
    if missing.is_empty() {
        Ok(edges
            .into_iter()
            .map(|(_, requirement)| requirement.name.to_string())
            .collect())
    } else {
        Err(missing)
    }
}

/// What the lock's header changes in the packages' own requirements.
struct Rules {
    overrides: BTreeMap<String, Requirement>,
    excludes: BTreeSet<String>,
}

impl Rules {
    fn new(header: &Header) -> Self {
        let overrides = header
            .overrides
            .iter()
            .filter_map(|text| text.parse::<Requirement>().ok());
        Self {
            overrides: overrides
                .map(|requirement| (requirement.name.to_string(), requirement))
                .collect(),
            excludes: header.excludes.iter().map(|name| canonicalize(name)).collect(),
        }
    }

    /// Returns the requirement that counts, or nothing if its name is left out.
    fn apply(&self, requirement: &Requirement) -> Option<Requirement> {
        let name = requirement.name.as_str();
        if self.excludes.contains(name) {
            return None;
        }
        let Some(given) = self.overrides.get(name) else {
            return Some(requirement.clone());
        };
        Some(Requirement {
            extras: requirement.extras.clone(),
            ..given.clone()
        })
    }
}

/// A package, with one of its extras or none, whose requirements are still to be looked at.
type Asked = (String, Option<Name>);

fn ask(queue: &mut VecDeque<Asked>, requirement: &Requirement) {
    queue.push_back((requirement.name.to_string(), None));
    let extras = requirement.extras.iter().cloned().map(Some);
    queue.extend(extras.map(|extra| (requirement.name.to_string(), extra)));
}

/// Returns who requires what, of all that is there.
fn edges(there: &BTreeMap<&str, &Present>, rules: &Rules, target: &Target) -> Vec<Edge> {
    let mut queue = VecDeque::new();
    for one in there.values() {
        queue.push_back((one.name.to_string(), None));
        queue.extend(
            one.extras
                .iter()
                .map(|extra| (one.name.to_string(), Some(extra.clone()))),
        );
    }
    follow(queue, there, rules, target)
}

/// Returns who requires what, requirements and extras followed until nothing new comes up.
fn follow(
    mut queue: VecDeque<Asked>,
    there: &BTreeMap<&str, &Present>,
    rules: &Rules,
    target: &Target,
) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut seen = BTreeSet::new();
    while let Some((name, extra)) = queue.pop_front() {
        if !seen.insert((name.clone(), extra.clone().map(|extra| extra.to_string()))) {
            continue;
        }
        let Some(one) = there.get(name.as_str()) else {
            continue;
        };
        for requirement in one
            .requires
            .iter()
            .filter(|found| applies(found, extra.as_ref(), target))
        {
            let Some(requirement) = rules.apply(requirement) else {
                continue;
            };
            ask(&mut queue, &requirement);
            let edge = (name.clone(), requirement);
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
    }
    edges
}

/// The name of a package and one of its requirements.
type Edge = (String, Requirement);

fn applies(requirement: &Requirement, extra: Option<&Name>, target: &Target) -> bool {
    let Some(marker) = &requirement.marker else {
        return extra.is_none();
    };
    let extras = extra.map_or_else(Extras::none, Extras::one);
    target.evaluate(marker, &extras).unwrap_or(true)
}

fn is_met(requirement: &Requirement, version: &Version) -> bool {
    let specifiers = requirement.specifiers();
    specifiers.is_none_or(|specifiers| specifiers.contains(version, Prereleases::Allow))
}

/// Returns the requirement without its marker, which holds anyway.
fn shown(requirement: &Requirement) -> String {
    Requirement {
        marker: None,
        ..requirement.clone()
    }
    .to_string()
}

/// Returns a way from a package that nothing else asks for to `name`.
fn chain(name: &str, edges: &[Edge]) -> Vec<String> {
    let mut chain = vec![name.to_owned()];
    while let Some((parent, _)) = edges
        .iter()
        .find(|(parent, asked)| asked.name.as_str() == chain[0] && !chain.contains(parent))
    {
        chain.insert(0, parent.clone());
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::{Present, check, needed};
    use crate::Header;
    use pyspec::target::Target;

    fn present(name: &str, version: &str, extras: &[&str], requires: &[&str]) -> Present {
        Present {
            name: name.parse().unwrap(),
            version: version.parse().unwrap(),
            extras: extras.iter().map(|extra| extra.parse().unwrap()).collect(),
            requires: requires.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    fn missing(present: &[Present], header: &Header) -> Vec<String> {
        let target = Target::parse("cp312-manylinux_2_28_x86_64").unwrap();
        check(present, header, &target)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn the_chain_to_what_is_missing_is_named() {
        let site = present("site", "1", &[], &["django<6"]);
        let django = present(
            "django",
            "5.2",
            &[],
            &["sqlparse>=0.3", "tzdata; sys_platform == 'win32'"],
        );
        let found = missing(&[site, django], &Header::default());
        assert_eq!(
            found,
            ["site -> django needs sqlparse>=0.3, which is not in the lock"]
        );
    }

    #[test]
    fn extras_are_followed_from_the_lock_and_from_other_packages() {
        let app = present("app", "1", &[], &["psycopg[binary]"]);
        let psycopg = present(
            "psycopg",
            "3.2",
            &["pool"],
            &[
                "psycopg-binary; extra == 'binary'",
                "psycopg-pool; extra == 'pool'",
            ],
        );
        let found = missing(&[app, psycopg], &Header::default());
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn another_version_is_not_good_enough() {
        let requests = present("requests", "2", &[], &["urllib3<2"]);
        let found = missing(
            &[requests, present("urllib3", "2.1", &[], &[])],
            &Header::default(),
        );
        assert_eq!(found, ["requests needs urllib3<2, and the lock has 2.1"]);
    }

    #[test]
    fn overrides_and_excludes_are_honoured() {
        let requests = present("requests", "2", &[], &["urllib3<2", "chardet"]);
        let header = Header {
            overrides: vec!["urllib3>=2".into()],
            excludes: vec!["Chardet".into()],
            ..Header::default()
        };
        assert!(missing(&[requests, present("urllib3", "2.1", &[], &[])], &header).is_empty());
    }

    #[test]
    fn what_a_build_needs_is_found_among_what_is_there() {
        let target = Target::parse("cp312-manylinux_2_28_x86_64").unwrap();
        let stock = [
            present("setuptools", "70", &[], &[]),
            present(
                "setuptools-scm",
                "8",
                &[],
                &["packaging", "tomli; extra == 'toml'"],
            ),
            present("packaging", "24", &[], &[]),
            present("site", "1", &[], &["absent"]),
        ];
        let asked = |texts: &[&str]| {
            let wanted: Vec<_> = texts.iter().map(|text| text.parse().unwrap()).collect();
            needed(&wanted, &stock, &target)
        };
        let found = asked(&[
            "setuptools>=61",
            "setuptools_scm",
            "tomli; python_version < '3.11'",
        ])
        .unwrap();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["packaging", "setuptools", "setuptools-scm"]
        );
        let missing = asked(&["setuptools_scm[toml]"]).unwrap_err();
        assert_eq!(
            missing[0].to_string(),
            "the build -> setuptools-scm needs tomli, which is not in the lock"
        );
        assert!(asked(&["setuptools<60"]).is_err());
    }
}
