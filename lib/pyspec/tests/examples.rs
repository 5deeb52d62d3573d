//! Every public item has an example.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this test reads the sources"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Finds the Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let nested = folders.iter().flat_map(|folder| sources(folder));
    files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
        .chain(nested)
        .collect()
}

/// Tells whether a line begins an item that users of the crate see.
fn is_public_item(line: &str) -> bool {
    let kinds = ["fn ", "const ", "struct ", "enum ", "trait ", "type "];
    line.strip_prefix("pub ")
        .is_some_and(|rest| kinds.iter().any(|kind| rest.starts_with(kind)))
}

/// Lists the public items of a file whose comment has no example.
fn without_example(source: &str) -> Vec<&str> {
    let mut bare = Vec::new();
    let mut has_example = false;
    for line in source
        .lines()
        .map(str::trim_start)
        .take_while(|line| !line.starts_with("mod tests"))
    {
        if is_public_item(line) && !has_example {
            bare.push(line);
        }
        let is_comment = line.starts_with("///");
        // Attributes stand between the comment and its item.
        has_example = (is_comment || line.starts_with('#')) && (has_example || line.starts_with("/// ```"));
    }
    bare
}

#[test]
fn every_public_item_has_an_example() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 20, "the sources are somewhere else");
    let mut bare = Vec::new();
    for path in sources {
        let source = fs::read_to_string(&path).unwrap();
        bare.extend(
            without_example(&source)
                .iter()
                .map(|item| format!("{}: {item}", path.display())),
        );
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn an_item_without_one_is_found() {
    let source = "/// Does.\npub fn bare() {}\n/// ```\n/// ```\n#[must_use]\npub fn shown() {}\npub(crate) fn own() {}\n";
    assert_eq!(without_example(source), ["pub fn bare() {}"]);
}
