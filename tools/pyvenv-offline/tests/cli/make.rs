//! Environments that are made.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::Path;

use kit::wheel::Wheel;
use kit::{PYTHON, World};

use crate::{demo, make, nothing_left, tool, world};

#[test]
fn an_environment_works_and_is_described() {
    let other = Wheel::new("other", "2")
        .file("other.py", "y = 2\n")
        .file("other.pth", "# nothing\n");
    let world = world(&[demo().requires("other>=1"), other]);
    let report = make(&world).succeed().json();
    assert_eq!(report["schema"], "environment/1");
    assert_eq!(report["path"], world.path("venv").to_str().unwrap());
    assert_eq!(report["packages"][0]["name"], "demo");
    assert_eq!(report["packages"][1]["wheel"], "other-2-py3-none-any.whl");
    assert_eq!(report["pth"][0], "other.pth");
    let said = world
        .run(world.path("venv/bin/demo"))
        .args(["a b", "c"])
        .succeed();
    assert_eq!(said.text(), "demo a b c\n");
    let script = "import demo, other, sys; print(sys.prefix, sys.prefix != sys.base_prefix)";
    let said = world
        .run(world.path("venv/bin/python"))
        .args(["-c", script])
        .succeed();
    assert_eq!(said.text(), "[ROOT]/venv True\n");
}

#[test]
fn pip_finds_it_in_order() {
    let world = world(&[
        demo().requires("other"),
        Wheel::new("other", "2").file("other.py", ""),
    ]);
    make(&world).succeed();
    let python = world.path("venv/bin/python");
    let pip = |args: &[&str]| {
        world
            .run(PYTHON)
            .args(["-m", "pip", "--python"])
            .arg(&python)
            .args(args)
            .succeed()
            .text()
    };
    assert_eq!(pip(&["check"]), "No broken requirements found.\n");
    assert_eq!(pip(&["list", "--format", "freeze"]), "demo==1.0\nother==2\n");
    pip(&["uninstall", "--yes", "demo"]);
    assert!(!world.path("venv/bin/demo").exists());
    assert!(!world.path("venv/lib/python3.11/site-packages/demo").exists());
}

#[test]
fn a_terminal_gets_words() {
    let world = world(&[demo()]);
    let said = make(&world).args(["--format", "text"]).succeed();
    let text = said.text();
    assert!(text.starts_with("[ROOT]/venv: Python 3."), "{text}");
    assert!(text.contains("\n1 package, "), "{text}");
}

#[test]
fn options_change_the_layout() {
    let world = world(&[demo()]);
    make(&world)
        .args(["--no-activate", "--prompt", "mine", "--system-site-packages"])
        .succeed();
    assert!(!world.path("venv/bin/activate").exists());
    let text = world.read("venv/pyvenv.cfg");
    assert!(text.contains("include-system-site-packages = true\n"), "{text}");
    assert!(text.contains("prompt = mine\n"), "{text}");
}

#[test]
fn odd_paths_work() {
    let long = "x".repeat(200);
    let names = [
        "with blanks".into(),
        "it's".into(),
        long.into(),
        OsString::from_vec(b"caf\xe9".to_vec()),
    ];
    for name in names {
        let world = world(&[demo()]);
        tool(&world)
            .args(["-r", "requirements.txt", "-w", "wheels"])
            .arg(&name)
            .succeed();
        let said = world
            .run(world.path(&name).join("bin/demo"))
            .arg("there")
            .succeed();
        assert_eq!(said.text(), "demo there\n", "{}", name.display());
    }
}

#[test]
fn paths_that_are_relative_or_odd_lead_to_the_right_place() {
    let world = world(&[demo()]);
    world.folder("below");
    let run = tool(&world)
        .cwd("below")
        .args(["-r", "../requirements.txt", "-w", "../wheels"]);
    let report = run.arg("../below/./venv").succeed().json();
    assert_eq!(report["path"], world.path("below/venv").to_str().unwrap());
    world.run(world.path("below/venv/bin/demo")).succeed();
    let run = tool(&world).args(["-r", "requirements.txt", "-w", "wheels", "./other//"]);
    let path = world.path("other");
    assert_eq!(run.succeed().json()["path"], path.to_str().unwrap());
    let activate = world.read("other/bin/activate");
    assert!(
        activate.contains(&format!("VIRTUAL_ENV='{}'\n", path.display())),
        "{activate}"
    );
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    for umask in ["000", "022", "077"] {
        let world = world(&[demo().executable("demo/tool", "#!/bin/sh\n")]);
        let binary = env!("CARGO_BIN_EXE_pyvenv-offline");
        let line = format!("umask {umask}; exec \"$0\" --python {PYTHON} -r requirements.txt -w wheels venv");
        // The binary goes through `run` once, so that it is where everybody reaches it.
        world.run(binary).arg("--version").succeed();
        let copy = world.path("bin/pyvenv-offline");
        let program = if copy.exists() { copy } else { binary.into() };
        world.run("/bin/sh").args(["-c", &line]).arg(program).succeed();
        let mode = |path: &Path| fs_err::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        for entry in walk(&world.path("venv"))
            .into_iter()
            .filter(|path| !path.is_symlink())
        {
            let executable = entry.is_dir() || entry.ends_with("bin/demo") || entry.ends_with("demo/tool");
            let expected = if executable { 0o755 } else { 0o644 };
            // What is shared with the store is read-only.
            let shared = !entry.is_dir() && fs_err::metadata(&entry).unwrap().nlink() > 1;
            let expected = if shared { expected & 0o555 } else { expected };
            assert_eq!(mode(&entry), expected, "umask {umask}: {}", entry.display());
        }
    }
}

#[test]
fn two_runs_give_equal_trees() {
    let world = world(&[
        demo(),
        Wheel::new("other", "2")
            .file("other.py", "")
            .file("a/b/c.txt", "c"),
    ]);
    let first = make(&world).succeed().json();
    fs_err::rename(world.path("venv"), world.path("first")).unwrap();
    let second = make(&world)
        .env("SOURCE_DATE_EPOCH", "1000000000")
        .succeed()
        .json();
    assert_eq!((&first["linked"], &second["linked"]), (&0.into(), &2.into()));
    assert_eq!(first["tree"], second["tree"]);
    assert!(first["tree"].as_str().unwrap().starts_with("sha256:"));
    world
        .run("diff")
        .args(["-r", "--no-dereference", "first", "venv"])
        .succeed();
    let seconds = |path: &str| fs_err::metadata(world.path(path)).unwrap().mtime();
    // What wheels bring has one time always, what is made has the one asked for.
    assert_eq!(seconds("venv/lib/python3.11/site-packages/other.py"), 315_532_800);
    for made in ["bin/demo", "bin/activate", "pyvenv.cfg", "requirements.lock"] {
        assert_eq!(seconds(&format!("venv/{made}")), 1_000_000_000, "{made}");
    }
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    world.write("requirements.txt", demo().pin());
    assert_ne!(make(&world).succeed().json()["tree"], first["tree"]);
}

#[test]
fn own_code_is_found_where_it_is() {
    let world = world(&[demo()]);
    world.write("site/mine.py", "import demo\nprint('mine')\n");
    make(&world).args(["--path", "site"]).succeed();
    let said = world
        .run(world.path("venv/bin/python"))
        .args(["-m", "mine"])
        .succeed();
    assert_eq!(said.text(), "mine\n");
    tool(&world).args(["--verify", "venv"]).succeed();
    let run = tool(&world).args([
        "-r",
        "requirements.txt",
        "-w",
        "wheels",
        "--path",
        "requirements.txt",
        "v2",
    ]);
    run.output().fails(65, "unsupported");
}

#[test]
fn own_code_is_compiled_where_it_is() {
    let world = world(&[demo()]);
    world.write("site/app/__init__.py", "x = 1\n");
    world.write("site/app/broken.py", "def (:\n");
    world.write("site/old.py", "x = 2\n");
    world.write("site/__pycache__/old.cpython-311.pyc", "as it was");
    world.write("site/.git/hook.py", "x = 3\n");
    world.write("site/env/pyvenv.cfg", "");
    world.write("site/env/lib/mod.py", "x = 4\n");
    let within = || {
        let ours = tool(&world).args(["-r", "requirements.txt", "-w", "wheels", "--path", "site"]);
        ours.arg("site/venv")
    };
    within().args(["--pyc", "none"]).succeed();
    assert!(!world.path("site/app/__pycache__").exists());
    fs_err::remove_dir_all(world.path("site/venv")).unwrap();
    within().succeed();
    let pyc = world.path("site/app/__pycache__/__init__.cpython-311.pyc");
    assert_eq!(fs_err::read(&pyc).unwrap()[4], 3, "compared by hash");
    let said = world
        .run(world.path("site/venv/bin/python"))
        .args(["-v", "-c", "import app"]);
    let said = said.succeed();
    let expected = "[ROOT]/site/app/__pycache__/__init__.cpython-311.pyc matches";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    assert_eq!(world.read("site/__pycache__/old.cpython-311.pyc"), "as it was");
    for absent in ["site/.git/__pycache__", "site/env/lib/__pycache__"] {
        assert!(!world.path(absent).exists(), "{absent}");
    }
    let left = walk(&world.path("site"))
        .into_iter()
        .filter(|path| path.to_string_lossy().contains(".tmp-"));
    assert_eq!(left.count(), 0);
    // Where it cannot be written to, that is no failure.
    fs_err::remove_dir_all(world.path("site/app/__pycache__")).unwrap();
    for folder in ["site", "site/app"] {
        fs_err::set_permissions(world.path(folder), PermissionsExt::from_mode(0o555)).unwrap();
    }
    let ran = make(&world).args(["-v", "--path", "site"]).succeed();
    assert!(ran.stderr.contains("site is not compiled: "), "{}", ran.stderr);
    for folder in ["site", "site/app"] {
        fs_err::set_permissions(world.path(folder), PermissionsExt::from_mode(0o755)).unwrap();
    }
}

#[test]
fn bytecode_is_made_and_used() {
    let broken = Wheel::new("broken", "1")
        .file("broken.py", "def (:\n")
        .file("fine.py", "x = 1\n");
    let world = world(&[demo(), broken]);
    let site = "venv/lib/python3.11/site-packages";
    let pyc = format!("{site}/demo/__pycache__/__init__.cpython-311.pyc");
    // The flags behind the magic number (PEP 552): by hash and checked, by hash alone, by time.
    for (what, flags) in [("checked", 3), ("unchecked", 1), ("timestamp", 0)] {
        let ran = make(&world).args(["-v", "--pyc", what]).succeed();
        assert_eq!(ran.json()["compiled"], 2);
        assert!(
            ran.stderr.contains("broken.py cannot be compiled: "),
            "{}",
            ran.stderr
        );
        assert_eq!(fs_err::read(world.path(&pyc)).unwrap()[4], flags, "{what}");
        let script = "import demo, sys; print(demo.__cached__ is not None, demo.main.__code__.co_filename)";
        let ran = world
            .run(world.path("venv/bin/python"))
            .args(["-v", "-c", script])
            .succeed();
        assert!(
            ran.stderr.contains("code object from '[ROOT]/venv/"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.text().ends_with(&format!("[ROOT]/{site}/demo/__init__.py\n")),
            "{}",
            ran.text()
        );
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    make(&world).args(["--pyc", "none"]).succeed();
    assert!(!world.path(&pyc).exists());
}

#[test]
fn bytecode_that_a_wheel_brings_stays() {
    let pyc = "lib/python3.11/site-packages/__pycache__/shared.cpython-311.pyc";
    let module = |name: &str| Wheel::new(name, "1").file("shared.py", "x = 1\n");
    let world = world(&[
        demo(),
        module("one"),
        module("two").file("__pycache__/shared.cpython-311.pyc", "its own"),
    ]);
    let mut trees = Vec::new();
    for options in [&["--no-store"][..], &[], &[]] {
        let report = make(&world).args(options).succeed().json();
        assert_eq!(world.read(format!("venv/{pyc}")), "its own", "{options:?}");
        tool(&world).args(["--verify", "venv"]).succeed();
        trees.push(report["tree"].clone());
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    assert!(trees.iter().all(|tree| *tree == trees[0]), "{trees:?}");
}

#[test]
fn a_wheelhouse_may_be_read_only() {
    let world = world(&[demo()]);
    fs_err::set_permissions(world.path("wheels"), PermissionsExt::from_mode(0o555)).unwrap();
    make(&world).succeed();
}

#[test]
fn the_best_of_several_wheels_is_taken() {
    let tag = "cp311-cp311-manylinux_2_17_x86_64";
    let any = Wheel::new("demo", "1.0").file("which.txt", "any");
    let built = Wheel::new("demo", "1.0").build("2").file("which.txt", "build 2");
    let native = Wheel::new("demo", "1.0")
        .tag(tag)
        .platlib()
        .file("which.txt", "native");
    let foreign = Wheel::new("demo", "1.0")
        .tag("cp311-cp311-win_amd64")
        .file("which.txt", "foreign");
    let all = [&any, &built, &native, &foreign];
    let world = world(&all.map(Wheel::clone));
    let lock = |wheels: &[&Wheel]| {
        let hashes: String = wheels
            .iter()
            .map(|wheel| format!(" --hash=sha256:{}", wheel.sha256()))
            .collect();
        format!("demo==1.0{hashes}\n")
    };
    let cases: [(&[&Wheel], &str); 3] = [(&all, "native"), (&[&any, &built], "build 2"), (&[&any], "any")];
    for (allowed, expected) in cases {
        world.write("requirements.txt", lock(allowed));
        make(&world).succeed();
        assert_eq!(
            world.read("venv/lib/python3.11/site-packages/which.txt"),
            expected
        );
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    world.write("requirements.txt", lock(&[&foreign]));
    make(&world).output().fails(65, "hash-mismatch");
    nothing_left(&world);
}

#[test]
fn packages_of_other_targets_are_left_out() {
    let world = world(&[demo()]);
    let lock = format!(
        "{}windows==1 ; sys_platform == 'win32' --hash=sha256:{}\n",
        demo().pin(),
        "0".repeat(64)
    );
    world.write("requirements.txt", lock);
    let report = make(&world).succeed().json();
    assert_eq!(report["packages"].as_array().unwrap().len(), 1);
}

#[test]
fn an_environment_can_be_the_base_of_another() {
    let world: World = world(&[demo()]);
    make(&world).succeed();
    let python = world.path("venv/bin/python");
    let run = world
        .run(env!("CARGO_BIN_EXE_pyvenv-offline"))
        .arg("--python")
        .arg(python);
    let report = run
        .args(["-r", "requirements.txt", "-w", "wheels", "second"])
        .succeed()
        .json();
    assert_eq!(
        report["base"],
        Path::new(PYTHON).canonicalize().unwrap().to_str().unwrap()
    );
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    world.run(world.path("second/bin/demo")).succeed();
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}
