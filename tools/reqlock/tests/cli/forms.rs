//! The forms of a lock, and the files that it is written to.

use crate::workplace::Workplace;
use kit::{
    World,
    index::{Fault, Times},
    wheel::Wheel,
};
use std::path::Path;

#[test]
fn one_resolution_is_written_in_several_forms() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    let outputs = ["-o", "requirements.txt", "-o", "pylock.toml", "-o", "lock.json"];
    let report = place
        .reqlock()
        .arg("requirements.in")
        .args(outputs)
        .succeed()
        .json();
    assert_eq!(report["schema"], "lock/1");
    assert!(place.world.read("requirements.txt").contains("framework==2.0"));
    assert!(
        place
            .world
            .read("pylock.toml")
            .starts_with("lock-version = \"1.0\"\n")
    );
    let document: serde_json::Value = serde_json::from_str(&place.world.read("lock.json")).unwrap();
    assert_eq!(document["packages"], report["packages"]);
    assert_eq!(place.index.count("/simple/framework/"), 1);
}

#[test]
fn a_lock_that_is_unchanged_is_not_touched() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    let run = || {
        place
            .reqlock()
            .args(["requirements.in", "-o", "requirements.txt"])
            .succeed()
    };
    run();
    let modified = || {
        fs_err::metadata(place.world.path("requirements.txt"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = modified();
    run();
    assert_eq!(modified(), before);
}

#[test]
fn a_failure_leaves_the_old_lock_alone() {
    let place = Workplace::new();
    place.world.write("requirements.in", "nonesuch\n");
    place.world.write("requirements.txt", "helper==1.0\n");
    place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt"])
        .output()
        .fails(65, "unknown-package");
    assert_eq!(place.world.read("requirements.txt"), "helper==1.0\n");
    place.world.write("requirements.in", "helper\n");
    place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt", "-o", "lock.toml"])
        .output()
        .fails(2, "usage");
    assert_eq!(place.world.read("requirements.txt"), "helper==1.0\n");
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    let ran = place
        .reqlock()
        .args(["requirements.in", "-o", "/proc/requirements.txt"])
        .output();
    assert_eq!(ran.status, 74, "{}", ran.stderr);
    assert!(ran.stderr.contains("/proc"), "{}", ran.stderr);
}

#[test]
fn standard_output_follows_the_format() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    let text = place.reqlock().arg("requirements.in").succeed().text();
    assert!(text.starts_with("# reqlock 1\n"));
    let json = place
        .reqlock()
        .args(["requirements.in", "--format", "json"])
        .succeed()
        .json();
    assert_eq!(json["packages"][0]["name"], "helper");
}

#[test]
fn pip_installs_what_is_locked() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework[more]\n");
    place
        .bare()
        .args(["requirements.in", "-o", "requirements.txt", "-o", "pylock.toml"])
        .succeed();
    let pip = |world: &World, arguments: &[&str]| {
        let run = world
            .run(kit::PYTHON)
            .args(["-m", "pip", "install", "--no-cache-dir", "--target", "site"]);
        run.env("PIP_INDEX_URL", place.index.url())
            .args(arguments)
            .succeed();
    };
    pip(&place.world, &["--require-hashes", "-r", "requirements.txt"]);
    for name in [
        "framework-2.0.dist-info",
        "helper-2.0.dist-info",
        "addon-0.1.dist-info",
    ] {
        assert!(place.world.path("site").join(name).exists(), "{name}");
    }
}

#[test]
fn pip_installs_from_pylock_without_an_index() {
    let place = Workplace::new();
    place.add(Wheel::new("elsewhere", "1.0").requires("nonesuch"));
    place.world.write(
        "requirements.in",
        "framework[more]\nhelper<2\nelsewhere; sys_platform == 'win32'\n",
    );
    place
        .bare()
        .args(["requirements.in", "--python", kit::PYTHON, "-o", "pylock.toml"])
        .succeed();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracles/bin/python");
    assert!(python.exists(), "no oracles: run scripts/bootstrap");
    // It lives in the tree, which not everybody may enter.
    let pip = || {
        let run = place
            .world
            .run(&python)
            .as_caller()
            .args(["-I", "-m", "pip", "install"]);
        run.args(["--no-cache-dir", "--target", "site", "-r", "pylock.toml"])
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
            .env("PIP_RETRIES", "0")
            .output()
    };
    place
        .index
        .fault("helper-1.5", Fault::ChangedBytes, Times::Always);
    let ran = pip();
    assert!(ran.status != 0 && ran.stderr.contains("HASH"), "{}", ran.stderr);
    place.index.heal();
    let text = place.world.read("pylock.toml");
    place.world.write(
        "pylock.toml",
        text.replace("sys_platform == \\\"linux\\\"", "sys_platform == \\\"win32\\\""),
    );
    let ran = pip();
    assert!(ran.status != 0 && text.contains("environments = ["), "{text}");
    place.world.write("pylock.toml", text);
    let said = pip().expect(0).text();
    let installed = "Successfully installed addon-0.1 framework-2.0 helper-1.5";
    assert!(said.contains(installed), "{said}");
}

#[test]
fn the_answer_is_pips() {
    let place = Workplace::new();
    place.add(
        Wheel::new("walker", "3")
            .requires("framework<2")
            .requires("helper<2"),
    );
    place.add(
        Wheel::new("walker", "4")
            .requires("framework>=2")
            .requires("helper<1.5"),
    );
    for requirements in [
        "framework\n",
        "framework\nhelper<2\n",
        "walker\n",
        "framework<2\n",
        "walker\nframework\n",
    ] {
        place.world.write("requirements.in", requirements);
        let ours = place.bare().arg("requirements.in").succeed().text();
        let run = place
            .world
            .run(kit::PYTHON)
            .env("PIP_INDEX_URL", place.index.url());
        let arguments = [
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--ignore-installed",
            "--no-cache-dir",
            "-q",
            "--report",
            "-",
        ];
        let report = run
            .args(arguments)
            .args(["-r", "requirements.in"])
            .succeed()
            .json();
        let mut theirs: Vec<String> = report["install"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let metadata = &one["metadata"];
                format!(
                    "{}=={}",
                    metadata["name"].as_str().unwrap(),
                    metadata["version"].as_str().unwrap()
                )
            })
            .collect();
        theirs.sort();
        assert_eq!(crate::workplace::pins(&ours), theirs.join(" "), "{requirements}");
    }
}

/// Checks the lock and returns status and problems, one a line.
fn checked(place: &Workplace, more: &[&str]) -> (i32, String) {
    let ran = place
        .bare()
        .args(["requirements.in", "-o", "requirements.txt", "--check"])
        .args(more)
        .output();
    let problems = ran.json()["problems"].as_array().cloned().unwrap_or_default();
    let told = problems.iter().map(|one| {
        format!(
            "{} {}",
            one["package"].as_str().unwrap_or("-"),
            one["message"].as_str().unwrap()
        )
    });
    (ran.status, told.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_lock_is_checked_without_network_and_interpreter() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt"])
        .succeed();
    place.index.forget();
    let lock = place.world.read("requirements.txt");
    assert_eq!(checked(&place, &[]), (0, String::new()));
    place
        .world
        .write("requirements.in", "# a comment changes nothing\n\nframework\n");
    assert_eq!(checked(&place, &[]), (0, String::new()));
    assert_eq!(
        checked(&place, &["--target", "cp313-win_amd64"]),
        (1, "- it was not made for cp313-win_amd64".to_owned())
    );
    place
        .world
        .write("requirements.txt", lock.replace("helper==2.0", "helper==1.0"));
    assert_eq!(
        checked(&place, &[]),
        (1, "helper 1.0 is not what framework asks for: >=1.5".to_owned())
    );
    place.world.write("requirements.txt", &lock);
    place.world.write("requirements.in", "framework<2\naddon\n");
    let told = "- requirements.in has changed since\naddon is asked for by requirements.in:2, and is not there\n\
                framework 2.0 is not what requirements.in:1 asks for: framework<2";
    assert_eq!(checked(&place, &[]), (1, told.to_owned()));
    assert_eq!(place.index.requests().len(), 0);
}

#[test]
fn a_lock_that_is_not_there_is_no_answer() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    place
        .bare()
        .args(["requirements.in", "-o", "requirements.txt", "--check"])
        .output()
        .fails(65, "not-found");
}

#[test]
fn why_tells_the_way_from_a_line() {
    let place = Workplace::new();
    place.add(Wheel::new("top", "1").requires("framework[more]"));
    place.world.write("requirements.in", "top\nhelper\n");
    place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt", "-o", "pylock.toml"])
        .succeed();
    for lock in ["requirements.txt", "pylock.toml"] {
        let why = place.bare().args(["--why", "Helper", lock]).succeed().json();
        let chains = serde_json::json!([
            ["requirements.in:1", "top==1", "framework==2.0", "helper==2.0"],
            ["requirements.in:2", "helper==2.0"],
        ]);
        assert_eq!(why["chains"], chains, "{lock}");
    }
    place
        .bare()
        .args(["--why", "nonesuch", "requirements.txt"])
        .output()
        .fails(65, "not-found");
}

#[test]
fn two_locks_are_compared() {
    let place = Workplace::new();
    place.world.write("old.txt", "gone==1\nhelper==1.0\n");
    place.world.write("new.txt", "added==1\nhelper==2.0\n");
    let ran = place
        .bare()
        .args(["--diff", "old.txt", "new.txt", "--format", "text"])
        .succeed();
    assert_eq!(
        ran.text(),
        "added added 1\ngone removed, was 1\nhelper 1.0 -> 2.0\n2 packages locked, 3 changed\n"
    );
}
