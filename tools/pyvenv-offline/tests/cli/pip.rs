//! The same wheels installed by pip, compared file by file.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kit::wheel::{Wheel, record_hash};
use kit::zip::Member;
use kit::{PYTHON, World};

use crate::{make, tool, world};

/// What can be compared of a file: its mode and its content.
type Files = BTreeMap<String, (u32, String)>;

fn odd_wheels() -> Vec<Wheel> {
    let everything = Wheel::new("odd_one", "1.0.post1")
        .file("odd_one/__init__.py", "def main():\n    print('odd')\n")
        .file("odd_one/data with blanks.txt", "x")
        .file("odd_one/ünïcode.txt", "x")
        .file("odd_one/comma,quote\".txt", "x")
        .executable("odd_one/tool.sh", "#!/bin/sh\n")
        .file("odd_one-1.0.post1.data/purelib/pure.py", "")
        .file("odd_one-1.0.post1.data/platlib/plat/__init__.py", "")
        .file("odd_one-1.0.post1.data/data/share/odd/data.txt", "data")
        .file("odd_one-1.0.post1.data/data/etc/odd.conf", "conf")
        .executable(
            "odd_one-1.0.post1.data/scripts/odd-python",
            "#!python\nprint('script')\n",
        )
        .executable(
            "odd_one-1.0.post1.data/scripts/odd-shell",
            "#!/bin/sh\necho shell\n",
        )
        .file("odd_one-1.0.post1.dist-info/licenses/LICENSE", "free")
        .dist_info("top_level.txt", "odd_one\n")
        .entry_points(
            "[console_scripts]\nodd = odd_one:main\n[gui_scripts]\nodd-gui = odd_one:main\n[other]\nx = y\n",
        );
    let native = Wheel::new("native", "3")
        .tag("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
        .platlib();
    let native = native
        .file("native/__init__.py", "")
        .executable("native/lib.so", vec![0x7f; 5000]);
    let headers = Wheel::new("headers", "2")
        .file("headers-2.data/headers/sub/h.h", "int x;\n")
        .requires("native");
    let namespace = |name: &str| {
        Wheel::new(name, "1")
            .file("space/__init__.py", "")
            .file(&format!("space/{name}.py"), "")
    };
    vec![everything, native, headers, namespace("one"), namespace("two")]
}

#[test]
fn ours_equals_pips() {
    compare(&["--pyc", "none", "--no-store"], &["--no-compile"], 0o777);
}

#[test]
fn ours_with_store_and_bytecode_equals_pips() {
    // What is shared with the store is read-only; bytecode names itself differently inside.
    compare(&[], &[], 0o111);
}

#[test]
fn a_record_that_pip_takes_is_taken() {
    let of_folders = |name: &str| {
        let folder = Member {
            mode: 0o40_755,
            ..Member::new(&format!("{name}/"), "")
        };
        Wheel::new(name, "1")
            .member(folder)
            .file(&format!("{name}/__init__.py"), "")
    };
    let empty = format!("sha256={},0", record_hash(b""));
    let marked = Wheel::new("marked", "1").file("marked.py", "");
    let marked = marked.tamper("marked-1.dist-info/RECORD", |member| {
        member.data.splice(0..0, *b"\xef\xbb\xbf");
    });
    let wide = Wheel::new("wide", "1").file("wide.py", "");
    let world = world(&[
        of_folders("slashed"),
        of_folders("bare").record_line("bare/", Some(&format!("bare,{empty}"))),
        of_folders("elsewhere").record_line("gone/", Some("gone/,,")),
        marked,
        wide.record_line("wide.py", Some(&format!("wide.py,{empty},more"))),
    ]);
    let told = "warning: wide-1-py3-none-any.whl: RECORD, line 4 has more than three fields";
    let (mut ours, mut theirs, said) = both(&world, &[], &[]);
    assert!(
        said[0].contains(told) && said[1].contains("more than three elements"),
        "{said:?}"
    );
    let records = |files: &mut Files| -> Files {
        files
            .extract_if(.., |path, _| path.ends_with("/RECORD"))
            .collect()
    };
    let (record, _) = (records(&mut ours), records(&mut theirs));
    same(&ours, &theirs, 0o111);
    for (path, (_, text)) in record {
        let vouched =
            |line: &str| line.contains(",sha256=") || line.ends_with(".pyc,,") || line.ends_with("/RECORD,,");
        assert!(
            text.lines().all(vouched) && !text.contains('\u{feff}'),
            "{path}: {text}"
        );
    }
    fs_err::rename(world.path("venv"), world.path("theirs")).unwrap();
    fs_err::rename(world.path("ours"), world.path("venv")).unwrap();
    tool(&world).args(["--verify", "venv"]).succeed();
}

/// Compares what we and pip make of the odd wheels; `bits` are those of the modes that have to be equal.
fn compare(ours: &[&str], theirs: &[&str], bits: u32) {
    let world = world(&odd_wheels());
    let (ours, theirs, _) = both(&world, ours, theirs);
    same(&ours, &theirs, bits);
    let site = "lib/python3.11/site-packages/";
    assert!(theirs.keys().filter(|path| path.starts_with(site)).count() > 30);
    for (command, said) in [
        ("odd", "odd\n"),
        ("odd-python", "script\n"),
        ("odd-shell", "shell\n"),
    ] {
        assert_eq!(run_ours(&world, command), said);
    }
}

/// Makes `ours` and, with pip, `venv`; returns the files of both, and what was said on standard error.
fn both(world: &World, ours: &[&str], theirs: &[&str]) -> (Files, Files, [String; 2]) {
    let made = make(world).args(ours).succeed();
    let said = made.stderr;
    fs_err::rename(world.path("venv"), world.path("ours")).unwrap();
    let made = ["-m", "venv", "--without-pip", "venv"];
    world.run(PYTHON).args(made).succeed();
    let args = [
        "-m",
        "pip",
        "--python",
        "venv/bin/python",
        "install",
        "--quiet",
        "--no-index",
    ];
    let from = [
        "--find-links",
        "wheels",
        "--require-hashes",
        "-r",
        "requirements.txt",
    ];
    let installed = world.run(PYTHON).args(args).args(theirs).args(from).succeed();
    let said = [said, installed.stderr];
    (files(&world.path("ours")), files(&world.path("venv")), said)
}

/// Insists that we installed the same as pip.
fn same(ours: &Files, theirs: &Files, bits: u32) {
    for (path, (mode, content)) in theirs {
        let (our_mode, our_content) = ours.get(path).unwrap_or_else(|| panic!("we lack {path}"));
        if path.starts_with("bin/") && is_python_script(content) {
            assert_eq!(our_content.lines().next(), content.lines().next(), "{path}");
            continue;
        }
        assert_eq!(our_mode & bits, mode & bits, "{path}");
        if path.ends_with(".pyc") {
            continue;
        }
        if path.ends_with("/INSTALLER") {
            assert_eq!(
                (our_content.as_str(), content.as_str()),
                ("pyvenv-offline\n", "pip\n")
            );
        } else if path.ends_with("/RECORD") {
            assert_eq!(comparable(our_content), comparable(content), "{path}");
        } else {
            assert_eq!(our_content, content, "{path}");
        }
    }
    let more: Vec<_> = ours.keys().filter(|path| !theirs.contains_key(*path)).collect();
    assert!(more.is_empty(), "{more:?}");
}

/// Runs a command of our environment, at the path that it was made for.
fn run_ours(world: &World, command: &str) -> String {
    if world.path("ours").exists() {
        fs_err::rename(world.path("venv"), world.path("theirs")).unwrap();
        fs_err::rename(world.path("ours"), world.path("venv")).unwrap();
    }
    world.run(world.path("venv/bin").join(command)).succeed().text()
}

fn is_python_script(content: &str) -> bool {
    content
        .lines()
        .next()
        .is_some_and(|line| line.starts_with("#!") && line.contains("/bin/python"))
}

/// The lines of a RECORD, without the hashes of what is rightly different: INSTALLER and commands.
fn comparable(record: &str) -> Vec<String> {
    assert!(record.ends_with("\r\n"));
    let line = |line: &str| {
        let path = line.split(",sha256=").next().unwrap_or(line).to_owned();
        let differs = path.ends_with("/INSTALLER") || path.contains("../bin/");
        if differs { path } else { line.to_owned() }
    };
    record.split_terminator("\r\n").map(line).collect()
}

/// Lists what an installer may write: all but the layout of the environment.
fn files(root: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let layout = ["activate", "Activate", "python"].iter().any(|start| {
                name.strip_prefix("bin/")
                    .is_some_and(|name| name.starts_with(start))
            });
            if path.is_symlink() || layout || ["pyvenv.cfg", "requirements.lock", "RECORD"].contains(&&*name)
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mode = fs_err::metadata(&path).unwrap().permissions().mode() & 0o777;
            found.insert(
                name,
                (
                    mode,
                    String::from_utf8_lossy(&fs_err::read(&path).unwrap()).into_owned(),
                ),
            );
        }
    }
    found
}
