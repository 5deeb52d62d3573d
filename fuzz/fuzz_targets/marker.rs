//! Markers: printed and read again, and evaluated with much that is unknown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::marker::{Environment, Extras, Marker};
use pyspec::target::Target;

fuzz_target!(|text: &str| {
    if let Ok(marker) = text.parse::<Marker>() {
        let again: Marker = marker.to_string().parse().expect("its own text");
        assert_eq!(marker.to_string(), again.to_string());
        _ = marker.try_evaluate(&Environment::default(), &Extras::default());
        let target = Target::parse("cp312-manylinux_2_28_x86_64").expect("a target");
        _ = target.evaluate(&marker, &Extras::none());
        _ = marker.split_extra();
    }
});
