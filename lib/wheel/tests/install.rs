//! Wheels opened, planned and written, without an interpreter.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kit::wheel::{Wheel as Made, record_hash};
use kit::zip::Member;
use wheel::{Error, Flaw, Options, Order, Part, Plan, Result, Wheel, install, plan};
use wire::target::Scheme;

const SITE: &str = "lib/python3.11/site-packages";

fn scheme() -> Scheme {
    Scheme {
        purelib: SITE.to_owned(),
        platlib: SITE.to_owned(),
        scripts: "bin".to_owned(),
        headers: "include/site/python3.11".to_owned(),
    }
}

/// Wheels written into a folder.
struct House {
    folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl House {
    fn of(wheels: &[Made]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = wheels.iter().map(|wheel| wheel.write_to(folder.path())).collect();
        Self { folder, paths }
    }

    fn open(&self) -> Result<Vec<Wheel>> {
        self.paths.iter().map(|path| Wheel::open(path)).collect()
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("venv")
    }

    /// Opens, plans and writes everything; returns the plan.
    fn install(&self) -> Result<Plan> {
        self.install_with(&[])
    }

    fn install_with(&self, allowed: &[String]) -> Result<Plan> {
        self.install_opened(&self.open()?, allowed)
    }

    fn install_opened(&self, wheels: &[Wheel], allowed: &[String]) -> Result<Plan> {
        let part = |wheel| Part {
            wheel,
            requested: true,
            direct_url: None,
        };
        let parts: Vec<Part> = wheels.iter().map(part).collect();
        let python = self.root().join("bin/python");
        let order = Order {
            parts: &parts,
            scheme: &scheme(),
            python: &python,
            installer: "tests",
            occupied: &["bin/python", "pyvenv.cfg", "lib64"],
            allowed_collisions: allowed,
        };
        let plan = plan(&order)?;
        let options = Options {
            threads: 3,
            link_mode: wheel::LinkMode::Auto,
            modified: Some(1_000_000_000),
            progress: &wire::Silent,
        };
        if !self.root().exists() {
            fs_err::create_dir(self.root()).unwrap();
        }
        install(&plan, &parts, &self.root(), &options)?;
        Ok(plan)
    }

    fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.root().join(path)).unwrap()
    }

    fn mode(&self, path: &str) -> u32 {
        fs_err::metadata(self.root().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    }
}

fn flaw(wheel: Made) -> Flaw {
    match House::of(&[wheel]).install() {
        Err(Error::BadWheel { flaw, .. }) => *flaw,
        other => panic!("expected a flaw, found {other:?}"),
    }
}

fn demo() -> Made {
    Made::new("demo", "1.0").file("demo/__init__.py", "x = 1\n")
}

#[test]
fn everything_goes_to_its_place() {
    let wheel = demo()
        .executable("demo/tool.sh", "#!/bin/sh\n")
        .file("demo-1.0.data/purelib/pure.py", "pure\n")
        .file("demo-1.0.data/platlib/plat.py", "plat\n")
        .file("demo-1.0.data/headers/demo.h", "header\n")
        .file("demo-1.0.data/data/share/man/demo.1", "page\n")
        .file("demo-1.0.data/scripts/run", "#!python -u\nprint(1)\n")
        .file("demo-1.0.data/scripts/plain", "#!/bin/sh\necho 1\n")
        .file("demo/inner.data/scripts/run", "#!python\n")
        .file("a,\"b\".txt", "quoted\n")
        .console_scripts(&["demo = demo.cli:App.main"]);
    let house = House::of(&[wheel]);
    house.install().unwrap();
    for path in [
        "demo/__init__.py",
        "pure.py",
        "plat.py",
        "a,\"b\".txt",
        "demo/inner.data/scripts/run",
        "demo-1.0.dist-info/METADATA",
    ] {
        assert_eq!(house.mode(&format!("{SITE}/{path}")), 0o644, "{path}");
    }
    for path in [
        "bin/run",
        "bin/plain",
        "bin/demo",
        &format!("{SITE}/demo/tool.sh"),
    ] {
        assert_eq!(house.mode(path), 0o755, "{path}");
    }
    assert_eq!(house.read("share/man/demo.1"), "page\n");
    assert_eq!(house.read("include/site/python3.11/demo/demo.h"), "header\n");
    let first = format!("#!{}\n", house.root().join("bin/python").display());
    assert_eq!(house.read("bin/run"), format!("{first}print(1)\n"));
    assert!(house.read("bin/demo").starts_with(&first));
    assert!(house.read("bin/demo").contains("from demo.cli import App\n"));
    let record = house.read(&format!("{SITE}/demo-1.0.dist-info/RECORD"));
    let run = record_hash(house.read("bin/run").as_bytes());
    let expected = format!(
        "../../../bin/run,sha256={run},{}\r\n",
        house.read("bin/run").len()
    );
    assert!(record.contains(&expected), "{record}");
    assert!(record.contains("\"a,\"\"b\"\".txt\",sha256="), "{record}");
    assert!(record.contains("demo-1.0.dist-info/RECORD,,\r\n"), "{record}");
    let files = record.lines().count();
    assert_eq!(files, 17, "{record}");
    let file = fs_err::metadata(house.root().join("bin/demo")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mtime(&file), 1_000_000_000);
}

#[test]
fn what_can_be_executed_is_what_pip_takes_for_it() {
    let member = |name: &str, mode, system| Member {
        mode,
        system,
        ..Member::new(name, "x")
    };
    let members = [
        member("unix", 0o100_744, 3),
        member("dos", 0o100_755, 0),
        member("typeless", 0o755, 3),
    ];
    let house = House::of(&[members.into_iter().fold(demo(), Made::member)]);
    house.install().unwrap();
    let modes = ["unix", "dos", "typeless"].map(|name| house.mode(&format!("{SITE}/{name}")));
    assert_eq!(modes, [0o755, 0o755, 0o644]);
}

#[test]
fn large_members_flow() {
    let large: Vec<u8> = (0..5_000_000u32).flat_map(|at| (at / 7).to_le_bytes()).collect();
    let house = House::of(&[demo().file("large.bin", large.clone())]);
    house.install().unwrap();
    assert!(fs_err::read(house.root().join(SITE).join("large.bin")).unwrap() == large);
    let line = "large.bin,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,";
    let tampered = demo()
        .file("large.bin", large)
        .record_line("large.bin", Some(line));
    assert!(matches!(flaw(tampered), Flaw::RecordHash { .. }));
}

#[test]
fn record_and_wheel_must_agree() {
    let empty = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let init = |rest: &str| demo().record_line("demo/__init__.py", Some(&format!("demo/__init__.py,{rest}")));
    assert_eq!(flaw(demo().unlisted("more.py", "x")), Flaw::Unlisted);
    assert_eq!(
        flaw(demo().record_line("absent.py", Some(&format!("absent.py,{empty},0")))),
        Flaw::Absent
    );
    assert_eq!(flaw(init(",")), Flaw::NoHash);
    assert_eq!(flaw(demo().without("RECORD")), Flaw::Missing("RECORD"));
    assert!(matches!(
        flaw(init(&format!("{empty},6"))),
        Flaw::RecordHash { .. }
    ));
    assert_eq!(
        flaw(init(&format!("{empty},7"))),
        Flaw::RecordSize {
            expected: 7,
            found: 6
        }
    );
    let twice = format!("./demo/__init__.py,{empty},6");
    assert!(matches!(
        flaw(demo().record_line("x", Some(&twice))),
        Flaw::ListedTwice
    ));
    for path in ["/etc/passwd", "../x.py", "a\\b.py"] {
        let line = format!("{path},{empty},0");
        assert!(
            matches!(flaw(demo().record_line("x", Some(&line))), Flaw::Content(_)),
            "{path}"
        );
    }
    assert!(matches!(
        flaw(init("md5=1B2M2Y8AsgTpgAmY7PhCfg,6")),
        Flaw::Content(_)
    ));
    let changed = demo().tamper("demo/__init__.py", |member| member.data = b"x = 2\n".to_vec());
    assert!(matches!(flaw(changed), Flaw::RecordHash { .. }));
    let script = demo().file("demo-1.0.data/scripts/run", "#!python\nx\n").tamper(
        "demo-1.0.data/scripts/run",
        |member| {
            member.data = b"#!python\ny\n".to_vec();
        },
    );
    assert!(matches!(flaw(script), Flaw::RecordHash { .. }));
    let metadata = demo().tamper("demo-1.0.dist-info/METADATA", |member| member.data[0] = b'm');
    assert!(matches!(flaw(metadata), Flaw::RecordHash { .. }));
}

#[test]
fn spellings_and_signatures_that_are_right_are_accepted() {
    let line = format!("./demo/__init__.py,sha256={},6", record_hash(b"x = 1\n"));
    House::of(&[demo().record_line("demo/__init__.py", Some(&line))])
        .install()
        .unwrap();
    let house = House::of(&[demo().unlisted("demo-1.0.dist-info/RECORD.jws", "{}")]);
    house.install().unwrap();
    assert!(
        house
            .read(&format!("{SITE}/demo-1.0.dist-info/RECORD"))
            .contains("RECORD.jws,,\r\n")
    );
}

#[test]
fn a_wheel_must_know_who_it_is() {
    let named = |text: &str| demo().dist_info("METADATA", text);
    let identity = |wheel| matches!(flaw(wheel), Flaw::Identity { .. });
    assert!(identity(named(
        "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"
    )));
    assert!(identity(named(
        "Metadata-Version: 2.1\nName: demo\nVersion: 1.1\n"
    )));
    assert!(matches!(flaw(named("Summary: nothing else\n")), Flaw::Content(_)));
    let bytes = [
        &b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: "[..],
        b"\xff\n",
    ]
    .concat();
    assert!(matches!(
        flaw(demo().dist_info("METADATA", bytes)),
        Flaw::Content(_)
    ));
    assert_eq!(flaw(demo().without("METADATA")), Flaw::Missing("METADATA"));
    assert_eq!(flaw(demo().without("WHEEL")), Flaw::Missing("WHEEL"));
    assert!(matches!(flaw(demo().wheel_version("2.0")), Flaw::Content(_)));
    let two = demo().file("other-1.0.dist-info/METADATA", "");
    let mut found = match flaw(two) {
        Flaw::DistInfo(found) => found,
        other => panic!("{other:?}"),
    };
    found.sort();
    assert_eq!(found, ["demo-1.0.dist-info", "other-1.0.dist-info"]);
}

#[test]
fn the_file_name_must_be_that_of_the_wheel() {
    let folder = tempfile::tempdir().unwrap();
    let tag = "py3-none-any.whl";
    for name in ["demo.whl", "demo-1.0.zip"]
        .map(str::to_owned)
        .into_iter()
        .chain(["demo-x-", "other-1.0-", "demo-2.0-"].map(|start| format!("{start}{tag}")))
    {
        let path = folder.path().join(&name);
        fs_err::write(&path, demo().bytes()).unwrap();
        let found = Wheel::open(&path);
        let refused = matches!(&found, Err(Error::BadWheel { flaw, .. })
            if matches!(**flaw, Flaw::FileName(_) | Flaw::Identity { .. }));
        assert!(refused, "{name}: {found:?}");
    }
}

#[test]
fn odd_data_folders_are_refused() {
    assert_eq!(
        flaw(demo().file("demo-1.0.data/lib/x", "")),
        Flaw::Scheme("lib".into())
    );
    assert!(matches!(
        flaw(demo().file("demo-1.0.data/x", "")),
        Flaw::DataFolder(_)
    ));
    assert!(matches!(
        flaw(demo().file("other-1.0.data/purelib/x", "")),
        Flaw::DataFolder(_)
    ));
    let ghost = demo().file("demo-1.0.data/purelib/ghost-1.dist-info/METADATA", "");
    assert!(matches!(flaw(ghost), Flaw::DistInfo(_)));
}

#[test]
fn odd_entry_points_are_refused() {
    for text in [
        "[console_scripts]\npython = demo:main\n",
        "[console_scripts]\npython3.12 = demo:main\n",
        "[console_scripts]\nactivate = demo:main\n",
        "[console_scripts]\n../../x = demo:main\n",
        "[console_scripts]\nx = demo\n",
        "[console_scripts]\nx = demo:a b\n",
        "[console_scripts]\nx : demo:main\n",
        "[console_scripts]\nx = demo:main\n[gui_scripts]\nx = demo:main\n",
        "x = demo:main\n",
    ] {
        assert!(
            matches!(flaw(demo().entry_points(text)), Flaw::Content(_)),
            "{text}"
        );
    }
    assert_eq!(
        flaw(demo().dist_info("entry_points.txt", b"\xff".to_vec())),
        Flaw::Encoding
    );
    let script = demo().file("demo-1.0.data/scripts/python3", "#!/bin/sh\n");
    assert!(matches!(flaw(script), Flaw::ScriptName(_)));
    let data = demo().file("demo-1.0.data/data/bin/python3.12", "#!/bin/sh\n");
    assert!(matches!(flaw(data), Flaw::ScriptName(_)));
}

#[test]
fn wrappers_made_by_setuptools_are_made_anew() {
    let wheel = demo().console_scripts(&["demo = demo:main"]);
    let house = House::of(&[wheel.file("demo-1.0.data/scripts/demo", "#!python\nold()\n")]);
    house.install().unwrap();
    assert!(!house.read("bin/demo").contains("old"));
}

fn collision(wheels: &[Made]) -> (String, String, String) {
    match House::of(wheels).install() {
        Err(Error::Collision {
            path, first, second, ..
        }) => (path, first, second),
        other => panic!("expected a collision, found {other:?}"),
    }
}

#[test]
fn collisions_are_refused() {
    let other = || Made::new("other", "2");
    let names = |path: &str| (path.to_owned(), "demo 1.0".to_owned(), "other 2".to_owned());
    let init = format!("{SITE}/demo/__init__.py");
    assert_eq!(
        collision(&[demo(), other().file("demo/__init__.py", "x = 2\n")]),
        names(&init)
    );
    let case = collision(&[demo(), other().file("Demo/__init__.py", "x = 1\n")]);
    assert_eq!(case, names(&format!("{SITE}/Demo/__init__.py")));
    assert_eq!(
        collision(&[demo(), other().file("demo", "")]).0,
        format!("{SITE}/demo")
    );
    let inside = collision(&[other().file("demo/__init__.py/x", ""), demo()]);
    assert_eq!(inside.0, init);
    let scripts = [
        demo().console_scripts(&["x = demo:a"]),
        other().console_scripts(&["x = other:a"]),
    ];
    assert_eq!(collision(&scripts), names("bin/x"));
    let record = format!("{SITE}/demo-1.0.dist-info/RECORD");
    let found = collision(&[demo().file(&format!("demo-1.0.data/data/{record}"), "")]);
    assert_eq!(found, (record, "demo 1.0".to_owned(), "demo 1.0".to_owned()));
    for path in ["pyvenv.cfg", "lib64/x", "include", "lib", "bin"] {
        let found = collision(&[demo().file(&format!("demo-1.0.data/data/{path}"), "")]);
        assert_eq!(found.1, "the environment itself");
    }
}

#[test]
fn collisions_that_do_no_harm_are_allowed() {
    let other = || Made::new("other", "2");
    let same = House::of(&[demo(), other().file("demo/__init__.py", "x = 1\n")]);
    same.install().unwrap();
    for (one, two) in [
        (demo().file("t", "x"), other().executable("t", "x")),
        (demo().executable("t", "x"), other().file("t", "x")),
    ] {
        let house = House::of(&[one, two]);
        house.install().unwrap();
        assert_eq!(house.mode(&format!("{SITE}/t")), 0o755);
    }
    let own = House::of(&[demo().file("README", "a").file("readme", "b")]);
    own.install().unwrap();
    let wanted = format!("{SITE}/demo/__init__.py");
    let house = House::of(&[demo(), other().file("demo/__init__.py", "x = 2\n")]);
    let plan = house.install_with(std::slice::from_ref(&wanted)).unwrap();
    assert_eq!(plan.collisions, std::slice::from_ref(&wanted));
    assert_eq!(house.read(&wanted), "x = 2\n");
}

#[test]
fn odd_members_are_named() {
    let link = demo().member(Member {
        mode: 0o120_777,
        ..Member::new("link", "/etc/passwd")
    });
    let error = House::of(&[link]).install().unwrap_err();
    assert_eq!(
        error.to_string(),
        "demo-1.0-py3-none-any.whl: link: the member is not a regular file (mode 120777)"
    );
}

#[test]
fn a_wheel_that_changes_meanwhile_is_noticed() {
    let stored = demo().tamper("demo/__init__.py", |member| member.method = kit::zip::STORED);
    let house = House::of(std::slice::from_ref(&stored));
    let wheels = house.open().unwrap();
    let mut bytes = stored.bytes();
    let at = bytes.windows(6).position(|window| window == b"x = 1\n").unwrap();
    bytes[at + 4] = b'2';
    fs_err::write(&house.paths[0], bytes).unwrap();
    let found = house.install_opened(&wheels, &[]);
    assert!(matches!(found, Err(Error::BadWheel { .. })), "{found:?}");
    // What was read before the change is right; that something was not, is noticed all the same.
    let house = House::of(&[demo()]);
    let wheels = house.open().unwrap();
    let mut file = fs_err::OpenOptions::new()
        .append(true)
        .open(&house.paths[0])
        .unwrap();
    std::io::Write::write_all(&mut file, b"more").unwrap();
    let found = house.install_opened(&wheels, &[]);
    assert!(matches!(found, Err(Error::Changed { .. })), "{found:?}");
}

#[test]
fn a_wheel_that_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [directory, pipe] = ["a", "b"].map(|name| folder.path().join(format!("{name}-1-py3-none-any.whl")));
    fs_err::create_dir(&directory).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [directory, pipe] {
        assert!(matches!(Wheel::open(&path), Err(Error::BadWheel { flaw, .. }) if *flaw == Flaw::NotFile));
    }
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let house = House::of(&[demo()]);
    let path = house.root().join(SITE).join("demo/__init__.py");
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(&path, "mine").unwrap();
    assert!(matches!(house.install(), Err(Error::Io(_))));
    assert_eq!(fs_err::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn what_is_no_wheel_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo-1.0-py3-none-any.whl");
    fs_err::write(&path, "<!DOCTYPE html>").unwrap();
    let error = Wheel::open(Path::new(&path)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "demo-1.0-py3-none-any.whl: not a zip archive, or cut short"
    );
}
