//! pylock.toml: read again as it is printed, and selected from.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::pylock::Pylock;
use pyspec::target::Target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(lock) = Pylock::parse(bytes) {
        let again = Pylock::parse(lock.to_toml().as_bytes()).expect("its own text");
        assert_eq!(again.to_toml(), lock.to_toml());
        let target = Target::parse("cp312-manylinux_2_28_x86_64").expect("a target");
        _ = lock.select(&target, &[], None);
    }
});
