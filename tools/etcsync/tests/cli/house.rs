//! The folders of the source use each other in one direction.

use std::{collections::BTreeSet, path::Path};

/// Each uses those before it, and none after.
const FOLDERS: [&str; 14] = [
    "tree", "run", "place", "state", "root", "layers", "plan", "stage", "check", "apply", "show", "args",
    "commands", "main",
];

#[test]
fn no_import_runs_back_up() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut folders) = (0, vec![source.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path.strip_prefix(&source).unwrap().with_extension("");
            let own = below.iter().next().unwrap().to_str().unwrap();
            let at = FOLDERS.iter().position(|folder| *folder == own);
            let at = at.unwrap_or_else(|| panic!("where does {own} belong?"));
            for used in used(&fs_err::read_to_string(&path).unwrap()) {
                let place = FOLDERS.iter().position(|folder| *folder == used);
                assert!(
                    place.is_some_and(|place| place <= at),
                    "{} uses {used}",
                    path.display()
                );
            }
            files += 1;
        }
    }
    assert!(files > 50, "{files}");
}

/// Returns what stands right behind `crate::`, alone or in braces.
fn used(text: &str) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if !rest.starts_with('{') {
            used.extend(first_word(rest));
            continue;
        }
        let mut depth = 0;
        for (at, letter) in rest.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(letter, '{' | ',') {
                used.extend(first_word(rest[at + 1..].trim_start()));
            }
        }
    }
    used
}

fn first_word(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    Some(&text[..end]).filter(|word| !word.is_empty())
}
