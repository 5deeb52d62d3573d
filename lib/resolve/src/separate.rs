//! Telling targets apart by a marker.

use pyspec::{marker::Environment, target::Target};
use std::collections::BTreeSet;

/// The variables that tell targets apart, the most telling first.
const VARIABLES: [(&str, Value); 5] = [
    ("python_version", |environment| {
        environment.python_version.as_deref()
    }),
    ("sys_platform", |environment| environment.sys_platform.as_deref()),
    ("platform_machine", |environment| {
        environment.platform_machine.as_deref()
    }),
    ("implementation_name", |environment| {
        environment.implementation_name.as_deref()
    }),
    ("python_full_version", |environment| {
        environment.python_full_version.as_deref()
    }),
];

type Value = fn(&Environment) -> Option<&str>;

/// Returns the smallest marker that holds for `inside` and for none of `outside`.
///
/// It uses as few variables as possible. `None` if the known variables do not separate them.
pub fn separate(inside: &[&Target], outside: &[&Target]) -> Option<String> {
    let mut choices: Vec<u32> = (1..1 << VARIABLES.len()).collect();
    choices.sort_by_key(|choice| (choice.count_ones(), *choice));
    choices
        .into_iter()
        .find_map(|choice| marker(choice, inside, outside))
}

/// Returns the marker that uses the variables whose bits are set, if they are enough.
fn marker(choice: u32, inside: &[&Target], outside: &[&Target]) -> Option<String> {
    let variables: Vec<_> = VARIABLES
        .iter()
        .enumerate()
        .filter(|(bit, _)| choice >> bit & 1 == 1)
        .map(|(_, it)| it)
        .collect();
    let conjunction = |target: &&Target| {
        let parts: Option<Vec<String>> = variables
            .iter()
            .map(|(name, value)| Some(format!("{name} == \"{}\"", value(target.environment())?)))
            .collect();
        parts.map(|parts| parts.join(" and "))
    };
    let inside: Option<BTreeSet<String>> = inside.iter().map(conjunction).collect();
    let outside: Option<BTreeSet<String>> = outside.iter().map(conjunction).collect();
    let inside = inside?;
    if !inside.is_disjoint(&outside?) {
        return None;
    }
    let all: Vec<String> = inside.into_iter().collect();
    Some(all.join(" or "))
}
