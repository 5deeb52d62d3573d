//! WHEEL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::wheel_file::WheelFile;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(wheel) = WheelFile::parse(bytes) {
        assert_eq!(wheel.version.0, 1);
    }
});
