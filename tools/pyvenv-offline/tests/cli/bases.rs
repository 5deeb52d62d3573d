//! Bases: every CPython of this machine for real, newer ones by what they say of themselves.

use std::path::{Path, PathBuf};

use kit::wheel::Wheel;
use kit::{Run, World};
use serde_json::json;

use crate::{demo, nothing_left, world};

/// Finds the interpreters of this machine, one of each minor version: in the search path, and those of pyenv.
fn interpreters() -> Vec<(u32, PathBuf)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| !folder.ends_with("shims"));
    let mut folders: Vec<PathBuf> = folders.collect();
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv"));
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or(home);
    let versions = pyenv.and_then(|root| fs_err::read_dir(root.join("versions")).ok());
    folders.extend(
        versions
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin")),
    );
    let minors = 8..=14;
    let find = |minor: u32| {
        let name = format!("python3.{minor}");
        let mut places = folders.iter().map(|folder| folder.join(&name));
        places.find(|place| place.exists()).map(|place| (minor, place))
    };
    minors.filter_map(find).collect()
}

/// Runs a program as the unprivileged user if that one can reach the interpreter, else as we are.
fn run(world: &World, python: &Path, program: impl AsRef<std::ffi::OsStr>) -> Run {
    let reached = world.run("/usr/bin/test").arg("-x").arg(python).output().status == 0;
    let run = world.run(program).env("PYDEPLOY_ALLOW_ROOT", "1");
    if reached { run } else { run.as_caller() }
}

#[test]
#[expect(clippy::print_stderr, reason = "says aloud what is skipped")]
fn every_base_of_this_machine_gets_a_working_environment() {
    let found = interpreters();
    for minor in (8..=14).filter(|minor| found.iter().all(|(known, _)| known != minor)) {
        eprintln!("no Python 3.{minor} on this machine: SKIPPED");
    }
    assert!(!found.is_empty());
    for (minor, python) in found {
        eprintln!("Python 3.{minor}: {}", python.display());
        try_base(minor, &python);
    }
}

fn try_base(minor: u32, python: &Path) {
    let native = Wheel::new("native", "1")
        .tag(&format!("cp3{minor}-cp3{minor}-linux_x86_64"))
        .platlib();
    let world = world(&[demo(), native.file("native/lib.so", "x")]);
    let ours = || run(&world, python, env!("CARGO_BIN_EXE_pyvenv-offline"));
    let make = || {
        let ours = ours().arg("--python").arg(python);
        ours.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
    };
    let first = make().succeed().json();
    let version = first["python"].as_str().unwrap();
    assert!(version.starts_with(&format!("3.{minor}.")), "{first}");
    assert_eq!(first["compiled"], 1);
    let said = run(&world, python, world.path("venv/bin/demo"))
        .arg("x")
        .succeed();
    assert_eq!(said.text(), "demo x\n", "3.{minor}");
    let site = format!("venv/lib/python3.{minor}/site-packages");
    assert!(world.path(format!("{site}/native/lib.so")).exists());
    python_sees(&world, minor, python);
    let record = world.read(format!("{site}/demo-1.0.dist-info/RECORD"));
    let pyc = format!("__init__.cpython-3{minor}.pyc,,\r\n");
    assert!(record.contains(&pyc), "{record}");
    ours().args(["--verify", "venv"]).succeed();
    // The second one is linked, and equal.
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let second = make().succeed().json();
    let expected = (&2.into(), &first["tree"]);
    assert_eq!((&second["linked"], &second["tree"]), expected, "3.{minor}");
}

/// Insists that Python itself takes the bytecode, and sees what `venv` would have it see.
fn python_sees(world: &World, minor: u32, python: &Path) {
    let site = format!("[ROOT]/venv/lib/python3.{minor}/site-packages");
    let script = "import demo, json, sys, sysconfig; print(json.dumps([sys.prefix, sys.base_prefix != sys.prefix, \
                  sysconfig.get_path('purelib'), demo.__cached__]))";
    let said = run(world, python, world.path("venv/bin/python"));
    let said = said.args(["-v", "-c", script]).succeed();
    let pyc = format!("{site}/demo/__pycache__/__init__.cpython-3{minor}.pyc");
    let expected = json!(["[ROOT]/venv", true, site, pyc]);
    let found: serde_json::Value = serde_json::from_str(&said.text()).unwrap();
    assert_eq!(found, expected);
    assert!(
        said.stderr.contains(&format!("{pyc} matches")),
        "3.{minor}: {}",
        said.stderr
    );
}

#[test]
fn bases_that_are_too_old_are_refused() {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let versions = PathBuf::from(home).join(".pyenv/versions");
    for entry in fs_err::read_dir(versions).into_iter().flatten().flatten() {
        let python = entry.path().join("bin/python");
        let name = entry.file_name().into_string().unwrap();
        if !["2.7.", "3.6.", "3.7."].iter().any(|old| name.starts_with(old)) {
            continue;
        }
        let world = world(&[demo()]);
        let ours = run(&world, &python, env!("CARGO_BIN_EXE_pyvenv-offline"))
            .arg("--python")
            .arg(&python);
        let ran = ours
            .args(["-r", "requirements.txt", "-w", "wheels", "venv"])
            .output();
        ran.fails(65, "unsupported");
        nothing_left(&world);
    }
}

/// An executable that says of itself what an interpreter of another version would; what else it is given to run, the
/// system's Python runs.
fn recorded(world: &World, minor: u32, threading: &str, magic: &str) -> PathBuf {
    let python = world.path(format!("base/bin/python3.{minor}{threading}"));
    let site = format!("lib/python3.{minor}{threading}/site-packages");
    let version = format!("3.{minor}.0");
    let document = json!({
        "schema": "target/1", "implementation": "cp", "version": version,
        "abis": [format!("cp3{minor}{threading}")],
        "markers": {
            "implementation_name": "cpython", "implementation_version": version, "os_name": "posix",
            "platform_machine": "x86_64", "platform_python_implementation": "CPython", "platform_release": "6.1.0",
            "platform_system": "Linux", "platform_version": "#1 SMP", "python_full_version": version,
            "python_version": format!("3.{minor}"), "sys_platform": "linux",
        },
        "system": {"platform": "linux-x86_64", "bits": 64, "glibc": [2, 36], "elf_fits": false},
        "interpreter": {
            "executable": python, "build": format!("{version} (main) [GCC 12.2.0]"), "magic": magic,
            "cache_tag": format!("cpython-3{minor}"), "in_environment": false,
            "scheme": {"purelib": site, "platlib": site, "scripts": "bin", "headers": format!("include/site/python3.{minor}")},
        },
    });
    let script = format!(
        "#!/bin/sh\ncase $* in *target/1*) cat <<'END'\n{document}\nEND\n;; *) exec {} \"$@\";; esac\n",
        kit::PYTHON
    );
    world.program(format!("base/bin/python3.{minor}{threading}"), script)
}

/// Builds that cannot be had here: minor version, threading, magic number.
const BUILDS: [(u32, &str, &str); 3] = [(14, "", "2b0e0d0a"), (13, "t", "f30d0d0a"), (14, "t", "2b0e0d0a")];

/// Makes an environment for such a build.
fn make_for(world: &World, python: &Path) -> Run {
    let ours = world
        .run(env!("CARGO_BIN_EXE_pyvenv-offline"))
        .arg("--python")
        .arg(python);
    ours.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
}

#[test]
fn newer_and_free_threaded_builds_by_what_they_say() {
    for (minor, threading, magic) in BUILDS {
        let native = |abi: &str, content: &str| {
            let wheel = Wheel::new("native", "1").tag(&format!("cp3{minor}-{abi}-manylinux_2_28_x86_64"));
            wheel.platlib().file("native.txt", content)
        };
        let plain = native(&format!("cp3{minor}"), "plain");
        let wheels = [demo(), plain, native(&format!("cp3{minor}t"), "free")];
        let world = world(&wheels);
        let hashes = wheels[1..]
            .iter()
            .map(|wheel| format!(" --hash=sha256:{}", wheel.sha256()));
        let lock = format!("{}native==1{}\n", demo().pin(), hashes.collect::<String>());
        world.write("requirements.txt", lock);
        let python = recorded(&world, minor, threading, magic);
        let report = make_for(&world, &python).succeed().json();
        assert_eq!(
            report["target"],
            format!("cp3.{minor}.0{threading}-manylinux_2_36_x86_64")
        );
        let site = format!("venv/lib/python3.{minor}{threading}/site-packages");
        let expected = if threading.is_empty() { "plain" } else { "free" };
        assert_eq!(world.read(format!("{site}/native.txt")), expected);
        // Both builds of a version keep their bytecode under one name; the store keeps it by what they are.
        let pyc = format!("{site}/demo/__pycache__/__init__.cpython-3{minor}.pyc");
        assert!(world.path(pyc).exists());
        let entry = world.path("home/.cache/pyvenv-offline/1").join(demo().sha256());
        assert!(
            entry
                .join(format!(
                    "cpython-3{minor}-3.{minor}.0-cp3{minor}{threading}-{magic}-checked"
                ))
                .exists()
        );
        let first = format!("#!{}\n", world.path("venv/bin/python").display());
        assert!(world.read("venv/bin/demo").starts_with(&first));
        let names = ["", "3", &format!("3.{minor}"), &format!("3.{minor}{threading}")]
            .map(|end| format!("python{end}"));
        for name in names {
            let link = fs_err::read_link(world.path("venv/bin").join(&name)).unwrap();
            assert!(
                link == python || link == Path::new("python"),
                "{name}: {}",
                link.display()
            );
        }
    }
}

#[test]
fn each_build_has_a_stable_interface_of_its_own() {
    for (minor, threading, magic) in BUILDS {
        for (tag, is_ours) in [
            ("cp39-abi3", threading.is_empty()),
            ("cp313-abi3t", !threading.is_empty()),
        ] {
            let stable = Wheel::new("stable", "1").tag(&format!("{tag}-manylinux2014_x86_64"));
            let world = world(&[stable.file("stable.py", "")]);
            let python = recorded(&world, minor, threading, magic);
            let ran = make_for(&world, &python).output();
            if is_ours {
                ran.expect(0);
            } else {
                ran.fails(65, "no-wheel");
            }
        }
    }
}

#[test]
fn where_machine_code_is_kept_in_lib64_that_is_lib() {
    let native = Wheel::new("native", "1").platlib();
    let world = world(&[
        demo(),
        native.file("native/lib.so", "x").file("native/__init__.py", ""),
    ]);
    // A Python as Fedora and others build it.
    let answer = "import sys; sys.platlibdir = 'lib64'; exec(sys.argv[1])";
    let shim = format!("#!/bin/sh\nexec {} -I -S -c \"{answer}\" \"$4\"\n", kit::PYTHON);
    let python = world.program("base/python3", shim);
    let ours = world
        .run(env!("CARGO_BIN_EXE_pyvenv-offline"))
        .arg("--python")
        .arg(&python);
    ours.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
        .succeed();
    assert_eq!(
        fs_err::read_link(world.path("venv/lib64")).unwrap(),
        Path::new("lib")
    );
    assert!(
        world
            .path("venv/lib/python3.11/site-packages/native/lib.so")
            .exists()
    );
    let said = world
        .run(world.path("venv/bin/python"))
        .args(["-c", "import demo, native"]);
    said.succeed();
}

#[test]
fn what_the_caller_tells_python_is_not_told_to_ours() {
    let world = world(&[demo()]);
    world.write("evil/sitecustomize.py", "raise SystemExit('evil')\n");
    world.write("evil/json.py", "raise SystemExit('evil')\n");
    let ours = crate::make(&world)
        .env("PYTHONHOME", "/no/such/home")
        .env("PYTHONPATH", world.path("evil"));
    let report = ours.succeed().json();
    assert_eq!(report["compiled"], 1);
    world.run(world.path("venv/bin/demo")).succeed();
}

#[test]
fn bases_that_are_missing_shims_or_something_else() {
    let world = world(&[demo()]);
    let make = |python: &Path| {
        let ours = world
            .run(env!("CARGO_BIN_EXE_pyvenv-offline"))
            .arg("--python")
            .arg(python);
        ours.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
    };
    make(Path::new("/no/such/python")).output().fails(65, "not-found");
    make(Path::new("no-such-python")).output().fails(65, "not-found");
    make(Path::new("/bin/true")).output().fails(65, "unsupported");
    make(Path::new("/etc/passwd")).output().fails(74, "no-access");
    nothing_left(&world);
    let shim = world.program(
        "shim/python3",
        format!("#!/bin/sh\nexec {} \"$@\"\n", kit::PYTHON),
    );
    let report = make(&shim).succeed().json();
    let real = Path::new(kit::PYTHON).canonicalize().unwrap();
    assert_eq!(report["base"], real.to_str().unwrap());
    assert_eq!(fs_err::read_link(world.path("venv/bin/python")).unwrap(), real);
    // A link to an interpreter leads to what it is a link to.
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let link = world.path("shim/link");
    fs_err::os::unix::fs::symlink(kit::PYTHON, &link).unwrap();
    assert_eq!(make(&link).succeed().json()["base"], real.to_str().unwrap());
}
