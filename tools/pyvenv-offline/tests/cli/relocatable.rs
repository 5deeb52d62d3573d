//! Environments that are moved.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use kit::World;
use kit::wheel::Wheel;

use crate::{demo, make, tool, world};

/// Moves an environment, and returns where it is.
fn moved(world: &World, name: &OsStr) -> std::path::PathBuf {
    let place = world.folder("elsewhere").join(name);
    fs_err::rename(world.path("venv"), &place).unwrap();
    place
}

fn made(wheels: &[Wheel]) -> World {
    let world = world(wheels);
    make(&world).arg("--relocatable").succeed();
    world
}

#[test]
fn it_works_wherever_it_is_put() {
    let names = [
        "plain".into(),
        "a \"$HOME' b".into(),
        "x".repeat(200).into(),
        OsString::from_vec(b"caf\xe9".to_vec()),
    ];
    for name in names {
        let world = made(&[demo()]);
        let venv = moved(&world, &name);
        let said = world
            .run(venv.join("bin/demo"))
            .args(["one two", "$three"])
            .succeed();
        assert_eq!(said.text(), "demo one two $three\n", "{}", name.display());
    }
}

#[test]
fn commands_are_found_by_path_and_through_links() {
    let world = made(&[demo()]);
    let venv = moved(&world, OsStr::new("a b"));
    world.folder("commands");
    fs_err::os::unix::fs::symlink(venv.join("bin/demo"), world.path("commands/other")).unwrap();
    assert_eq!(world.run(world.path("commands/other")).succeed().text(), "demo\n");
    let path = format!("{}:/usr/bin:/bin", venv.join("bin").display());
    let said = world.run("/bin/sh").args(["-c", "demo found"]).env("PATH", path);
    assert_eq!(said.succeed().text(), "demo found\n");
}

#[test]
fn a_copy_uses_its_own_modules() {
    let world = made(&[demo()]);
    world.run("/bin/cp").args(["-a", "venv", "copy"]).succeed();
    let module = world
        .path("copy/lib")
        .read_dir()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let module = module.join("site-packages/demo/__init__.py");
    // What is in the store is read-only: it is replaced.
    fs_err::remove_file(&module).unwrap();
    fs_err::write(&module, "def main():\n    print('the copy')\n").unwrap();
    assert_eq!(
        world.run(world.path("copy/bin/demo")).succeed().text(),
        "the copy\n"
    );
    assert_eq!(world.run(world.path("venv/bin/demo")).succeed().text(), "demo\n");
}

#[test]
fn scripts_of_wheels_find_it_from_folders_below() {
    let script = "#!python\n# -*- coding: latin-1 -*-\nimport sys, demo\nprint(sys.prefix, len('\u{e9}'))\n";
    let wheel = demo()
        .file("demo-1.0.data/scripts/plain", script)
        .file("demo-1.0.data/scripts/below/it/deep", script);
    let world = made(&[wheel]);
    let venv = moved(&world, OsStr::new("a b"));
    for path in ["bin/plain", "bin/below/it/deep"] {
        let said = world.run(venv.join(path)).succeed().text();
        // Two letters, since the text says that it is latin-1.
        assert_eq!(said, format!("[ROOT]/elsewhere/a b 2\n"), "{path}");
    }
}

#[test]
fn it_is_verified_where_it_is() {
    let world = made(&[demo()]);
    moved(&world, OsStr::new("venv"));
    let verify = || {
        tool(&world)
            .args(["--verify", "elsewhere/venv"])
            .args(["-r", "requirements.txt"])
    };
    assert_eq!(verify().succeed().json()["findings"], serde_json::json!([]));
    let command = world.path("elsewhere/venv/bin/demo");
    let text = fs_err::read_to_string(&command).unwrap();
    assert!(text.starts_with("#!/bin/sh\n"), "{text}");
    fs_err::write(&command, text.replace("python", "perl")).unwrap();
    let found = verify().output().expect(1).json();
    assert_eq!(found["findings"][0]["path"], "bin/demo");
}

#[test]
fn its_tree_is_the_same_at_every_place() {
    let world = world(&[demo()]);
    let digest = |options: &[&str], place: &str| {
        let run = tool(&world).args(["-r", "requirements.txt", "-w", "wheels", place]);
        run.args(options).succeed().json()["tree"].clone()
    };
    assert_eq!(
        digest(&["--relocatable"], "one"),
        digest(&["--relocatable"], "two")
    );
    assert_ne!(digest(&[], "three"), digest(&[], "four"));
    for made in walk(&world.path("one")) {
        let bytes = fs_err::read(&made).unwrap();
        let root = world.root().as_os_str().as_encoded_bytes();
        assert!(!contains(&bytes, root), "{}", made.display());
    }
}

/// Lists the files of an environment, but for the bytecode of a base.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap().file_type() {
            kind if kind.is_dir() => found.extend(walk(&path)),
            kind if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
