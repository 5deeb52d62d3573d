//! JSON pages of indexes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::simple::Page;
use pyspec::url;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(page) = Page::from_json(bytes, "https://index.example.com/simple/a/") {
        assert!(page.files.iter().all(|file| url::is_absolute(&file.url)));
        assert_eq!(page.clone().into_owned(), page);
    }
});
