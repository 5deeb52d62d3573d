//! File names of wheels and source distributions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::filename::{DistributionFile, SdistName, WheelName};
use pyspec::name::Name;

fuzz_target!(|text: &str| {
    _ = text.parse::<WheelName>();
    _ = text.parse::<SdistName>();
    let project = Name::parse("a-b").expect("a name");
    if let Ok(file) = DistributionFile::of_project(text, &project) {
        assert_eq!(file.name(), &project);
    }
});
