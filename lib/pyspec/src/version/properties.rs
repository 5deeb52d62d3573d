//! What holds for all versions.

use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};

use proptest::prelude::*;

use super::Version;
use crate::strategies::{noise, version, version_text};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_printed_is_read_again(text in version_text()) {
        let version: Version = text.parse().unwrap();
        let printed = version.to_string();
        let again: Version = printed.parse().unwrap();
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(again.release(), version.release());
        prop_assert_eq!(again, version);
    }

    #[test]
    fn order_is_total(a in version(), b in version(), c in version()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        let mut sorted = [&a, &b, &c];
        sorted.sort();
        prop_assert!(sorted[0] <= sorted[1] && sorted[1] <= sorted[2] && sorted[0] <= sorted[2]);
    }

    #[test]
    fn the_key_never_contradicts_the_parts(a in version(), b in version()) {
        let by_parts = a.cmp_parts(&b);
        prop_assert_eq!(a.cmp_public(&b), by_parts);
        prop_assert!(a.key.cmp(&b.key) == by_parts || a.key == b.key);
    }

    #[test]
    fn equal_versions_hash_alike(a in version(), zeros in 0_usize..4) {
        let state = RandomState::new();
        let mut parts = a.parts();
        parts.release.extend(std::iter::repeat_n(super::Number::ZERO, zeros));
        let longer = Version::from(parts);
        prop_assert_eq!(&longer, &a);
        prop_assert_eq!(state.hash_one(&longer), state.hash_one(&a));
    }

    #[test]
    fn bounds_are_next_to_the_version(a in version(), b in version()) {
        // Nothing but local versions lies between a version and the bound after them.
        let between = a < b && b < a.after_locals();
        prop_assert_eq!(between, a < b && b.cmp_public(&a) == Ordering::Equal);
        prop_assert!(a.prefix_start() <= a && a < a.prefix_end(a.release().len()));
    }

    #[test]
    fn nothing_panics(text in noise()) {
        if let Err(error) = text.parse::<Version>() {
            prop_assert!(error.position().is_some_and(|at| text.is_char_boundary(at)));
            let _ = error.to_string();
        }
    }
}
