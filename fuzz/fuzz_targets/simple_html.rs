//! HTML pages of indexes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::simple::Page;
use pyspec::url;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(page) = Page::from_html(bytes, "https://index.example.com/simple/a/") {
        assert!(
            page.files
                .iter()
                .all(|file| !file.filename.is_empty() && url::scheme(&file.url).is_some())
        );
        assert_eq!(page.clone().into_owned(), page);
    }
});
