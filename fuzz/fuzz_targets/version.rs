//! Versions: what is printed is read again, and means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::version::Version;

fuzz_target!(|text: &str| {
    if let Ok(version) = text.parse::<Version>() {
        let again: Version = version.to_string().parse().expect("its own text");
        assert_eq!(version, again);
        assert_eq!(version.to_string(), again.to_string());
    }
});
