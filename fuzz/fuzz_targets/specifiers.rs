//! Specifiers: printed and read again, and the ranges agree with what is contained.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::specifier::{Prereleases, Specifiers};
use pyspec::version::Version;

fuzz_target!(|input: (&str, &str)| {
    let Ok(specifiers) = input.0.parse::<Specifiers>() else {
        return;
    };
    let again: Specifiers = specifiers.to_string().parse().expect("its own text");
    assert_eq!(specifiers.to_string(), again.to_string());
    let Ok(version) = input.1.parse::<Version>() else {
        return;
    };
    let contained = specifiers.contains(&version, Prereleases::Allow);
    if !specifiers.has_arbitrary() {
        assert_eq!(contained, specifiers.ranges().contains(&version));
    }
});
