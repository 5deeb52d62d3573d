//! URLs and hashes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::hash::Hash;
use pyspec::url;

fuzz_target!(|input: (&str, &str)| {
    let (base, reference) = input;
    let joined = url::join(base, reference);
    assert!(url::is_absolute(&joined) || !url::is_absolute(base));
    _ = (url::filename(&joined), url::unquote(reference));
    assert!(url::quote(reference).is_ascii());
    if let Ok(hash) = reference.parse::<Hash>() {
        assert_eq!(
            Hash::from_record(&format!("{}={}", hash.algorithm, hash.to_base64())),
            Ok(hash)
        );
    }
});
