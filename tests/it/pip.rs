//! Plain pip takes what we make, and makes the same of it.

use crate::{project::Project, workspace::root};
use kit::wheel::Wheel;
use kit::{Ran, Run};
use std::path::Path;

/// Runs the pip of the oracles in a world, by whoever runs the tests: it lives in the tree.
fn pip(project: &Project, arguments: &[&str]) -> Ran {
    pip_with(project, arguments).succeed()
}

fn pip_with(project: &Project, arguments: &[&str]) -> Run {
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

/// A hash in an address satisfies whoever requires hashes, and makes nobody require them.
#[test]
fn a_hash_in_an_address_counts_as_with_pip() {
    let project = Project::new();
    let [given, named] = ["given", "named"].map(|name| Wheel::new(name, "1"));
    for wheel in [&given, &named] {
        project.index.add(&wheel.file_name(), wheel.bytes());
    }
    let index = project.index.url();
    let address = project.index.file_url(&given.file_name());
    let at = |digest: &str, hash: &str| format!("given @ {address}#egg=given&sha256={digest}{hash}\n");
    let (digest, pinned) = (given.sha256(), named.pin());
    let (right, wrong) = (at(&digest, ""), at(&named.sha256(), ""));
    let upper = at(&digest.to_uppercase(), "");
    let either = at(&named.sha256(), &format!(" --hash=sha256:{digest}"));
    for (lock, required, taken) in [
        (right.clone(), true, true),
        (upper, true, true),
        (either, true, true),
        (wrong.clone(), true, false),
        (wrong + "named==1\n", false, false),
        (right.clone() + "named==1\n", false, true),
        (right.clone() + "named==1\n", true, false),
        (right.clone() + &pinned, false, true),
        (right + &pinned + "small\n", false, false),
    ] {
        project.world.write("hashed.txt", &lock);
        let required: &[&str] = if required { &["--require-hashes"] } else { &[] };
        let theirs = [
            "download",
            "--no-deps",
            "-d",
            "taken",
            "-r",
            "hashed.txt",
            "-i",
            &index,
        ];
        let theirs = pip_with(&project, &theirs).args(required).output();
        let ours = project
            .run("pyfetch")
            .args(["-r", "hashed.txt", "-o", "got"])
            .args(required)
            .output();
        let succeeded = [theirs.status == 0, ours.status == 0];
        assert_eq!(succeeded, [taken; 2], "{lock}{}{}", theirs.stderr, ours.stderr);
        for folder in ["taken", "got"] {
            _ = fs_err::remove_dir_all(project.world.path(folder));
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
