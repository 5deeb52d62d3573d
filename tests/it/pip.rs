//! Plain pip takes what we make, and makes the same of it.

use crate::{project::Project, workspace::root};
use kit::Ran;
use std::path::Path;

/// Runs the pip of the oracles in a world, by whoever runs the tests: it lives in the tree.
fn pip(project: &Project, arguments: &[&str]) -> Ran {
    let python = root().join("target/oracles/bin/python");
    assert!(python.exists(), "no oracles: run scripts/bootstrap");
    project
        .world
        .run(python)
        .as_caller()
        .args(["-I", "-m", "pip"])
        .args(arguments)
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .succeed()
}

#[test]
fn pip_installs_from_the_wheelhouse_with_hashes() {
    let project = Project::new();
    project.lock_and_fetch();
    let world = &project.world;
    world
        .run("/usr/bin/python3")
        .args(["-m", "venv", "--without-pip", "plain"])
        .succeed();
    let said = pip(
        &project,
        &[
            "--python",
            "plain/bin/python",
            "install",
            "--no-index",
            "--find-links",
            "wheels",
            "--require-hashes",
            "-r",
            "wheels/requirements.txt",
        ],
    );
    assert!(
        said.text()
            .contains("Successfully installed frame-1.2 onlysource-1.0 small-2.5"),
        "{}",
        said.text()
    );
    assert_eq!(
        world.run("plain/bin/frame").succeed().text(),
        "frame on small 2.5\n"
    );
}

#[test]
fn pip_takes_the_lock_itself() {
    let project = Project::new();
    project.lock_and_fetch();
    let index = project.index.url();
    pip(
        &project,
        &[
            "download",
            "--index-url",
            &index,
            "--require-hashes",
            "--no-deps",
            "-d",
            "taken",
            "-r",
            "requirements.txt",
        ],
    );
    let mut taken = names(&project.world.path("taken"));
    taken.sort();
    assert_eq!(
        taken,
        [
            "frame-1.2-py3-none-any.whl",
            "onlysource-1.0.tar.gz",
            "small-2.5-py3-none-any.whl"
        ]
    );
}

fn names(folder: &Path) -> Vec<String> {
    fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
