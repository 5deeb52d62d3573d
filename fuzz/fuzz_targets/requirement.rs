//! Requirements: printed and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::requirement::Requirement;

fuzz_target!(|text: &str| {
    if let Ok(requirement) = text.parse::<Requirement>() {
        let again: Requirement = requirement.to_string().parse().expect("its own text");
        assert_eq!(requirement.to_string(), again.to_string());
    }
});
