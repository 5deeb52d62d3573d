//! A source of candidates in memory, written down as text.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a part of the tests; each binary uses some of it"
)]

use pyspec::{name::Name, target::Target, version::Version};
use resolve::{
    Answer, Candidate, Candidates, Dependencies, Error, Explanation, Origin, Problem, Reason, ReasonKind,
    Solution, Standing, TargetId, Versions, Wanted, solve,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One version as a test writes it.
#[derive(Clone, Debug)]
struct Entry {
    version: Version,
    standing: BTreeMap<Option<TargetId>, Standing>,
    dependencies: Arc<Dependencies>,
}

/// Projects, their versions, and what was asked of them.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    projects: BTreeMap<Name, Vec<Entry>>,
    pub(crate) asked: RefCell<BTreeSet<String>>,
    /// After how many versions it is time to give up.
    pub(crate) patience: Option<usize>,
}

/// The time to give up.
#[derive(Debug)]
pub(crate) struct Impatient;

impl std::fmt::Display for Impatient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("it is time to give up")
    }
}

impl std::error::Error for Impatient {}

impl Memory {
    /// Reads lines `name version: requirement; requirement & requirement`, with `!no-wheel`, `!yanked`,
    /// `!python>=3.13`, `+extra` as further words before the colon.
    ///
    /// Requirements are separated by ` & `, so that they may carry markers.
    pub(crate) fn new(text: &str) -> Self {
        let mut memory = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            memory.add(line);
        }
        for entries in memory.projects.values_mut() {
            entries.sort_by(|one, other| other.version.cmp(&one.version));
        }
        memory
    }

    fn add(&mut self, line: &str) {
        let (head, tail) = line.split_once(':').unwrap_or((line, ""));
        let mut words = head.split_whitespace();
        let name = Name::parse(words.next().unwrap()).unwrap();
        let mut dependencies = Dependencies::default();
        let mut standing = BTreeMap::from([(None, Standing::Usable)]);
        let version: Version = words.next().unwrap().parse().unwrap();
        for word in words {
            if let Some(extra) = word.strip_prefix('+') {
                dependencies.extras.push(Name::parse(extra).unwrap());
            } else if let Some(python) = word.strip_prefix("!python") {
                dependencies.requires_python = Some(python.parse().unwrap());
            } else if word == "!yanked" {
                standing.insert(None, Standing::Yanked(Some("it was broken".to_owned())));
            } else if let Some(target) = word.strip_prefix("!no-wheel") {
                let reason = Reason::new(ReasonKind::NoWheel, "has no wheel for this target");
                standing.insert(target.parse().ok(), Standing::Unusable(reason));
            } else {
                panic!("{word}");
            }
        }
        let wanted = tail.split(" & ").map(str::trim).filter(|one| !one.is_empty());
        dependencies.requires = wanted.map(|one| one.parse().unwrap()).collect();
        self.projects.entry(name).or_default().push(Entry {
            version,
            standing,
            dependencies: Arc::new(dependencies),
        });
    }
}

impl Candidates for Memory {
    type Error = Impatient;

    fn versions(&self, name: &Name, target: TargetId) -> Result<Arc<Versions>, Impatient> {
        let Some(entries) = self.projects.get(name) else {
            return Ok(Arc::new(Versions::default()));
        };
        let list = entries.iter().map(|entry| {
            let standing = entry.standing.get(&Some(target));
            let standing = standing.unwrap_or(&entry.standing[&None]);
            Candidate::new(entry.version.clone(), standing.clone())
        });
        Ok(Arc::new(Versions {
            known: true,
            list: list.collect(),
        }))
    }

    fn dependencies(&self, name: &Name, version: &Version, _: TargetId) -> Result<Answer, Impatient> {
        self.asked.borrow_mut().insert(format!("{name} {version}"));
        let entry = self.projects[name]
            .iter()
            .find(|entry| entry.version == *version)
            .unwrap();
        Ok(Answer::Dependencies(entry.dependencies.clone()))
    }

    fn patience(&self) -> Result<(), Impatient> {
        match self.patience {
            Some(most) if self.asked.borrow().len() > most => Err(Impatient),
            _ => Ok(()),
        }
    }
}

/// Returns the lines of `text` as if they stood in a file.
pub(crate) fn lines(file: &str, text: &str) -> Vec<Wanted> {
    let numbered = text
        .lines()
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    let wanted = numbered.map(|(number, line)| Wanted {
        requirement: line.parse().unwrap(),
        origin: Origin {
            file: file.to_owned(),
            line: Some(u32::try_from(number).unwrap() + 1),
        },
    });
    wanted.collect()
}

/// A CPython on Linux.
pub(crate) fn linux(python: &str) -> Target {
    Target::parse(&format!("cp{python}-manylinux_2_28_x86_64")).unwrap()
}

/// A problem for Python 3.12 on Linux.
pub(crate) fn problem(wanted: &str) -> Problem {
    Problem {
        wanted: lines("requirements.in", wanted),
        targets: vec![linux("3.12.4")],
        ..Problem::default()
    }
}

/// Solves, and writes the pins as `name version` with the extras.
pub(crate) fn pins(memory: &Memory, problem: &Problem) -> String {
    shown(&solution(memory, problem))
}

/// Solves, and fails the test if there is no solution.
pub(crate) fn solution(memory: &Memory, problem: &Problem) -> Solution {
    solve(problem, memory).unwrap_or_else(|error| panic!("{error}"))
}

/// Writes pins, one after another.
pub(crate) fn shown(solution: &Solution) -> String {
    let pins = solution
        .pins
        .iter()
        .map(|pin| format!("{} {}", pin.name, pin.version));
    pins.collect::<Vec<_>>().join(", ")
}

/// Fails to solve, and returns why.
pub(crate) fn explanation(memory: &Memory, problem: &Problem) -> Explanation {
    match solve(problem, memory) {
        Err(Error::NoSolution(explanation)) => *explanation,
        Err(other) => panic!("{other}"),
        Ok(solution) => panic!("it has a solution: {}", shown(&solution)),
    }
}
