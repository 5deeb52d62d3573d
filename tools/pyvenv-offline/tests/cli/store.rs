//! The store: what it saves, what it shares, and what becomes of it when it is damaged.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use kit::wheel::Wheel;
use kit::{World, has_root};
use serde_json::Value;

use crate::faults::binary;
use crate::{demo, make, nothing_left, tool, world};

const SITE: &str = "venv/lib/python3.11/site-packages";
const STORE: &str = "home/.cache/pyvenv-offline/1";

fn other() -> Wheel {
    Wheel::new("other", "2")
        .file("other.py", "y = 2\n")
        .executable("other-2.data/scripts/other-run", "#!python\nprint('other')\n")
}

/// Makes the environment, and insists that it works.
#[track_caller]
fn make_again(world: &World) -> Value {
    if world.path("venv").exists() {
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    let report = make(world).succeed().json();
    works(world);
    report
}

#[track_caller]
fn works(world: &World) {
    let said = world.run(world.path("venv/bin/demo")).arg("there").succeed();
    assert_eq!(said.text(), "demo there\n");
    assert_eq!(
        world.run(world.path("venv/bin/other-run")).succeed().text(),
        "other\n"
    );
}

/// The entry of a wheel in the store.
fn entry(world: &World, wheel: &Wheel) -> PathBuf {
    world.path(STORE).join(wheel.sha256())
}

fn set_mode(path: &Path, mode: u32) {
    fs_err::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_warm_run_reads_no_wheel_and_starts_no_interpreter() {
    let world = world(&[demo(), other()]);
    let first = make_again(&world);
    assert_eq!((&first["linked"], &first["unpacked"]), (&0.into(), &2.into()));
    for wheel in [demo(), other()] {
        // Only the names of the files count from now on.
        world.write(format!("wheels/{}", wheel.file_name()), "");
    }
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let run = world
        .run("/usr/bin/strace")
        .args(["-f", "-qq", "-o", "trace", "-e", "trace=execve,openat"]);
    let run = run.arg(binary(&world)).args(["--python", kit::PYTHON]);
    let run = run.args(["-r", "requirements.txt", "-w", "wheels", "venv"]);
    let second = run.succeed().json();
    assert_eq!((&second["linked"], &second["unpacked"]), (&2.into(), &0.into()));
    assert_eq!(first["tree"], second["tree"]);
    assert_eq!(first["files"], second["files"]);
    let trace = world.read("trace");
    assert!(!trace.contains(".whl"), "{trace}");
    assert_eq!(trace.matches("execve(").count(), 1, "{trace}");
    works(&world);
    // Without the store the same tree comes out.
    for wheel in [demo(), other()] {
        world.write(format!("wheels/{}", wheel.file_name()), wheel.bytes());
    }
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let third = make(&world).arg("--no-store").succeed().json();
    assert_eq!((&third["tree"], &third["unpacked"]), (&first["tree"], &2.into()));
}

#[test]
fn what_is_shared_is_read_only() {
    let world = world(&[demo(), other()]);
    make_again(&world);
    let file = world.path(SITE).join("other.py");
    let found = fs_err::metadata(&file).unwrap();
    assert_eq!((found.mode() & 0o777, found.nlink()), (0o444, 2));
    assert_eq!(found.mtime(), 315_532_800);
    let pyc = world.path(SITE).join("__pycache__/other.cpython-311.pyc");
    let found = fs_err::metadata(pyc).unwrap();
    assert_eq!((found.mode() & 0o777, found.nlink()), (0o444, 2));
    let ran = world
        .run("/bin/sh")
        .args(["-c", "echo x >> \"$0\""])
        .arg(&file)
        .output();
    assert_ne!(ran.status, 0);
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "y = 2\n");
    // pip can remove what it cannot write to.
    let pip = [
        "-m",
        "pip",
        "--python",
        "venv/bin/python",
        "uninstall",
        "--yes",
        "other",
    ];
    world.run(kit::PYTHON).args(pip).succeed();
    assert!(!file.exists());
}

#[test]
fn link_modes() {
    let world = world(&[demo(), other()]);
    make_again(&world);
    let before = fs_err::read_dir(world.path(STORE)).unwrap().count();
    for (mode, links, bits) in [("hardlink", 2, 0o444), ("copy", 1, 0o644)] {
        fs_err::remove_dir_all(world.path("venv")).unwrap();
        let report = make(&world).args(["--link-mode", mode]).succeed().json();
        let found = fs_err::metadata(world.path(SITE).join("other.py")).unwrap();
        assert_eq!((found.nlink(), found.mode() & 0o777), (links, bits), "{mode}");
        assert_eq!(found.mtime(), 315_532_800);
        assert_eq!(report["copied"] == 0, mode == "hardlink", "{report}");
        works(&world);
    }
    // An edit of a copy stays where it is.
    world.write(Path::new(SITE).join("other.py"), "y = 3\n");
    make_again(&world);
    assert_eq!(world.read(Path::new(SITE).join("other.py")), "y = 2\n");
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let ran = make(&world).args(["--link-mode", "reflink"]).output();
    if ran.status == 0 {
        works(&world);
    } else {
        let document = ran.json();
        assert!(
            document["message"]
                .as_str()
                .unwrap()
                .contains("no reflink from the store"),
            "{document}"
        );
        nothing_left(&world);
    }
    assert_eq!(fs_err::read_dir(world.path(STORE)).unwrap().count(), before);
}

#[test]
fn without_a_store_nothing_is_kept() {
    let world = world(&[demo()]);
    make(&world).arg("--no-store").succeed();
    assert!(!world.path("home/.cache/pyvenv-offline").exists());
    let file = fs_err::metadata(world.path(SITE).join("demo/__init__.py")).unwrap();
    assert_eq!((file.nlink(), file.mode() & 0o777), (1, 0o644));
}

#[test]
fn a_home_without_room_is_no_obstacle() {
    let world = world(&[demo()]);
    make(&world).env("HOME", "/proc/nowhere").succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let ran = make(&world).args(["--store", "/proc/nowhere/store"]).output();
    assert!([65, 74].contains(&ran.status), "{}", ran.stderr);
    nothing_left(&world);
}

#[test]
fn different_file_systems_get_copies() {
    let world = world(&[demo(), other()]);
    world.folder("elsewhere");
    let script = format!(
        "mount -t tmpfs none elsewhere && for round in 1 2; do rm -rf venv; \
         \"$0\" --allow-root --store elsewhere/store --python {} -r requirements.txt -w wheels venv || exit; \
         venv/bin/demo there >&2; done",
        kit::PYTHON
    );
    let run = world
        .run("/usr/bin/unshare")
        .args(["--user", "--map-root-user", "--mount"]);
    let ran = run.args(["/bin/sh", "-c", &script]).arg(binary(&world)).succeed();
    let reports = serde_json::Deserializer::from_slice(&ran.stdout)
        .into_iter()
        .map(Result::unwrap);
    let reports: Vec<Value> = reports.collect();
    assert_eq!(
        (&reports[0]["linked"], &reports[1]["linked"]),
        (&0.into(), &2.into())
    );
    assert!(
        reports.iter().all(|report| report["copied"].as_u64() > Some(4)),
        "{reports:?}"
    );
    assert_eq!(ran.stderr.matches("demo there").count(), 2);
}

/// What damages an entry.
type Damage = fn(&Path);

/// Ways to damage the entry of `other`, that can be seen without reading all of it.
const DAMAGES: [(&str, Damage); 13] = [
    ("written to", |entry| {
        let file = entry.join("tree/root/other.py");
        set_mode(&file, 0o644);
        fs_err::write(&file, "y = 9\n").unwrap();
        set_mode(&file, 0o444);
    }),
    ("cut short", |entry| {
        let file = entry.join("tree/root/other.py");
        set_mode(&file, 0o644);
        fs_err::write(&file, "").unwrap();
        set_mode(&file, 0o444);
    }),
    ("gone", |entry| {
        fs_err::remove_file(entry.join("tree/root/other.py")).unwrap();
    }),
    ("writable", |entry| {
        set_mode(&entry.join("tree/root/other.py"), 0o644);
    }),
    ("a link", |entry| {
        let file = entry.join("tree/root/other.py");
        fs_err::remove_file(&file).unwrap();
        fs_err::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
    }),
    ("a script changed", |entry| {
        let file = entry.join("tree/scripts/other-run");
        set_mode(&file, 0o644);
        fs_err::write(&file, "#!python\nevil()").unwrap();
        set_mode(&file, 0o555);
    }),
    ("a folder gone", |entry| {
        fs_err::remove_dir_all(entry.join("tree/root/other-2.dist-info")).unwrap();
    }),
    ("no tree", |entry| {
        fs_err::remove_dir_all(entry.join("tree")).unwrap();
    }),
    ("no manifest", |entry| {
        fs_err::remove_file(entry.join("manifest")).unwrap();
    }),
    ("half a manifest", |entry| {
        let text = fs_err::read(entry.join("manifest")).unwrap();
        set_mode(&entry.join("manifest"), 0o644);
        fs_err::write(entry.join("manifest"), &text[..text.len() / 2]).unwrap();
    }),
    ("a bit of the manifest", |entry| {
        let mut text = fs_err::read(entry.join("manifest")).unwrap();
        *text.last_mut().unwrap() ^= 1;
        let at = text.len() - 3;
        text[at] ^= 4;
        set_mode(&entry.join("manifest"), 0o644);
        fs_err::write(entry.join("manifest"), &text).unwrap();
    }),
    ("no folder", |entry| {
        fs_err::remove_dir_all(entry).unwrap();
        fs_err::write(entry, "").unwrap();
    }),
    ("bytecode gone", |entry| {
        for found in fs_err::read_dir(entry).unwrap() {
            let tree = found.unwrap().path().join("tree/root/__pycache__");
            if tree.exists() {
                fs_err::remove_dir_all(tree).unwrap();
            }
        }
    }),
];

#[test]
fn damage_is_seen_and_mended_from_the_wheel() {
    let world = world(&[demo(), other()]);
    make_again(&world);
    for (what, damage) in DAMAGES {
        damage(&entry(&world, &other()));
        let report = make_again(&world);
        assert_eq!(
            (&report["linked"], &report["unpacked"]),
            (&1.into(), &1.into()),
            "{what}"
        );
        let again = make_again(&world);
        assert_eq!(again["linked"], 2, "{what}");
        tool(&world).arg("--store-verify").succeed();
        tool(&world).args(["--verify", "venv"]).succeed();
    }
    // The wheel is needed for that.
    DAMAGES[2].1(&entry(&world, &other()));
    fs_err::remove_file(world.path("wheels").join(other().file_name())).unwrap();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    make(&world).output().fails(65, "no-wheel");
    nothing_left(&world);
}

#[test]
fn another_owner_is_damage_too() {
    if !has_root() {
        return;
    }
    let world = world(&[demo(), other()]);
    make_again(&world);
    let file = entry(&world, &other()).join("tree/root/other.py");
    std::os::unix::fs::chown(file, Some(0), Some(0)).unwrap();
    assert_eq!(make_again(&world)["unpacked"], 1);
}

/// Changes a file so that only reading it tells.
fn change_unseen(path: &Path) {
    set_mode(path, 0o644);
    let mut content = fs_err::read(path).unwrap();
    content.reverse();
    fs_err::write(path, content).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(315_532_800);
    let file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
    file.file().set_modified(time).unwrap();
    set_mode(path, 0o444);
}

/// The bytecode of `other` in its entry.
fn bytecode(entry: &Path) -> PathBuf {
    let keys = fs_err::read_dir(entry).unwrap().map(|key| key.unwrap().path());
    let mut files = keys.map(|key| key.join("tree/root/__pycache__/other.cpython-311.pyc"));
    files.find(|path| path.exists()).unwrap()
}

#[test]
fn damage_that_cannot_be_seen_is_found_by_reading() {
    let world = world(&[demo(), other()]);
    make_again(&world);
    let file = entry(&world, &other()).join("tree/root/other.py");
    change_unseen(&file);
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let report = make(&world).arg("--paranoid").succeed().json();
    assert_eq!((&report["linked"], &report["unpacked"]), (&1.into(), &1.into()));
    assert_eq!(world.read(Path::new(SITE).join("other.py")), "y = 2\n");
    change_unseen(&file);
    let report = tool(&world).arg("--store-verify").output().expect(1).json();
    assert_eq!(report["damaged"][0]["path"], file.to_str().unwrap(), "{report}");
    assert_eq!(report["wheels"].as_array().unwrap().len(), 1);
    // The environment has the same file: it tells so itself.
    tool(&world).args(["--verify", "venv"]).output().expect(1);
    tool(&world).arg("--store-verify").succeed();
    assert_eq!(make_again(&world)["unpacked"], 1);
    tool(&world).args(["--verify", "venv"]).succeed();
    // So is bytecode: Python would run it.
    let pyc = bytecode(&entry(&world, &other()));
    change_unseen(&pyc);
    let report = tool(&world).arg("--store-verify").output().expect(1).json();
    assert_eq!(report["damaged"][0]["path"], pyc.to_str().unwrap(), "{report}");
    make_again(&world);
    change_unseen(&pyc);
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let report = make(&world).arg("--paranoid").succeed().json();
    assert_eq!((&report["linked"], &report["unpacked"]), (&1.into(), &1.into()));
    // A file that nobody put there is harmless, but told.
    fs_err::write(entry(&world, &demo()).join("tree/root/evil.py"), "").unwrap();
    make_again(&world);
    assert!(!world.path(SITE).join("evil.py").exists());
    let words = tool(&world)
        .args(["--store-verify", "--format", "text"])
        .output()
        .expect(1)
        .text();
    assert!(
        words.contains("evil.py") && words.contains("the manifest does not list it"),
        "{words}"
    );
}

#[test]
fn several_fill_one_store_at_once() {
    let wheels: Vec<Wheel> = (0..8)
        .map(|number| {
            Wheel::new(&format!("package{number}"), "1").file(&format!("p{number}/a.py"), vec![b'#'; 60_000])
        })
        .chain([demo(), other()])
        .collect();
    let world = world(&wheels);
    let run = |number: usize| {
        let destination = format!("env{number}");
        tool(&world)
            .args(["-r", "requirements.txt", "-w", "wheels", &destination])
            .spawn()
    };
    let children: Vec<_> = (0..4).map(run).collect();
    let mut trees: Vec<Value> = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        trees.push(report["packages"].clone());
    }
    trees.dedup();
    assert_eq!(trees.len(), 1);
    let report = tool(&world).arg("--store-verify").succeed().json();
    assert_eq!(report["wheels"].as_array().unwrap().len(), 10);
    let names = fs_err::read_dir(world.path(STORE)).unwrap();
    assert_eq!(names.count(), 10, "no leftovers");
    assert_eq!(make_again(&world)["linked"], 10);
}

#[test]
fn it_is_listed_and_pruned() {
    let world = world(&[demo(), other()]);
    make_again(&world);
    let report = tool(&world).arg("--store-list").succeed().json();
    assert_eq!(report["schema"], "store/1");
    let names: Vec<_> = report["wheels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["wheel"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"demo-1.0-py3-none-any.whl") && names.contains(&"other-2-py3-none-any.whl"));
    assert!(
        report["wheels"][0]["bytecode"][0]
            .as_str()
            .unwrap()
            .starts_with("cpython-311-3.11.")
    );
    let words = tool(&world)
        .args(["--store-list", "--format", "text"])
        .succeed()
        .text();
    assert!(
        words.contains(": 2 wheels, ") && words.contains("in use"),
        "{words}"
    );
    // What environments have links to stays.
    let pruned = tool(&world).arg("--store-prune").succeed().json();
    assert_eq!(pruned["wheels"].as_array().unwrap().len(), 2);
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    world.write("requirements.txt", demo().pin());
    make(&world).succeed();
    let pruned = tool(&world).arg("--store-prune").succeed().json();
    assert_eq!(pruned["removed"][0]["wheel"], "other-2-py3-none-any.whl");
    assert_eq!(pruned["wheels"].as_array().unwrap().len(), 1);
    assert!(!entry(&world, &other()).exists());
    tool(&world).args(["--verify", "venv"]).succeed();
}

#[test]
fn a_store_that_others_write_to_is_refused() {
    let world = world(&[demo()]);
    world.folder("shared");
    set_mode(&world.path("shared"), 0o777);
    let ran = make(&world).args(["--store", "shared"]).output();
    ran.fails(77, "not-owner");
    nothing_left(&world);
    world.write("file", "");
    let ran = make(&world).args(["--store", "file"]).output();
    assert_eq!(ran.status, 74, "{}", ran.stderr);
}

#[test]
fn what_nobody_vouches_for_is_not_kept() {
    let old = demo().without("RECORD");
    let world = world(&[old]);
    make(&world).args(["--allow-record", "demo"]).succeed();
    assert_eq!(fs_err::read_dir(world.path(STORE)).unwrap().count(), 0);
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    make(&world).output().fails(65, "bad-wheel");
    nothing_left(&world);
}

#[test]
fn a_wheel_of_another_name_is_not_taken_for_it() {
    // One content under two names: the tags in the name decide which interpreter it is for.
    let world = world(&[demo()]);
    make(&world).succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let bytes = demo().bytes();
    fs_err::remove_file(world.path("wheels").join(demo().file_name())).unwrap();
    world.write("wheels/demo-1.0-1-py3-none-any.whl", bytes);
    let report = make(&world).succeed().json();
    assert_eq!(report["packages"][0]["wheel"], "demo-1.0-1-py3-none-any.whl");
    assert_eq!(report["unpacked"], 1);
}
