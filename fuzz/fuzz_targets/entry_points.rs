//! entry_points.txt, and the commands in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pyspec::entry_points::EntryPoints;

fuzz_target!(|text: &str| {
    if let Ok(points) = EntryPoints::parse(text)
        && let Ok(scripts) = points.scripts()
    {
        assert!(
            scripts
                .iter()
                .all(|script| !script.name.contains('/') && !script.module.is_empty())
        );
    }
});
