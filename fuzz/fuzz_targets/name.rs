//! Names: normalising twice is normalising once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::name::{Name, canonicalize};

fuzz_target!(|text: &str| {
    let normalised = canonicalize(text);
    assert_eq!(canonicalize(&normalised), normalised);
    if let Ok(name) = Name::parse(text) {
        assert_eq!(name.as_str(), normalised);
    }
});
