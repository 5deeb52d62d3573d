//! The pipeline of the README runs as it is printed.

use crate::{
    project::Project,
    shown::{blocks, elsewhere, here, section},
    workspace::read,
};

#[test]
fn the_pipeline_runs() {
    let project = Project::new();
    let world = &project.world;
    world.write("etc/logrotate.d/notes", "/srv/notes/log/*.log {\n    weekly\n}\n");
    world.folder("srv");
    world.folder("root");
    let [once, develop, deploy, back] = blocks(section(&read("README.md"), "The pipeline"))
        .try_into()
        .expect("four blocks");
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
    let deploy = elsewhere(&here(&deploy));
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
