//! Looking back at an environment.

use kit::World;
use kit::wheel::Wheel;
use serde_json::Value;

use crate::{demo, make, tool, world};

const SITE: &str = "venv/lib/python3.11/site-packages";

fn made() -> World {
    let world = world(&[demo(), Wheel::new("other", "2").file("other.py", "y = 2\n")]);
    make(&world).succeed();
    world
}

/// The differences, as `what path`.
fn findings(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|one| {
            format!(
                "{} {}",
                one["what"].as_str().unwrap(),
                one["path"].as_str().unwrap()
            )
        })
        .collect()
}

fn verify(world: &World) -> Vec<String> {
    let ran = tool(world).args(["--verify", "venv"]).output();
    let found = findings(&ran.json());
    ran.expect(i32::from(!found.is_empty()));
    found
}

#[test]
fn a_fresh_environment_is_as_it_was_made() {
    let world = made();
    assert_eq!(verify(&world), Vec::<String>::new());
    world
        .run(world.path("venv/bin/python"))
        .args(["-O", "-c", "import demo, other"])
        .succeed();
    assert_eq!(verify(&world), Vec::<String>::new());
    let report = tool(&world)
        .args(["--verify", "venv", "-r", "requirements.txt"])
        .succeed()
        .json();
    assert_eq!(
        (&report["schema"], &report["packages"]),
        (&"verified/1".into(), &2.into())
    );
    let words = tool(&world)
        .args(["--verify", "venv", "--format", "text"])
        .succeed()
        .text();
    assert!(words.starts_with("[ROOT]/venv: 2 packages, "), "{words}");
}

#[test]
fn every_difference_is_found() {
    let world = made();
    world.write(format!("{SITE}/other.py"), "y = 3\n");
    world.write(format!("{SITE}/sitecustomize.py"), "evil()\n");
    world.write("venv/bin/python-evil", "evil\n");
    fs_err::remove_file(world.path("venv/bin/demo")).unwrap();
    fs_err::remove_file(world.path("venv/bin/python")).unwrap();
    fs_err::os::unix::fs::symlink("/bin/true", world.path("venv/bin/python")).unwrap();
    let site = SITE.strip_prefix("venv/").unwrap();
    let expected = [
        "changed bin/python".to_owned(),
        "missing bin/demo".to_owned(),
        "extra bin/python-evil".to_owned(),
        format!("changed {site}/other.py"),
        format!("extra {site}/sitecustomize.py"),
    ];
    assert_eq!(verify(&world), expected);
}

#[test]
fn a_base_that_is_gone_or_another_is_told() {
    let world = made();
    let text = world.read("venv/pyvenv.cfg");
    world.write("venv/pyvenv.cfg", text.replace("build = 3", "build = 2"));
    assert!(verify(&world)[0].starts_with("base-changed /usr/bin/python3"));
    world.write(
        "venv/pyvenv.cfg",
        text.replace("executable = /usr", "executable = /gone"),
    );
    let found = verify(&world);
    assert!(
        found[0] == "changed bin/python" && found[1].starts_with("base-gone /gone"),
        "{found:?}"
    );
}

#[test]
fn a_lock_is_compared() {
    let world = made();
    let zeros = "0".repeat(64);
    world.write(
        "other.txt",
        format!("demo==1.1 --hash=sha256:{zeros}\nnew==1 --hash=sha256:{zeros}\n"),
    );
    let ran = tool(&world)
        .args(["--verify", "venv", "-r", "other.txt"])
        .output()
        .expect(1);
    assert_eq!(
        findings(&ran.json()),
        ["not-locked demo", "not-locked new", "not-locked other"]
    );
}

#[test]
fn the_lock_comes_back() {
    let world = made();
    let frozen = tool(&world).args(["--freeze", "venv"]).succeed();
    let text = frozen.text();
    assert!(text.contains(&demo().sha256()), "{text}");
    world.write("requirements.txt", &text);
    let (before, after) = (world.path("venv"), world.path("before"));
    fs_err::rename(before, after).unwrap();
    make(&world).succeed();
    world
        .run("diff")
        .args(["-r", "--no-dereference", "before", "venv"])
        .succeed();
    let document = tool(&world)
        .args(["--freeze", "venv", "--format", "json"])
        .succeed()
        .json();
    assert_eq!(document["schema"], "lock/1");
}

#[test]
fn what_is_no_environment_is_refused() {
    let world = made();
    for flag in ["--verify", "--freeze"] {
        tool(&world)
            .args([flag, "wheels"])
            .output()
            .fails(65, "not-found");
        tool(&world)
            .args([flag, "absent"])
            .output()
            .fails(65, "not-found");
    }
}
