//! RECORD: read again as it is printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::record::Record;

fuzz_target!(|text: &str| {
    _ = Record::parse_installed(text);
    if let Ok(record) = Record::parse(text) {
        let again = Record::parse(&record.to_string()).expect("its own text");
        assert_eq!(again.to_string(), record.to_string());
        let stays = |path: &str| !path.starts_with('/') && path.split('/').all(|part| part != "..");
        assert!(record.entries().iter().all(|entry| stays(&entry.path)));
    }
});
