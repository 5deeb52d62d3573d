//! What is installed beyond the lock, and what is refused of it.

use kit::wheel::Wheel;
use kit::{Run, World};

use crate::{demo, make, nothing_left, tool, world};

#[test]
fn pth_files_are_listed_denied_or_allowed_by_name() {
    let hook = Wheel::new("hook", "1")
        .file("hook.pth", "import os\n")
        .file("hook/inner.pth", "");
    let world = world(&[demo(), hook]);
    let pth = |rules: &[&str]| {
        rules
            .iter()
            .fold(make(&world), |run, rule| run.args(["--pth", rule]))
    };
    let document = pth(&["deny"]).output().fails(65, "unsupported").json();
    let message = document["message"].as_str().unwrap();
    assert!(
        message.contains("hook-1-py3-none-any.whl brings hook.pth"),
        "{message}"
    );
    nothing_left(&world);
    pth(&["allow=other.pth"]).output().fails(65, "unsupported");
    nothing_left(&world);
    for rules in [
        &["allow"][..],
        &["allow=hook.pth"],
        &["deny", "allow=hook.pth"],
        &[],
    ] {
        assert_eq!(
            pth(rules).succeed().json()["pth"],
            serde_json::json!(["hook.pth"])
        );
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    let ran = make(&world).args(["--pth", "perhaps"]).output();
    assert_eq!(ran.status, 2);
}

/// Puts a real wheel that Debian has for its own environments into the folder of wheels.
fn debian_wheel(world: &World, project: &str) -> String {
    let mut names = fs_err::read_dir("/usr/share/python-wheels").unwrap();
    let found = names.find_map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        name.starts_with(&format!("{project}-"))
            .then(|| (name, entry.path()))
    });
    let (name, path) = found.unwrap_or_else(|| panic!("no {project} with python3-venv"));
    world.write(format!("wheels/{name}"), fs_err::read(path).unwrap());
    name
}

#[test]
fn pip_comes_from_the_folder_of_wheels() {
    let world = world(&[demo()]);
    make(&world).arg("--with-pip").output().fails(65, "no-wheel");
    nothing_left(&world);
    let name = debian_wheel(&world, "pip");
    let report = make(&world).arg("--with-pip").succeed().json();
    assert_eq!(report["packages"][1]["wheel"], name.as_str());
    let said = world
        .run(world.path("venv/bin/pip"))
        .args(["list", "--format", "freeze"])
        .succeed();
    assert!(said.text().contains("demo==1.0\npip=="), "{}", said.text());
    // The lock of the environment names it from then on.
    let lock = tool(&world).args(["--freeze", "venv"]).succeed().text();
    world.write("requirements.txt", &lock);
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let again = make(&world).arg("--with-pip").succeed().json();
    assert_eq!(again["tree"], report["tree"]);
}

#[test]
fn of_several_pips_the_newest_for_this_interpreter_is_taken() {
    let world = world(&[demo()]);
    for (version, python) in [("30", ">=3.99"), ("29", ">=3.8"), ("28", ">=3.8")] {
        let pip = Wheel::new("pip", version).metadata(&format!("Requires-Python: {python}"));
        let pip = pip.file("pip.py", "");
        world.write(format!("wheels/{}", pip.file_name()), pip.bytes());
    }
    let report = make(&world).arg("--with-pip").succeed().json();
    assert_eq!(report["packages"][1]["version"], "29");
}

/// A project whose backend is in the project itself, and tries the network.
fn project(world: &World) {
    world.write(
        "app/pyproject.toml",
        "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['.']\n",
    );
    world.write(
        "app/own.py",
        r#"
import base64, hashlib, os, socket, zipfile

def build_wheel(into, settings=None, metadata=None):
    try:
        socket.create_connection(("127.0.0.1", 1), 1)
    except OSError as error:
        seen = str(error.errno)
    files = {
        "app.py": "network = %r\ndef main(): print('app')\n" % seen,
        "app-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: app\nVersion: 1\nRequires-Dist: demo\n",
        "app-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "app-1.dist-info/entry_points.txt": "[console_scripts]\napp = app:main\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += "%s,sha256=%s,%d\n" % (path, digest, len(text))
    files["app-1.dist-info/RECORD"] = record + "app-1.dist-info/RECORD,,\n"
    open("left-behind", "w").close()
    with zipfile.ZipFile(os.path.join(into, "app-1-py3-none-any.whl"), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return "app-1-py3-none-any.whl"
"#,
    );
}

fn with_source(world: &World) -> Run {
    make(world).args(["--source", "app"])
}

#[test]
fn a_project_of_ones_own_is_built_and_installed() {
    let world = world(&[demo()]);
    project(&world);
    let report = with_source(&world).succeed().json();
    assert_eq!(report["packages"][0]["name"], "app");
    assert_eq!(world.run(world.path("venv/bin/app")).succeed().text(), "app\n");
    // The copy was built, with the network cut: loopback is down (ENETUNREACH).
    assert!(!world.path("app/left-behind").exists());
    let script = "import app; print(app.network)";
    let said = world
        .run(world.path("venv/bin/python"))
        .args(["-c", script])
        .succeed();
    assert_eq!(said.text(), "101\n");
    // It is found where pip looks, and no part of the lock.
    let origin = world.read("venv/lib/python3.11/site-packages/app-1.dist-info/direct_url.json");
    assert!(
        origin.contains("/app\"") && origin.contains("dir_info"),
        "{origin}"
    );
    assert!(
        !tool(&world)
            .args(["--freeze", "venv"])
            .succeed()
            .text()
            .contains("app")
    );
    let run = tool(&world).args(["--verify", "venv", "-r", "requirements.txt"]);
    run.succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    assert_eq!(with_source(&world).succeed().json()["tree"], report["tree"]);
}

#[test]
fn what_a_project_needs_must_be_locked() {
    let world = world(&[Wheel::new("other", "1").file("other.py", "")]);
    project(&world);
    let document = with_source(&world).output().fails(65, "closure").json();
    assert!(
        document["message"].as_str().unwrap().contains("demo"),
        "{document}"
    );
    nothing_left(&world);
}

/// Puts the real setuptools that scripts/bootstrap has fetched into the folder of wheels.
fn setuptools(world: &World) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/build-wheels");
    let mut entries = fs_err::read_dir(folder).expect("scripts/bootstrap fetches it");
    let name = entries.find_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.ends_with(".whl").then_some(name)
    });
    let name = name.expect("a wheel");
    let bytes = fs_err::read(format!("{folder}/{name}")).unwrap();
    world.write(format!("wheels/{name}"), bytes);
    name
}

/// A project with nothing but a `setup.py`, which reads a module beside it and tries the network.
fn project_of_old(world: &World) {
    world.write(
        "app/setup.py",
        r#"
import socket
from setuptools import setup
from about import VERSION

try:
    socket.create_connection(("127.0.0.1", 1), 1)
except OSError as error:
    open("app_network.py", "w").write("errno = %d\n" % error.errno)
setup(
    name="app", version=VERSION, py_modules=["app", "app_network"], install_requires=["demo"],
    entry_points={"console_scripts": ["app = app:main"]},
)
"#,
    );
    world.write("app/about.py", "VERSION = '2'\n");
    world.write(
        "app/app.py",
        "import app_network, demo\n\ndef main():\n    print('app', app_network.errno)\n",
    );
}

#[test]
fn a_project_with_only_a_setup_py_is_built_with_setuptools_of_the_folder() {
    let world = world(&[demo()]);
    project_of_old(&world);
    let document = with_source(&world).output().fails(65, "no-wheel").json();
    assert!(
        document["causes"].to_string().contains("setuptools>=40.8.0"),
        "{document}"
    );
    assert!(
        document["hint"]
            .as_str()
            .unwrap()
            .contains("the folder of wheels"),
        "{document}"
    );
    nothing_left(&world);
    let name = setuptools(&world);
    let ran = with_source(&world).output();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("{name} is in no lock")),
        "{}",
        ran.stderr
    );
    // The network was cut: even loopback is down (ENETUNREACH). The environment has no setuptools, the folder no trace.
    assert_eq!(
        world.run(world.path("venv/bin/app")).succeed().text(),
        "app 101\n"
    );
    let packages = ran.json()["packages"].clone();
    let names: Vec<_> = packages
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["app", "demo"]);
    assert_eq!(packages[0]["version"], "2");
    let left = fs_err::read_dir(world.path("app")).unwrap().count();
    assert_eq!(left, 3, "setup.py, about.py and app.py");
    tool(&world).args(["--verify", "venv"]).succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let again = with_source(&world).succeed().json();
    assert_eq!(again["tree"], ran.json()["tree"]);
}

#[test]
fn what_a_setup_py_asks_for_comes_from_the_folder() {
    let world = world(&[demo()]);
    project_of_old(&world);
    setuptools(&world);
    let text = world.read("app/setup.py");
    let text = text.replace("setup(\n", "setup(\n    setup_requires=['helper>=1'],\n");
    world.write("app/setup.py", text);
    let document = with_source(&world).output().fails(65, "no-wheel").json();
    assert!(document["causes"].to_string().contains("helper>=1"), "{document}");
    nothing_left(&world);
    let helper = Wheel::new("helper", "1").file("helper.py", "");
    world.write(format!("wheels/{}", helper.file_name()), helper.bytes());
    with_source(&world).succeed();
}

#[test]
fn a_folder_that_is_no_project_is_refused() {
    let world = world(&[demo()]);
    setuptools(&world);
    world.write("app/README", "");
    let document = with_source(&world).output().fails(65, "bad-sdist").json();
    assert_eq!(document["message"], "app has neither pyproject.toml nor setup.py");
    nothing_left(&world);
}

#[test]
fn folders_that_are_not_there_are_named() {
    let world = world(&[demo()]);
    for option in ["--path", "--source"] {
        let document = make(&world)
            .args([option, "absent"])
            .output()
            .fails(65, "not-found")
            .json();
        assert_eq!(document["message"], "no folder absent");
        nothing_left(&world);
    }
}

#[test]
fn a_build_lock_is_kept_to() {
    let world = world(&[demo()]);
    project(&world);
    let needs = "[build-system]\nrequires = ['helper']\nbuild-backend = 'own'\nbackend-path = ['.']\n";
    world.write("app/pyproject.toml", needs);
    let helper = Wheel::new("helper", "1").file("helper.py", "");
    world.write(format!("wheels/{}", helper.file_name()), helper.bytes());
    world.write("build.txt", helper.file("more.py", "").pin());
    let locked = || with_source(&world).args(["--build-lock", "build.txt"]);
    locked().output().fails(65, "hash-mismatch");
    nothing_left(&world);
    // One for newer interpreters is passed over.
    let newer = Wheel::new("helper", "2")
        .metadata("Requires-Python: >=3.99")
        .file("helper.py", "");
    world.write(format!("wheels/{}", newer.file_name()), newer.bytes());
    let ran = with_source(&world).succeed();
    assert_eq!(
        ran.stderr
            .matches("helper-1-py3-none-any.whl is in no lock")
            .count(),
        1,
        "{}",
        ran.stderr
    );
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    world.write("build.txt", Wheel::new("helper", "1").file("helper.py", "").pin());
    locked().succeed();
}

#[test]
fn a_backend_that_fails_says_why() {
    let world = world(&[demo()]);
    project(&world);
    world.write(
        "app/own.py",
        "def build_wheel(*_):\n    raise ValueError('no luck')\n",
    );
    let document = with_source(&world).output().fails(65, "build-failed").json();
    assert!(
        document["message"].as_str().unwrap().contains("no luck"),
        "{document}"
    );
    assert!(
        fs_err::read_to_string(document["file"].as_str().unwrap())
            .unwrap()
            .contains("no luck")
    );
    nothing_left(&world);
}
