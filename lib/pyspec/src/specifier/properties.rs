//! What holds for all specifiers.

use proptest::prelude::*;

use super::{Prereleases, Specifier, Specifiers, describe};
use crate::strategies::{clause_text, noise, specifiers, version};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn ranges_agree_with_contains(specifiers in specifiers(), version in version()) {
        let expected = specifiers.contains(&version, Prereleases::Allow);
        prop_assert_eq!(specifiers.ranges().contains(&version), expected);
        prop_assert_eq!(specifiers.contains_str(&version.to_string(), Prereleases::Allow), expected);
        prop_assert!(!describe(&specifiers.ranges()).is_empty());
    }

    /// The versions that matter are those next to the one named.
    #[test]
    fn ranges_agree_around_the_version(clause in clause_text(), local in prop::bool::ANY, change in 0..7) {
        let specifiers: Specifiers = clause.parse().unwrap();
        let named = specifiers.iter().next().and_then(Specifier::version).unwrap();
        let near = match change {
            0 => named.public(),
            1 => named.base(),
            2 => named.after_locals(),
            3 => named.prefix_start(),
            4 => named.prefix_end(named.release().len()),
            5 => named.before_family(),
            _ => format!("{}.post1", named.base()).parse().unwrap(),
        };
        let near = if local { format!("{}+x", near.public()).parse().unwrap() } else { near };
        prop_assert_eq!(specifiers.ranges().contains(&near), specifiers.contains(&near, Prereleases::Allow));
    }

    #[test]
    fn unequal_is_the_opposite_of_equal(clause in clause_text(), version in version()) {
        if let Some(rest) = clause.strip_prefix("==") {
            let opposite: Specifiers = format!("!={rest}").parse().unwrap();
            let clause: Specifiers = clause.parse().unwrap();
            prop_assert_ne!(
                clause.contains(&version, Prereleases::Allow),
                opposite.contains(&version, Prereleases::Allow)
            );
        }
    }

    #[test]
    fn what_is_printed_is_read_again(specifiers in specifiers()) {
        let printed = specifiers.to_string();
        let again: Specifiers = printed.parse().unwrap();
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(again, specifiers);
    }

    #[test]
    fn filter_chooses_from_what_is_contained(specifiers in specifiers(), versions in prop::collection::vec(version(), 0..6)) {
        let all = specifiers.filter(&versions, Prereleases::Allow);
        let auto = specifiers.filter(&versions, Prereleases::Auto);
        let finals = specifiers.filter(&versions, Prereleases::Deny);
        prop_assert!(finals.iter().all(|version| auto.contains(version)));
        prop_assert!(auto.iter().all(|version| all.contains(version)));
        prop_assert_eq!(auto.is_empty(), all.is_empty());
    }

    #[test]
    fn nothing_panics(text in noise()) {
        match text.parse::<Specifiers>() {
            Ok(specifiers) => {
                let _ = (specifiers.ranges(), specifiers.contains_str(&text, Prereleases::Auto));
            }
            Err(error) => prop_assert!(error.position().is_some_and(|at| text.is_char_boundary(at))),
        }
    }
}
