//! What holds for all markers.

use proptest::prelude::*;

use super::{Environment, Extras, Marker};
use crate::name::Name;
use crate::strategies::{marker_text, noise};

fn environment() -> Environment {
    Environment {
        os_name: Some("posix".into()),
        python_version: Some("3.8".into()),
        sys_platform: Some("linux".into()),
        implementation_version: Some("3.8.1".into()),
        ..Environment::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_printed_is_read_again(text in marker_text()) {
        let marker: Marker = text.parse().unwrap();
        let printed = marker.to_string();
        let again: Marker = printed.parse().unwrap();
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(again, marker);
    }

    #[test]
    fn joining_joins_the_values(left in marker_text(), right in marker_text()) {
        let (left, right): (Marker, Marker) = (left.parse().unwrap(), right.parse().unwrap());
        let value = |marker: &Marker| marker.try_evaluate(&environment(), &Extras::none()).unwrap();
        let both = left.clone().and(right.clone());
        let either = left.clone().or(right.clone());
        prop_assert_eq!(value(&both), value(&left) && value(&right));
        prop_assert_eq!(value(&either), value(&left) || value(&right));
        for joined in [both, either] {
            prop_assert_eq!(joined.to_string().parse::<Marker>().unwrap(), joined);
        }
    }

    #[test]
    fn the_extra_that_is_split_off_decides(text in marker_text(), extra in "[a-c]") {
        let marker: Marker = format!("{text} and extra == '{extra}'").parse().unwrap();
        if let Some((split, rest)) = marker.split_extra() {
            for name in ["a", "b", "c", "foo-bar"] {
                let name = Name::parse(name).unwrap();
                let of = |marker: &Marker| marker.evaluate(&environment(), &Extras::one(&name));
                prop_assert_eq!(of(&marker), name == split && rest.as_ref().is_none_or(of));
            }
        }
    }

    #[test]
    fn nothing_panics(text in noise()) {
        match text.parse::<Marker>() {
            Ok(marker) => {
                let _ = marker.try_evaluate(&Environment::default(), &Extras::default());
            }
            Err(error) => prop_assert!(error.position().is_some_and(|at| text.is_char_boundary(at))),
        }
    }
}
