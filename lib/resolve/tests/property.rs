//! Against trying everything: the resolver finds a set exactly if there is one, and what it finds is one.

mod memory;

use memory::{Memory, problem};
use proptest::prelude::*;
use resolve::{Error, solve};
use std::collections::BTreeMap;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
const VERSIONS: u8 = 3;

/// A requirement: a project, and which of its versions will do, a bit each.
type Need = (usize, u8);

/// What each version of each project needs.
type World = Vec<Vec<Vec<Need>>>;

fn need() -> impl Strategy<Value = Need> {
    (0..NAMES.len(), 1..(1u8 << VERSIONS))
}

fn world() -> impl Strategy<Value = World> {
    let version = prop::collection::vec(need(), 0..3);
    let project = prop::collection::vec(version, VERSIONS as usize);
    prop::collection::vec(project, NAMES.len())
}

/// Writes a need as a requirement that excludes the versions that will not do.
fn written((project, versions): &Need) -> String {
    let excluded = (0..VERSIONS).filter(|version| versions >> version & 1 == 0);
    let clauses: Vec<String> = excluded.map(|version| format!("!={}", version + 1)).collect();
    format!("{}{}", NAMES[*project], clauses.join(","))
}

fn memory(world: &World) -> Memory {
    let mut text = String::new();
    for (project, versions) in world.iter().enumerate() {
        for (version, needs) in versions.iter().enumerate() {
            let needs: Vec<String> = needs.iter().map(written).collect();
            text.push_str(&format!(
                "{} {}: {}\n",
                NAMES[project],
                version + 1,
                needs.join(" & ")
            ));
        }
    }
    Memory::new(&text)
}

/// Says whether a choice of versions (0: none) meets the needs of the user and of everything chosen.
fn is_valid(world: &World, wanted: &[Need], chosen: &[u8]) -> bool {
    let met =
        |(project, versions): &Need| chosen[*project] > 0 && versions >> (chosen[*project] - 1) & 1 == 1;
    let needs_met = |project: usize| {
        let version = chosen[project];
        version == 0 || world[project][usize::from(version) - 1].iter().all(met)
    };
    wanted.iter().all(met) && (0..chosen.len()).all(needs_met)
}

/// Tries every choice.
fn any_valid(world: &World, wanted: &[Need]) -> bool {
    let choices = usize::from(VERSIONS) + 1;
    (0..choices.pow(5)).any(|mut number| {
        let chosen: Vec<u8> = NAMES
            .iter()
            .map(|_| {
                let version = u8::try_from(number % choices).unwrap_or(0);
                number /= choices;
                version
            })
            .collect();
        is_valid(world, wanted, &chosen)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_set_is_found_exactly_if_there_is_one(world in world(), wanted in prop::collection::vec(need(), 1..4)) {
        let lines: Vec<String> = wanted.iter().map(written).collect();
        match solve(&problem(&lines.join("\n")), &memory(&world)) {
            Ok(solution) => {
                let found: BTreeMap<String, u8> = solution
                    .pins
                    .iter()
                    .map(|pin| (pin.name.to_string(), u8::try_from(pin.version.release()[0]).unwrap_or(0)))
                    .collect();
                let chosen: Vec<u8> = NAMES.iter().map(|name| found.get(*name).copied().unwrap_or(0)).collect();
                prop_assert!(is_valid(&world, &wanted, &chosen), "{chosen:?}");
                prop_assert!(solution.pins.iter().all(|pin| !pin.via.is_empty()));
            }
            Err(Error::NoSolution(explanation)) => {
                prop_assert!(!any_valid(&world, &wanted), "{explanation}");
                prop_assert!(!explanation.facts.is_empty());
                // Every sentence names somebody, and every explanation a line.
                prop_assert!(explanation.to_string().contains("requirements.in:"), "{explanation}");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn the_order_of_lines_changes_nothing(world in world(), wanted in prop::collection::vec(need(), 2..4)) {
        let mut lines: Vec<String> = wanted.iter().map(written).collect();
        let answer = |lines: &[String]| {
            let solution = solve(&problem(&lines.join("\n")), &memory(&world)).ok()?;
            Some(memory::shown(&solution))
        };
        let forwards = answer(&lines);
        lines.reverse();
        prop_assert_eq!(forwards, answer(&lines));
    }
}
