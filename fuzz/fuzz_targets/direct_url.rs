//! direct_url.json: read again as it is printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::direct_url::DirectUrl;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(origin) = DirectUrl::parse(bytes) {
        let again = DirectUrl::parse(origin.to_json().as_bytes()).expect("its own text");
        assert_eq!(again.kind, origin.kind);
        assert_eq!(again.to_json(), origin.to_json());
    }
});
