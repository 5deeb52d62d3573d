//! Tags: the set's text is the set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::tags::{Interpreter, TagSet, Tags, platform};

fuzz_target!(|text: &str| {
    _ = Interpreter::abi_of_suffix(text);
    if let Ok(set) = TagSet::parse(text) {
        assert_eq!(TagSet::parse(set.as_str()).expect("its own text"), set);
        let tags = Tags::new(
            &Interpreter::cpython(3, 12),
            &platform::manylinux("x86_64", 2, 17),
        );
        _ = tags.rank(&set);
    }
});
