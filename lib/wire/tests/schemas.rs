//! The schemas in `schema/` are those of the types.
//!
//! `UPDATE_SCHEMAS=1 cargo test -p wire` writes them anew.

#![expect(
    clippy::disallowed_methods,
    reason = "this test reads and writes the files that it compares"
)]

use std::{collections::BTreeSet, env, fs, path::Path};

#[test]
fn the_schemas_kept_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut expected = BTreeSet::new();
    for (name, schema) in wire::schemas() {
        let path = folder.join(wire::file_name(name));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            kept,
            text,
            "{} differs: UPDATE_SCHEMAS=1 cargo test -p wire",
            path.display()
        );
        expected.insert(path);
    }
    let found: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(found, expected, "a schema without a type, or the reverse");
}
