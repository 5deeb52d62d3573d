//! The pipeline of the README runs as it is printed.

use crate::{project::Project, workspace::read};

/// Returns the shell blocks of the README between two headings.
fn blocks(heading: &str) -> Vec<String> {
    let page = read("README.md");
    let (_, section) = page.split_once(&format!("## {heading}\n")).expect("the heading");
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// Puts the two machines of the README into two folders of one world.
fn here(block: &str) -> String {
    block
        .replace("prod:/srv", "/srv")
        .replace("/srv/notes", "$HOME/../srv/notes")
}

#[test]
fn the_pipeline_runs() {
    let project = Project::new();
    let world = &project.world;
    world.write("etc/logrotate.d/notes", "/srv/notes/log/*.log {\n    weekly\n}\n");
    world.folder("srv");
    world.folder("root");
    let [once, develop, deploy, back] = blocks("The pipeline").try_into().expect("four blocks");
    project
        .script(&format!(
            "mkdir -p dev; cp -R requirements.in etc dev; {}",
            here(&once)
        ))
        .succeed();
    project
        .script("cd dev; git init -q -b main; git remote add prod ../srv/notes/repo.git")
        .succeed();
    project.script(&format!("cd dev; {}", here(&develop))).succeed();
    // The configuration of this machine is not ours to change.
    let deploy = here(&deploy).replace("etcsync plan etc", "etcsync plan etc --root $HOME/../root");
    project.script(&deploy).succeed();
    assert!(world.path("srv/notes/current/venv/bin/frame").exists());
    assert!(world.path("root/logrotate.d/notes").exists());

    let first = world.path("srv/notes/current").canonicalize().unwrap();
    project
        .script("cd dev; echo two >two.txt; git add .; git commit -q -m Two; git push -q prod main")
        .succeed();
    project.script(&deploy).succeed();
    assert_ne!(first, world.path("srv/notes/current").canonicalize().unwrap());
    project.script(&here(&back)).succeed();
    assert_eq!(first, world.path("srv/notes/current").canonicalize().unwrap());
}
