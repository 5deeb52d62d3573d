//! Telling targets apart by a marker.

use pyspec::{marker::Environment, target::Target, version::Version};
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

/// Returns the smallest marker that holds for `inside` and for none of `outside`: that of the fewest comparisons.
///
/// `None` if the known variables do not separate them.
pub fn separate(inside: &[&Target], outside: &[&Target]) -> Option<String> {
    let mut choices: Vec<u32> = (1..1 << VARIABLES.len()).collect();
    choices.sort_by_key(|choice| (choice.count_ones(), *choice));
    let markers = choices
        .into_iter()
        .filter_map(|choice| marker(choice, inside, outside));
    markers
        .min_by_key(|(comparisons, _)| *comparisons)
        .map(|(_, text)| text)
}

/// A marker and how many comparisons it has.
type Counted = (usize, String);

/// Returns the marker that uses the variables whose bits are set, if they are enough.
fn marker(choice: u32, inside: &[&Target], outside: &[&Target]) -> Option<Counted> {
    let chosen = VARIABLES
        .iter()
        .enumerate()
        .filter(|(bit, _)| choice >> bit & 1 == 1);
    let variables: Vec<_> = chosen.map(|(_, variable)| variable).collect();
    let values = |target: &&Target| -> Option<Vec<String>> {
        let value = |(_, value): &&(&str, Value)| value(target.environment()).map(str::to_owned);
        variables.iter().map(value).collect()
    };
    let inside: BTreeSet<Vec<String>> = inside.iter().map(values).collect::<Option<_>>()?;
    let outside: BTreeSet<Vec<String>> = outside.iter().map(values).collect::<Option<_>>()?;
    if !inside.is_disjoint(&outside) {
        return None;
    }
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let several = (inside.len() > 1)
        .then(|| of_one(&names, &inside, &outside))
        .flatten();
    Some(several.unwrap_or_else(|| of_all(&names, &inside)))
}

/// Names the values of a single variable in less than one comparison each: by where they end, or by those of the others.
fn of_one(
    names: &[&str],
    inside: &BTreeSet<Vec<String>>,
    outside: &BTreeSet<Vec<String>>,
) -> Option<Counted> {
    let [name] = names else { return None };
    if name.starts_with("python")
        && let Some(marker) = by_version(name, inside, outside)
    {
        return Some((1, marker));
    }
    let other = outside
        .iter()
        .flatten()
        .map(|value| format!("{name} != \"{value}\""));
    let other: Vec<String> = other.collect();
    (other.len() < inside.len()).then(|| (other.len(), other.join(" and ")))
}

/// Names versions that are all older than the others, or all newer.
fn by_version(name: &str, inside: &BTreeSet<Vec<String>>, outside: &BTreeSet<Vec<String>>) -> Option<String> {
    let sorted = |values: &BTreeSet<Vec<String>>| -> Option<Vec<(Version, String)>> {
        let versions = values
            .iter()
            .flatten()
            .map(|text| Some((text.parse().ok()?, text.clone())));
        let mut versions: Vec<_> = versions.collect::<Option<_>>()?;
        versions.sort();
        Some(versions)
    };
    let (inside, outside) = (sorted(inside)?, sorted(outside)?);
    if inside.last()? < outside.first()? {
        return Some(format!("{name} < \"{}\"", outside.first()?.1));
    }
    (inside.first()? > outside.last()?).then_some(format!("{name} >= \"{}\"", inside.first()?.1))
}

/// Names all values, one after another.
fn of_all(names: &[&str], inside: &BTreeSet<Vec<String>>) -> Counted {
    let conjunction = |values: &Vec<String>| {
        let pairs = names.iter().zip(values);
        let parts: Vec<String> = pairs
            .map(|(name, value)| format!("{name} == \"{value}\""))
            .collect();
        parts.join(" and ")
    };
    let all: Vec<String> = inside.iter().map(conjunction).collect();
    (all.len() * names.len(), all.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::{Target, separate};

    /// Separates targets, named by short names with the same platform left out.
    fn apart(inside: &[&str], outside: &[&str]) -> Option<String> {
        let parse = |names: &[&str]| -> Vec<Target> {
            names.iter().map(|name| Target::parse(name).unwrap()).collect()
        };
        let (inside, outside) = (parse(inside), parse(outside));
        separate(
            &inside.iter().collect::<Vec<_>>(),
            &outside.iter().collect::<Vec<_>>(),
        )
    }

    const OLD: &str = "cp39-manylinux_2_28_x86_64";
    const MIDDLE: &str = "cp310-manylinux_2_28_x86_64";
    const NEW: &str = "cp312-manylinux_2_28_x86_64";
    const ARM: &str = "cp312-manylinux_2_28_aarch64";
    const WINDOWS: &str = "cp312-win_amd64";
    const MAC: &str = "cp312-macosx_14_0_arm64";

    #[test]
    fn the_smallest_marker_is_taken() {
        let cases: [(&[&str], &[&str], &str); 8] = [
            (&[OLD], &[NEW], "python_version == \"3.9\""),
            (&[OLD, MIDDLE], &[NEW], "python_version < \"3.12\""),
            (&[MIDDLE, NEW], &[OLD, OLD], "python_version >= \"3.10\""),
            (&[OLD, NEW], &[MIDDLE], "python_version != \"3.10\""),
            (&[NEW, ARM], &[WINDOWS, MAC], "sys_platform == \"linux\""),
            (&[NEW, MAC], &[WINDOWS], "sys_platform != \"win32\""),
            (&[ARM], &[NEW, MAC], "platform_machine == \"aarch64\""),
            (
                &[NEW],
                &[OLD, ARM],
                "python_version == \"3.12\" and platform_machine == \"x86_64\"",
            ),
        ];
        for (inside, outside, expected) in cases {
            assert_eq!(
                apart(inside, outside).as_deref(),
                Some(expected),
                "{inside:?} {outside:?}"
            );
        }
    }

    #[test]
    fn what_is_the_same_is_not_told_apart() {
        assert_eq!(apart(&[NEW], &["cp312-manylinux_2_17_x86_64"]), None);
    }
}
