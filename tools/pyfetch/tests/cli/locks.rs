//! What is asked, and what is wrong with it.

use crate::{Setting, demo, other};
use kit::wheel::Wheel;

#[test]
fn a_lock_comes_on_standard_input_too() {
    let setting = Setting::with(&[demo(), other()]);
    let lock = setting.world.read("requirements.txt");
    let first = setting
        .bare()
        .args(["-r", "-", "-o", "wheels"])
        .stdin(lock)
        .succeed();
    // Its own answer is a lock as well.
    let second = setting
        .bare()
        .args(["-r", "-", "-o", "again"])
        .stdin(first.stdout)
        .succeed();
    assert_eq!(second.json()["files"].as_array().unwrap().len(), 2);
}

#[test]
fn an_empty_input_is_no_lock() {
    let setting = Setting::new();
    setting
        .bare()
        .args(["-r", "-"])
        .stdin("")
        .output()
        .fails(65, "no-input");
    setting.world.write("requirements.txt", "# nothing\n");
    setting.fetch().output().fails(65, "no-input");
    setting.fetch().arg("--allow-empty").succeed();
    setting.bare().output().fails(2, "usage");
}

#[test]
fn a_failure_is_passed_on() {
    let setting = Setting::new();
    let failure = r#"{"schema":"error/1","tool":"reqlock","kind":"conflict","message":"m","causes":[]}"#;
    let ran = setting
        .bare()
        .args(["-r", "-"])
        .stdin(failure)
        .output()
        .expect(65);
    assert_eq!(ran.text(), failure);
    assert_eq!(ran.stderr, "");
}

#[test]
fn bad_lines_are_named() {
    let setting = Setting::new();
    setting.world.write("requirements.txt", "fine==1\n-r more.txt\n");
    setting.world.write("more.txt", "\nnot a == requirement\n");
    let document = setting.fetch().output().fails(65, "bad-syntax").json();
    assert!(
        document["file"].as_str().unwrap().ends_with("more.txt"),
        "{document:#}"
    );
    assert_eq!(document["line"], 2);
    let document = setting
        .bare()
        .args(["-r", "absent.txt"])
        .output()
        .fails(65, "not-found")
        .json();
    assert_eq!(document["file"], "absent.txt");
}

#[test]
fn one_missing_hash_is_an_error() {
    let setting = Setting::new();
    setting.world.write(
        "requirements.txt",
        format!("{}\nother==2.0\n", demo().pin().trim_end()),
    );
    let document = setting.fetch().output().fails(65, "missing-hash").json();
    assert_eq!(document["line"], demo().pin().trim_end().lines().count() + 1);
}

#[test]
fn an_unknown_package_and_an_unknown_version_are_told_apart() {
    let setting = Setting::with(&[other()]);
    let never = Wheel::new("never", "1.0");
    setting.lock(&[other(), never]);
    let document = setting.fetch().output().fails(65, "unknown-package").json();
    assert!(document["message"].as_str().unwrap().contains("never"));
    assert!(
        document["message"]
            .as_str()
            .unwrap()
            .contains(&setting.index.url())
    );
    assert_eq!(document["file"], "requirements.txt");
    setting.lock(&[Wheel::new("other", "9.0")]);
    setting.fetch().output().fails(65, "no-version");
}

#[test]
fn bytes_that_are_no_longer_those_locked_are_refused() {
    let setting = Setting::with(&[other()]);
    setting.publish(&other().file("more.py", "evil"));
    let document = setting.fetch().output().fails(65, "hash-mismatch").json();
    assert!(
        document["message"].as_str().unwrap().contains("other"),
        "{document:#}"
    );
    assert!(setting.names().is_empty());
}

#[test]
fn a_dependency_outside_the_lock_is_named_with_its_chain() {
    let setting = Setting::with(&[demo()]);
    let document = setting.fetch().output().fails(65, "closure").json();
    assert!(
        document["message"]
            .as_str()
            .unwrap()
            .contains("demo needs other>=1"),
        "{document:#}"
    );
    assert!(!setting.world.path("wheels/wheelhouse.json").exists());
    let ran = setting.fetch().args(["--closure", "warn"]).succeed();
    assert!(ran.stderr.contains("demo needs other>=1"), "{}", ran.stderr);
    setting
        .bare()
        .args(["-r", "requirements.txt", "-o", "off", "--closure", "off"])
        .succeed();
}

#[test]
fn needs_that_nobody_can_read_are_a_matter_of_the_closure() {
    let setting =
        Setting::with(&[other().metadata("Requires-Dist: gone (>dev)\nRequires-Python: >=3.6.*\n")]);
    let document = setting.fetch().output().fails(65, "closure").json();
    let message = document["message"].as_str().unwrap();
    assert!(
        message.contains("Requires-Dist: gone (>dev) cannot be read"),
        "{message}"
    );
    let ran = setting.fetch().args(["--closure", "warn"]).succeed();
    assert!(
        ran.stderr.contains("gone (>dev) cannot be read"),
        "{}",
        ran.stderr
    );
}

#[test]
fn without_an_index_the_way_to_set_one_is_told() {
    let setting = Setting::with(&[other()]);
    let python = setting.world.python_without_pip();
    let run = setting.world.run(env!("CARGO_BIN_EXE_pyfetch"));
    let ran = run
        .args(["-r", "requirements.txt", "-o", "wheels", "--python"])
        .arg(python)
        .output();
    let hint = ran.fails(2, "no-index").json()["hint"].to_string();
    assert!(hint.contains("PIP_INDEX_URL"), "{hint}");
}

#[test]
fn the_configuration_is_shown_with_its_origins() {
    let setting = Setting::new();
    setting
        .world
        .write("home/.config/pip/pip.conf", "[global]\ntimeout = 9\n");
    let run = setting
        .bare()
        .arg("--show-config")
        .env("PIP_INDEX_URL", "https://me:secret@index.example.com/simple");
    let text = run.succeed().text();
    assert!(
        text.contains("timeout = 9  # [ROOT]/home/.config/pip/pip.conf:2 [global]"),
        "{text}"
    );
    assert!(
        text.contains("index-url = https://****@index.example.com/simple  # PIP_INDEX_URL"),
        "{text}"
    );
}

/// A file at an address is what others need, as with pip.
#[test]
fn an_address_stands_in_for_its_project() {
    let given = Wheel::new("other", "1.5");
    let setting = Setting::with(&[demo(), other(), given.clone()]);
    let address = setting.index.file_url(&given.file_name());
    let line = format!("other @ {address}#sha256={}\n", given.sha256());
    setting.world.write("requirements.txt", line.clone() + "demo\n");
    let pip = [
        "-m",
        "pip",
        "download",
        "-q",
        "-d",
        "taken",
        "-r",
        "requirements.txt",
    ];
    let pip = setting.world.run(kit::PYTHON).args(pip);
    pip.args(["-i", &setting.index.url()]).succeed();
    assert_eq!(setting.fetch().succeed().json()["locked"], false);
    let wheels = setting.names().into_iter().filter(|name| name.ends_with(".whl"));
    assert_eq!(
        wheels.collect::<Vec<_>>(),
        crate::names(&setting.world.path("taken"))
    );

    // Whether it is what they need is seen in the end.
    setting.publish(&Wheel::new("demo", "2.0").requires("other>=2"));
    setting.fetch().arg("--prune").output().fails(65, "closure");
    // What is asked for beside it has to be the same file.
    setting.world.write("requirements.txt", line + "other>=1\n");
    setting.fetch().output().fails(65, "conflict");
}

#[test]
fn input_that_is_no_lock_is_resolved_and_said_so() {
    let setting = Setting::with(&[demo(), other(), Wheel::new("other", "1.5")]);
    setting.world.write("requirements.txt", "demo\n-c limits.txt\n");
    setting.world.write("limits.txt", "other<2\n");
    let ran = setting.fetch().succeed();
    let document = ran.json();
    assert_eq!(document["locked"], false);
    assert!(ran.stderr.contains("not locked"), "{}", ran.stderr);
    let names: Vec<&str> = document["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["demo-1.0-py3-none-any.whl", "other-1.5-py3-none-any.whl"]);
    let emitted = setting.world.read("wheels/requirements.txt");
    assert!(
        emitted.contains("demo==1.0") && emitted.contains(&demo().sha256()),
        "{emitted}"
    );

    setting
        .fetch()
        .arg("--require-hashes")
        .output()
        .fails(65, "missing-hash");
    setting
        .fetch()
        .env("PIP_REQUIRE_HASHES", "1")
        .output()
        .fails(65, "missing-hash");
    setting.fetch().arg("--no-deps").output().fails(2, "usage");
    setting.world.write("requirements.txt", "demo==1.0\n");
    let document = setting
        .bare()
        .args(["-r", "requirements.txt", "-o", "alone", "--no-deps"])
        .succeed()
        .json();
    assert_eq!(document["files"].as_array().unwrap().len(), 1);
    setting.world.write("requirements.txt", "demo\nother<1\n");
    let document = setting.fetch().output().expect(65).json();
    assert!(
        document["message"].as_str().unwrap().contains("other"),
        "{document:#}"
    );
}

#[test]
fn constraints_bind_what_is_asked_for() {
    let setting = Setting::with(&[demo(), other()]);
    setting.publish(&Wheel::new("other", "1.5"));
    setting.world.write("limits.txt", "other<2\nunknown==1\n");
    setting.world.write("loose.txt", "demo\n");
    let loose = setting
        .bare()
        .args(["-r", "loose.txt", "-c", "limits.txt", "-o", "loose"]);
    let files = loose.succeed().json()["files"].to_string();
    assert!(
        files.contains("other-1.5") && !files.contains("other-2.0"),
        "{files}"
    );
    let document = setting
        .fetch()
        .args(["-c", "limits.txt"])
        .output()
        .fails(65, "conflict")
        .json();
    assert_eq!(document["file"], "requirements.txt");
    setting
        .world
        .write("limits.txt", "other>=2\nother<1; sys_platform == 'win32'\n");
    setting.fetch().args(["-c", "limits.txt"]).succeed();
}

#[test]
fn a_target_may_be_what_an_interpreter_said_of_itself() {
    let setting = Setting::with(&[demo(), other()]);
    let probe = setting
        .world
        .run(kit::PYTHON)
        .args(["-I", "-S", "-c", python::PROBE])
        .succeed();
    setting.world.write("prod.json", probe.stdout);
    let ran = setting.fetch_for("prod.json").arg("-v").succeed();
    let target = ran.json()["targets"][0]["name"].as_str().unwrap().to_owned();
    assert!(target.starts_with("cp3"), "{target}");
    let why = format!(
        "{} is the best file of the lock for {target}",
        other().file_name()
    );
    assert!(ran.stderr.contains(&why), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("from {}", setting.index.url())),
        "{}",
        ran.stderr
    );
}
