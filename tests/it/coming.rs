//! The pages for people who come from elsewhere: what they tell to type runs, and each command in their tables is one.

use crate::{
    project::Project,
    shown::blocks,
    workspace::{TOOLS, read, root, tool},
};
use kit::World;

const PAGES: [&str; 4] = ["from-pip-tools", "from-uv", "from-capistrano", "from-ansible"];

fn page(name: &str) -> String {
    read(&format!("docs/{name}.md"))
}

#[test]
fn their_commands_run() {
    for name in PAGES {
        let project = Project::new();
        if name == "from-uv" {
            bring_uv(&project.world);
        }
        let blocks = blocks(&page(name));
        assert!(!blocks.is_empty(), "{name} shows nothing");
        // The index of the test is what pip is configured with; uv has a variable of its own.
        let script = blocks.join("\n");
        project
            .script(&script)
            .env("UV_INDEX_URL", project.index.url())
            .succeed();
    }
}

fn bring_uv(world: &World) {
    kit::copy_program(&root().join("target/oracles/bin/uv"), &world.path("bin/uv"));
}

#[test]
fn the_commands_in_their_tables_parse() {
    let world = World::new();
    let mut seen = 0;
    for name in PAGES {
        let page = page(name);
        let rows = page.lines().filter(|line| line.starts_with("| "));
        for span in rows.flat_map(|row| row.split('`').skip(1).step_by(2)) {
            let words: Vec<_> = span
                .split(" > ")
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .collect();
            if words.first().is_some_and(|word| TOOLS.contains(word)) {
                world
                    .run(tool(words[0]))
                    .args(&words[1..])
                    .arg("--help")
                    .succeed();
                seen += 1;
            }
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn the_readme_and_the_guide_name_them() {
    let page = read("README.md") + &read("GUIDE.md");
    for name in PAGES {
        assert!(page.contains(&format!("docs/{name}.md")), "{name}");
    }
}
