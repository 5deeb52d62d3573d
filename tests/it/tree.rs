//! Nothing is forgotten: files, pages, lines of the architecture page.

use crate::workspace::{TOOLS, packages, read, root};

/// Returns the names in a folder, without an ending.
fn names(folder: &str, ending: &str) -> Vec<String> {
    fs_err::read_dir(root().join(folder))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

#[test]
fn every_story_is_told() {
    let main = read("tests/it/main.rs");
    for name in names("tests/it", ".rs") {
        assert!(
            name == "main" || main.contains(&format!("mod {name};")),
            "{name}.rs is in no run"
        );
    }
}

#[test]
fn every_tool_has_a_page_and_every_page_a_tool() {
    let mut pages = names("man", ".1");
    pages.sort();
    let mut tools = TOOLS;
    tools.sort_unstable();
    assert_eq!(pages, tools);
}

#[test]
fn the_architecture_names_every_crate_and_its_floor() {
    let page = read("ARCHITECTURE.md");
    for package in packages().into_iter().filter(|package| package.name != "stories") {
        let row = format!("| `{}` | {} |", package.name, package.metadata["floor"]);
        assert!(page.contains(&row), "ARCHITECTURE.md has no row  {row}");
    }
}

#[test]
fn the_architecture_gives_a_reason_for_every_dependency() {
    let page = read("ARCHITECTURE.md");
    let (_, reasons) = page
        .split_once("## Dependencies")
        .expect("a section on dependencies");
    for name in outside_crates() {
        assert!(
            reasons.contains(&format!("`{name}`")),
            "no word in ARCHITECTURE.md on {name}"
        );
    }
}

/// Returns the crates that ours use and that are not ours.
fn outside_crates() -> Vec<String> {
    let mut names: Vec<_> = packages()
        .iter()
        .flat_map(|package| &package.dependencies)
        .filter(|used| used.path.is_none())
        .map(|used| used.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}
