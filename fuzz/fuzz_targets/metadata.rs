//! METADATA and PKG-INFO.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::metadata::Metadata;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(metadata) = Metadata::parse(bytes) {
        _ = metadata.is_static();
        assert!(metadata.get("name").is_some());
    }
});
