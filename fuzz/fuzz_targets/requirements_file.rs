//! Requirements files: printed as they were written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::requirements_file::{Outside, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut read = |name: &str| {
        if name.len() % 2 == 0 {
            Ok(bytes.to_vec())
        } else {
            Err(String::new())
        }
    };
    let mut outside = Outside {
        read: &mut read,
        variable: &|name| (name.len() > 1).then(|| "-r x".to_owned()),
    };
    if let Ok(file) = parse(bytes, "a/b.in", &mut outside)
        && let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains("coding")
    {
        assert_eq!(file.to_string(), text.strip_prefix('\u{feff}').unwrap_or(text));
    }
});
