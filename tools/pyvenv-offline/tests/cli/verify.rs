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

/// Does one thing to a fresh environment, and insists on what is said of it.
#[track_caller]
fn tells(world: &World, script: &str, expected: &[&str]) {
    if world.path("venv").exists() {
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    make(world).args(["--path", "wheels"]).succeed();
    let shell = world
        .run("/bin/sh")
        .args(["-c", &format!("cd venv; S={}; {script}", &SITE[5..])]);
    shell.succeed();
    let expected: Vec<String> = expected.iter().map(|one| one.replace("$S", &SITE[5..])).collect();
    assert_eq!(verify(world), expected, "{script}");
}

#[test]
fn what_belongs_to_the_environment_itself_is_compared() {
    let world = made();
    tells(&world, "true", &[]);
    tells(&world, "echo evil >>bin/activate", &["changed bin/activate"]);
    tells(
        &world,
        "rm bin/activate.fish lib64",
        &["missing bin/activate.fish", "missing lib64"],
    );
    tells(&world, "ln -sf /bin/true bin/python3", &["changed bin/python3"]);
    tells(
        &world,
        "rm bin/python3; cp /bin/true bin/python3",
        &["changed bin/python3"],
    );
    tells(&world, "sed -i s/false/true/ pyvenv.cfg", &["changed pyvenv.cfg"]);
    tells(&world, "echo >>requirements.lock", &["changed requirements.lock"]);
    tells(
        &world,
        "echo import evil >>$S/pyvenv-offline.pth",
        &["changed $S/pyvenv-offline.pth"],
    );
    tells(
        &world,
        "ln -s /bin/true bin/python4",
        &["changed bin/python4", "extra bin/python4"],
    );
    tells(
        &world,
        "rm RECORD",
        &[
            "unreadable RECORD",
            "extra bin/activate",
            "extra bin/activate.fish",
            "extra bin/python",
            "extra bin/python3",
            "extra bin/python3.11",
            "extra $S/pyvenv-offline.pth",
            "extra lib64",
            "extra pyvenv.cfg",
            "extra requirements.lock",
        ],
    );
}

#[test]
fn modes_owners_and_kinds_are_compared() {
    let world = made();
    tells(&world, "chmod u+w $S/other.py", &["mode $S/other.py"]);
    tells(&world, "chmod 666 bin/demo", &["mode bin/demo"]);
    tells(&world, "chmod 777 $S", &["mode $S"]);
    tells(
        &world,
        "chmod u+w $S/__pycache__/other*",
        &["mode $S/__pycache__/other.cpython-311.pyc"],
    );
    tells(
        &world,
        "mv $S/other.py x; ln -s ../../../x $S/other.py",
        &["changed $S/other.py", "extra x"],
    );
    tells(
        &world,
        "rm $S/other.py; mkfifo $S/other.py",
        &["changed $S/other.py"],
    );
    // Python writes by the umask of whoever runs it.
    tells(
        &world,
        "rm -r $S/demo/__pycache__; umask 0; bin/python -c 'import demo'; chmod 777 $S/demo/__pycache__",
        &[],
    );
    if kit::has_root() {
        let file = world.path(SITE).join("other.py");
        std::os::unix::fs::chown(file, Some(0), Some(0)).unwrap();
        assert_eq!(verify(&world), [format!("owner {}/other.py", &SITE[5..])]);
    }
}

#[test]
fn its_own_lock_is_compared_if_no_other_is_given() {
    let world = made();
    let pip = |args: &[&str]| {
        let pip = world
            .run(kit::PYTHON)
            .args(["-m", "pip", "--python", "venv/bin/python"]);
        pip.args(args).succeed();
    };
    pip(&["uninstall", "--yes", "other"]);
    let found = verify(&world);
    assert!(found.contains(&"not-locked other".to_owned()), "{found:?}");
    let more = Wheel::new("more", "1").file("more.py", "");
    world.write(format!("wheels/{}", more.file_name()), more.bytes());
    pip(&[
        "install",
        "--quiet",
        "--no-index",
        "--find-links",
        "wheels",
        "other",
        "more",
    ]);
    assert_eq!(verify(&world), ["not-locked more"]);
}

#[test]
fn an_environment_that_was_moved_is_told() {
    let world = made();
    fs_err::os::unix::fs::symlink("venv", world.path("link")).unwrap();
    tool(&world).args(["--verify", "link"]).succeed();
    fs_err::rename(world.path("venv"), world.path("elsewhere")).unwrap();
    let ran = tool(&world).args(["--verify", "elsewhere"]).output().expect(1);
    assert_eq!(findings(&ran.json()), ["moved ."]);
    fs_err::rename(world.path("elsewhere"), world.path("venv")).unwrap();
    assert_eq!(verify(&world), Vec::<String>::new());
}

#[test]
fn without_its_base_or_its_library_the_rest_is_told() {
    let world = made();
    fs_err::remove_dir_all(world.path("venv/lib")).unwrap();
    let found = verify(&world);
    let expected = [
        "missing lib",
        "extra bin/demo",
        "not-locked demo",
        "not-locked other",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_base_that_is_gone_or_another_is_told() {
    let world = made();
    let text = world.read("venv/pyvenv.cfg");
    world.write("venv/pyvenv.cfg", text.replace("build = 3", "build = 2"));
    let found = verify(&world);
    assert!(
        found[0].starts_with("base-changed /usr/bin/python3") && found[1] == "changed pyvenv.cfg",
        "{found:?}"
    );
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
