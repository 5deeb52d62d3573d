//! Of the sample site's real packages, pip and `pyvenv-offline` make the same.
//!
//! `scripts/bootstrap` has put their wheels into `target/site-wheels`.

use crate::workspace::{root, tool};
use kit::{PYTHON, World, give};
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// A line for each wheel: its hash, its name.
const HASHES: &str = "cd wheels; sha256sum *.whl";

#[test]
fn pip_and_we_make_the_same() {
    let world = two_environments();
    same_packages(&world);
    same_records(&world);
    same_scripts(&world);
}

fn same_packages(world: &World) {
    let (ours, theirs) = (packages(world, "ours"), packages(world, "theirs"));
    assert!(
        ours.len() > 3000,
        "Django alone has more than {} files",
        ours.len()
    );
    assert_eq!(difference(&ours, &theirs), Vec::<&PathBuf>::new());
}

fn same_records(world: &World) {
    let (ours, theirs) = (records(world, "ours"), records(world, "theirs"));
    assert_eq!(ours.len(), wheels().len());
    assert_eq!(ours, theirs);
}

fn same_scripts(world: &World) {
    let (ours, theirs) = (scripts(world, "ours"), scripts(world, "theirs"));
    assert!(ours.contains_key("gunicorn"));
    assert_eq!(ours, theirs);
}

/// Makes a world with two environments of the same wheels: `ours`, and `theirs` by pip.
fn two_environments() -> World {
    let world = World::new();
    let place = world.folder("wheels");
    for wheel in wheels() {
        let copy = place.join(wheel.file_name().unwrap());
        fs_err::copy(&wheel, &copy).unwrap();
        give(&copy);
    }
    let hashes = world.run("/bin/sh").args(["-euc", HASHES]).succeed().text();
    world.write("lock.txt", hashes.lines().map(pin).collect::<String>());
    make_ours(&world);
    make_theirs(&world);
    world
}

fn make_ours(world: &World) {
    world
        .run(tool("pyvenv-offline"))
        .args(["-r", "lock.txt", "-w", "wheels", "ours", "--python", PYTHON])
        .succeed();
}

fn make_theirs(world: &World) {
    world
        .run(PYTHON)
        .args(["-m", "venv", "--without-pip", "theirs"])
        .succeed();
    world
        .run(root().join("target/oracles/bin/python"))
        .as_caller()
        .args(["-I", "-m", "pip", "--python", "theirs/bin/python"])
        .args(["install", "--no-compile", "--no-index", "--find-links", "wheels"])
        .args(["--require-hashes", "-r", "lock.txt"])
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .succeed();
}

/// Returns the wheels of the site's packages.
fn wheels() -> Vec<PathBuf> {
    let folder = root().join("target/site-wheels");
    assert!(folder.exists(), "no wheels of the site: run scripts/bootstrap");
    fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .collect()
}

/// Makes a line of a lock of a line of sha256sum.
fn pin(line: &str) -> String {
    let (hash, file) = line.split_once("  ").unwrap();
    let mut parts = file.split('-');
    let (name, version) = (parts.next().unwrap(), parts.next().unwrap());
    format!("{name}=={version} --hash=sha256:{hash}\n")
}

/// Returns all files of `site-packages` but bytecode, who installed, and the lists of all that.
fn packages(world: &World, environment: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = site_packages(world, environment);
    let mut found = BTreeMap::new();
    collect(&folder, &folder, &mut found);
    found.retain(|path, _| !path.ends_with("INSTALLER") && !path.ends_with("RECORD"));
    found
}

fn site_packages(world: &World, environment: &str) -> PathBuf {
    let lib = world.path(environment).join("lib");
    let python = fs_err::read_dir(lib).unwrap().next().unwrap().unwrap().path();
    python.join("site-packages")
}

fn collect(top: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(top, &path, found);
        } else if path.extension().is_none_or(|ending| ending != "pyc") {
            found.insert(
                path.strip_prefix(top).unwrap().to_owned(),
                fs_err::read(&path).unwrap(),
            );
        }
    }
}

/// Returns the paths whose files differ or are on one side only.
fn difference<'a>(
    ours: &'a BTreeMap<PathBuf, Vec<u8>>,
    theirs: &'a BTreeMap<PathBuf, Vec<u8>>,
) -> Vec<&'a PathBuf> {
    let paths: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    paths
        .into_iter()
        .filter(|path| ours.get(*path) != theirs.get(*path))
        .collect()
}

/// Returns each RECORD: its lines, those of scripts without hash and size, because their texts differ.
fn records(world: &World, environment: &str) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let folder = site_packages(world, environment);
    let mut found = BTreeMap::new();
    collect(&folder, &folder, &mut found);
    found.retain(|path, _| path.ends_with("RECORD"));
    found
        .into_iter()
        .map(|(path, text)| (path, record(&text)))
        .collect()
}

fn record(text: &[u8]) -> BTreeSet<String> {
    let lines = std::str::from_utf8(text).unwrap().lines();
    lines
        .filter(|line| !line.contains("/INSTALLER,") && !line.contains(".pyc,"))
        .map(|line| match line.split_once(',') {
            Some((path, _)) if path.starts_with("../../../bin/") => path.to_owned(),
            _ => line.to_owned(),
        })
        .collect()
}

/// Returns the scripts of the packages: name, mode, and what they import.
fn scripts(world: &World, environment: &str) -> BTreeMap<String, (u32, String)> {
    let folder = world.path(environment).join("bin");
    fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| !name.starts_with("python") && !name.to_lowercase().starts_with("activate"))
        .map(|(name, path)| {
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            let text = fs_err::read_to_string(&path).unwrap();
            let import = text
                .lines()
                .find(|line| line.starts_with("from "))
                .unwrap_or_default();
            (name, (mode, import.to_owned()))
        })
        .collect()
}
