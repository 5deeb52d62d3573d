//! Where builds take from: the index, a lock, the wheelhouse, a repository, an earlier build.

use crate::Setting;
use crate::building::{BACKEND, NAME, sdist_that_needs};
use kit::wheel::Wheel;
use serde_json::Value;

/// A helper that a backend needs, in a version of its own.
fn helper(version: &str) -> Wheel {
    Wheel::new("helper", version).file("helper.py", format!("version = '{version}'\n"))
}

/// A source distribution whose wheel says which helper built it.
fn telling() -> Vec<u8> {
    let says = BACKEND.replace("x = 1", "made_with = '%s'").replace(
        "\\n\")\n        info",
        "\\n\" % __import__('helper').version)\n        info",
    );
    assert_ne!(says, BACKEND);
    sdist_that_needs("'helper>=1'", &says)
}

/// An index with both helpers and what needs one of them.
fn setting() -> Setting {
    let setting = Setting::new();
    [helper("1.0"), helper("2.0")]
        .iter()
        .for_each(|wheel| setting.publish(wheel));
    setting.index.add(NAME, telling());
    setting.world.write(
        "requirements.txt",
        format!("made==1.0 --hash=sha256:{}\n", kit::sha256(&telling())),
    );
    setting
}

fn made(document: &Value) -> &Value {
    let files = document["files"].as_array().unwrap();
    files.iter().find(|file| file["project"] == "made").unwrap()
}

fn run_of<'a>(document: &'a Value, what: &str) -> Vec<&'a str> {
    document["run"].get(what).map(crate::strings).unwrap_or_default()
}

#[test]
fn a_second_lock_brings_the_build_requirements_into_the_wheelhouse() {
    let setting = setting();
    setting.world.write("build-requirements.txt", helper("1.0").pin());
    let both = || setting.fetch().args(["-r", "build-requirements.txt"]);
    let document = both().succeed().json();
    let expected = [
        "helper-1.0-py3-none-any.whl",
        "made-1.0-py3-none-any.whl",
        "requirements.txt",
        "wheelhouse.json",
    ];
    assert_eq!(setting.names(), expected);
    let first = made(&document)["hash"].clone();
    // Prune keeps them, and the index was not asked for another one.
    assert_eq!(
        run_of(&both().arg("--prune").succeed().json(), "removed"),
        [""; 0]
    );
    assert_eq!(setting.index.count(&helper("2.0").file_name()), 0);

    // Another build requirement makes another wheel.
    setting.world.write("build-requirements.txt", helper("2.0").pin());
    let document = both().succeed().json();
    assert_eq!(run_of(&document, "built"), ["made-1.0-py3-none-any.whl"]);
    assert_ne!(made(&document)["hash"], first);
    assert_eq!(run_of(&both().succeed().json(), "built"), [""; 0]);
}

#[test]
fn what_was_built_once_is_not_built_again_for_another_folder() {
    let setting = setting();
    let to = |folder: &str, more: &[&str]| {
        let run = setting.bare().args(["-r", "requirements.txt", "-o", folder]);
        run.args(more).succeed().json()
    };
    let first = to("one", &[]);
    assert_eq!(run_of(&first, "built"), ["made-1.0-py3-none-any.whl"]);
    setting.index.forget();
    let second = to("two", &[]);
    assert_eq!(run_of(&second, "built"), [""; 0]);
    assert_eq!(run_of(&second, "reused"), ["made-1.0-py3-none-any.whl"]);
    assert_eq!(made(&second), made(&first));
    assert_eq!(
        setting.index.count("/files/"),
        0,
        "the source distribution is not even fetched"
    );
    // Other build requirements, another wheel; and a damaged one is no wheel.
    setting.world.write("build.txt", helper("1.0").pin());
    let locked = to("three", &["--build-lock", "build.txt"]);
    assert_eq!(run_of(&locked, "built").len(), 1);
    assert_ne!(made(&locked)["hash"], made(&first)["hash"]);
    assert!(made(&locked)["built"]["build_lock"].is_string());
    let store = setting.world.path("home/.cache/pydeploy/built");
    for entry in fs_err::read_dir(store).unwrap() {
        fs_err::write(entry.unwrap().path().join("made-1.0-py3-none-any.whl"), "damaged").unwrap();
    }
    assert_eq!(run_of(&to("four", &[]), "built").len(), 1);
    assert_eq!(run_of(&to("five", &["--no-cache"]), "built").len(), 1);
    assert_eq!(run_of(&to("six", &["--check-reproducible"]), "built").len(), 1);
}

/// A repository with the project of the tests, and the commit.
fn repository(setting: &Setting) -> String {
    let files = setting.world.folder("repository");
    let pyproject = "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['tools']\n";
    setting.world.write("repository/src/pyproject.toml", pyproject);
    setting.world.write("repository/src/tools/own.py", BACKEND);
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=me", "-c", "user.email=me@example.com"];
        let run = setting.world.run("git").arg("-C").arg(&files).args(identity);
        run.args(arguments).succeed().text()
    };
    git(&["init", "--quiet", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "All"]);
    let commit = git(&["rev-parse", "HEAD"]).trim().to_owned();
    // The branch goes on; the lock does not.
    setting.world.write(
        "repository/src/tools/own.py",
        "raise SystemExit('a later commit')\n",
    );
    git(&["commit", "--quiet", "-a", "-m", "Later"]);
    commit
}

#[test]
fn a_commit_is_built_and_a_branch_is_refused() {
    let setting = Setting::with(&[crate::other()]);
    let commit = repository(&setting);
    let address = format!("git+file://{}", setting.world.path("repository").display());
    let line = format!("made @ {address}@{commit}#subdirectory=src\n");
    let lock = format!("{line}{}\n", crate::other().pin());
    setting.world.write("requirements.txt", &lock);
    let document = setting.fetch().succeed().json();
    assert_eq!(document["locked"], true);
    let built = &made(&document)["built"];
    assert_eq!(built["hash"], format!("git:{commit}#src"));
    assert_eq!(made(&document)["version"], "1.0");
    let emitted = setting.world.read("wheels/requirements.txt");
    let hash = made(&document)["hash"].as_str().unwrap();
    assert!(
        emitted.contains("made==1.0") && emitted.contains(hash),
        "{emitted}"
    );
    setting.fetch().arg("--check").succeed();
    let again = setting.fetch().succeed().json();
    assert_eq!(
        (run_of(&again, "built").len(), again["run"]["kept"].as_u64()),
        (0, Some(2))
    );
    // Its own document is a lock again.
    let second = setting
        .bare()
        .args(["-r", "-", "-o", "second"])
        .stdin(document.to_string());
    assert_eq!(run_of(&second.succeed().json(), "reused").len(), 1);

    let pip = setting
        .world
        .run(kit::PYTHON)
        .args(["-m", "pip", "install", "--no-index", "--quiet"]);
    let pip = pip.args(["--find-links", "wheels", "--require-hashes", "--target", "site"]);
    pip.args(["-r", "wheels/requirements.txt"])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .succeed();

    for moving in [
        format!("made @ {address}@main"),
        format!("made @ {address}"),
        format!("-e {address}@{commit}#egg=made"),
    ] {
        setting.world.write("requirements.txt", &moving);
        let refused = setting.fetch().output().fails(65, "unsupported").json();
        assert!(
            refused["hint"].as_str().unwrap().contains("checkout"),
            "{refused:#}"
        );
        assert_eq!(refused["line"], 1);
    }
    let absent = line.replace(&commit, &"0".repeat(40));
    setting.world.write("requirements.txt", absent);
    setting.fetch().output().fails(75, "network");
    setting
        .world
        .write("requirements.txt", line.replace("=src", "=../.."));
    setting.fetch().output().fails(65, "unsupported");
}

#[test]
fn where_nothing_can_be_built_a_source_distribution_is_kept_on_demand() {
    let setting = setting();
    let foreign = || {
        let run = setting.world.run(env!("CARGO_BIN_EXE_pyfetch"));
        let run = run.env("PIP_INDEX_URL", setting.index.url());
        run.args([
            "-r",
            "requirements.txt",
            "-o",
            "wheels",
            "--target",
            "cp312-win_amd64",
        ])
    };
    foreign().output().fails(65, "no-wheel");
    let ran = foreign().arg("--keep-sdist").succeed();
    assert!(
        ran.stderr.contains(NAME) && ran.stderr.contains("cp312-win_amd64"),
        "{}",
        ran.stderr
    );
    assert_eq!(setting.names(), [NAME, "requirements.txt", "wheelhouse.json"]);
    assert!(
        setting
            .world
            .read("wheels/requirements.txt")
            .contains(&kit::sha256(&telling()))
    );
}
