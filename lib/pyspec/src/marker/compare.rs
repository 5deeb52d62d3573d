//! Single comparisons, once the values are known.

use std::collections::BTreeSet;

use super::Variable;
use super::expression::MarkerOperator;
use crate::name::canonicalize;
use crate::specifier::{Operator, Specifier};
use crate::version::parse_quietly;

/// A patch release later than any.
const LATEST_PATCH: u64 = 1_000_000;

/// Compares two texts, as versions where the variable asks for that and the right side allows it.
/// `None`: the operator has no meaning.
pub(super) fn compare_texts(
    left: &str,
    operator: MarkerOperator,
    right: &str,
    variable: Variable,
) -> Option<bool> {
    let MarkerOperator::Compare(compare) = operator else {
        return Some(right.contains(left) == (operator == MarkerOperator::In));
    };
    if variable.is_version()
        && let Some(specifier) = Specifier::parse_quietly(&format!("{compare}{right}"))
    {
        return Some(specifier.matches_text(left, parse_quietly(left).as_ref()));
    }
    match compare {
        Operator::Equal | Operator::LessEqual | Operator::GreaterEqual => Some(left == right),
        Operator::NotEqual => Some(left != right),
        Operator::Less | Operator::Greater => Some(false),
        Operator::Compatible | Operator::Arbitrary => None,
    }
}

/// Compares a name with a set of names. `None`: the operator has no meaning.
pub(super) fn compare_names(name: &str, operator: MarkerOperator, names: &BTreeSet<String>) -> Option<bool> {
    let is_in = || {
        names
            .iter()
            .any(|member| canonicalize(member) == canonicalize(name))
    };
    match operator {
        MarkerOperator::In => Some(is_in()),
        MarkerOperator::NotIn => Some(!is_in()),
        MarkerOperator::Compare(Operator::Compatible | Operator::Arbitrary) => None,
        // A name never equals a set.
        MarkerOperator::Compare(operator) => Some(operator == Operator::NotEqual),
    }
}

/// Tells whether something holds for all patch releases, or for none.
///
/// A comparison with a version can only change at that version: it is enough to look there, just
/// before and after it, and at both ends. Outer `None`: no meaning; inner: it differs.
pub(super) fn all_patches(
    minor: &str,
    other: &str,
    holds: impl Fn(&str) -> Option<bool>,
) -> Option<Option<bool>> {
    let other = other.strip_suffix(".*").unwrap_or(other);
    let patch = parse_quietly(other)
        .and_then(|version| version.release().get(2).copied())
        .unwrap_or(0);
    let looked_at = [
        0,
        patch.saturating_sub(1),
        patch,
        patch.saturating_add(1),
        LATEST_PATCH,
    ];
    let mut answers = BTreeSet::new();
    for patch in looked_at {
        answers.insert(holds(&format!("{minor}.{patch}"))?);
    }
    Some(if answers.len() == 1 {
        answers.first().copied()
    } else {
        None
    })
}
