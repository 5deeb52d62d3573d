//! What holds for all requirements.

use proptest::prelude::*;

use super::Requirement;
use crate::strategies::{noise, requirement_text};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_printed_is_read_again(text in requirement_text()) {
        let requirement: Requirement = text.parse().unwrap();
        let printed = requirement.to_string();
        let again: Requirement = printed.parse().unwrap();
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(again, requirement);
    }

    #[test]
    fn nothing_panics(text in noise(), lead in prop::sample::select(vec!["", "a", "a @ ", "a[", "a>=1 ;"])) {
        let text = format!("{lead}{text}");
        if let Err(error) = text.parse::<Requirement>() {
            prop_assert!(error.position().is_some_and(|at| text.is_char_boundary(at)));
            let _ = error.to_string();
        }
    }
}
