//! JSON pages of indexes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::simple::Page;
use pyspec::url;

const BASE: &str = "https://index.example.com/simple/a/";

fuzz_target!(|bytes: &[u8]| {
    let found = Page::find_in_json(bytes, BASE, &|_| true);
    assert!(found.iter().all(|file| !file.hashes.is_empty()));
    if let Ok(page) = Page::from_json(bytes, BASE) {
        assert!(page.files.iter().all(|file| url::is_absolute(&file.url)));
        assert_eq!(page.clone().into_owned(), page);
    }
});
