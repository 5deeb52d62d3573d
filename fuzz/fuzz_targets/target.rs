//! Short names of targets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::target::Target;

fuzz_target!(|text: &str| {
    if let Ok(target) = Target::parse(text) {
        assert_eq!(target.to_string(), text);
        assert!(!target.tags().list().is_empty());
        _ = target.accepts_python(&">=3.9.1".parse().expect("specifiers"));
    }
});
