//! Wheels that are refused, and what is left then: nothing.

use kit::wheel::Wheel;
use kit::zip::{FLAG_ENCRYPTED, Member};

use crate::{demo, make, nothing_left, tool, world};

/// Insists that a wheel is refused beside a good one, and returns the message.
#[track_caller]
fn refused(wheel: Wheel, kind: &str) -> String {
    let world = world(&[Wheel::new("good", "1").file("good.py", ""), wheel]);
    let document = make(&world).output().fails(65, kind).json();
    nothing_left(&world);
    document["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_wheel_that_is_not_the_locked_one() {
    let world = world(&[demo()]);
    let other = demo().file("more.py", "");
    world.write("requirements.txt", other.pin());
    let document = make(&world).output().fails(65, "hash-mismatch").json();
    let message = document["message"].as_str().unwrap();
    assert!(
        message.contains(&other.sha256()) && message.contains(&demo().sha256()),
        "{message}"
    );
    nothing_left(&world);
}

#[test]
fn corrupt_wheels() {
    let world = world(&[demo()]);
    let name = demo().file_name();
    let bytes = demo().bytes();
    for bytes in [
        b"<!DOCTYPE html>".to_vec(),
        bytes[..bytes.len() / 2].to_vec(),
        Vec::new(),
    ] {
        world.write(format!("wheels/{name}"), &bytes);
        make(&world).output().fails(65, "hash-mismatch");
        let hash = kit::sha256(&bytes);
        world.write("requirements.txt", format!("demo==1.0 --hash=sha256:{hash}\n"));
        make(&world).output().fails(65, "bad-wheel");
        world.write("requirements.txt", demo().pin());
    }
    nothing_left(&world);
}

#[test]
fn wheels_that_break_their_own_record() {
    let message = refused(demo().unlisted("more.py", ""), "bad-wheel");
    assert_eq!(
        message,
        "demo-1.0-py3-none-any.whl: more.py: RECORD does not list it"
    );
    let changed = demo().tamper("demo/__init__.py", |member| member.data.reverse());
    let message = refused(changed, "bad-wheel");
    assert!(
        message.starts_with("demo-1.0-py3-none-any.whl: demo/__init__.py: RECORD says sha256="),
        "{message}"
    );
}

#[test]
fn a_record_that_nobody_will_mend_can_be_allowed() {
    let old = demo()
        .unlisted("more.py", "more\n")
        .record_line("demo/__init__.py", None);
    let world = world(&[old.record_line("gone.py", Some("gone.py,,"))]);
    make(&world).output().fails(65, "bad-wheel");
    make(&world)
        .args(["--allow-record", "other"])
        .output()
        .fails(65, "bad-wheel");
    make(&world).args(["--allow-record", "Demo"]).succeed();
    let record = world.read("venv/lib/python3.11/site-packages/demo-1.0.dist-info/RECORD");
    assert!(
        record.contains("more.py,sha256=") && !record.contains("gone.py"),
        "{record}"
    );
    tool(&world).args(["--verify", "venv"]).succeed();
}

#[test]
fn wheels_that_want_out_of_the_environment() {
    for name in [
        "../evil.py",
        "/tmp/evil.py",
        "demo/../../evil.py",
        "C:/evil.py",
        "a\\evil.py",
    ] {
        let member = Member {
            name: name.as_bytes().to_vec(),
            ..Member::new("x", "evil()\n")
        };
        let message = refused(demo().member(member), "bad-wheel");
        assert!(
            message.contains(name) && message.contains("the path is unsafe"),
            "{message}"
        );
    }
    let link = Member {
        mode: 0o120_777,
        ..Member::new("link", "/etc/passwd")
    };
    assert!(refused(demo().member(link), "bad-wheel").contains("link: the member is not a regular file"));
    for path in ["data/../../x", "scripts/../../../x"] {
        let wheel = demo().file(&format!("demo-1.0.data/{path}"), "");
        assert!(refused(wheel, "bad-wheel").contains("unsafe"));
    }
}

#[test]
fn wheels_with_odd_archives() {
    let member = |change: fn(&mut Member)| demo().tamper("demo/__init__.py", change);
    refused(member(|member| member.flags |= FLAG_ENCRYPTED), "bad-wheel");
    refused(
        member(|member| member.local_name = Some(b"other.py".to_vec())),
        "bad-wheel",
    );
    refused(member(|member| member.local_crc = Some(7)), "bad-wheel");
    refused(member(|member| member.method = 12), "bad-wheel");
    refused(member(|member| member.offset = Some(3)), "bad-wheel");
    refused(demo().archive(|zip| zip.suffix = b"more".to_vec()), "bad-wheel");
    refused(demo().archive(|zip| zip.prefix = b"more".to_vec()), "bad-wheel");
    refused(demo().file("demo/__init__.py", "twice"), "bad-wheel");
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..400_000).map(|_| noise()).collect();
    let bomb = demo()
        .file("bomb", noise)
        .tamper("bomb", |member| member.size = Some(300 << 20));
    assert!(refused(bomb, "bad-wheel").contains("bomb"));
}

#[test]
fn wheels_that_are_somebody_else() {
    let text = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0.1\n";
    let message = refused(demo().dist_info("METADATA", text), "bad-wheel");
    assert!(
        message.contains("expected version 1.0") && message.contains("1.0.1"),
        "{message}"
    );
    assert!(refused(demo().wheel_version("2.0"), "bad-wheel").contains("Wheel-Version"));
    refused(demo().without("WHEEL"), "bad-wheel");
    refused(demo().file("other-1.dist-info/METADATA", ""), "bad-wheel");
}

#[test]
fn commands_that_belong_to_the_environment() {
    for name in ["python", "python3.11", "activate", "../../x"] {
        let message = refused(
            demo().console_scripts(&[&format!("{name} = demo:main")]),
            "bad-wheel",
        );
        assert!(message.contains(name), "{message}");
    }
    refused(demo().entry_points("[console_scripts]\nx = demo\n"), "bad-wheel");
    refused(demo().entry_points("x = demo:main\n"), "bad-wheel");
}

#[test]
fn wheels_that_collide() {
    let message = refused(Wheel::new("zoo", "1").file("good.py", "other"), "collision");
    assert_eq!(
        message,
        "good 1 and zoo 1 both install lib/python3.11/site-packages/good.py"
    );
    let message = refused(Wheel::new("zoo", "1").file("Good.py", ""), "collision");
    assert!(message.ends_with("(which differ only in case)"), "{message}");
    let message = refused(Wheel::new("zoo", "1").file("good.py/x", ""), "collision");
    assert!(
        message.ends_with("(once as a file, once as a folder)"),
        "{message}"
    );
    let message = refused(
        demo().file("demo-1.0.data/data/pyvenv.cfg", "home = /evil\n"),
        "collision",
    );
    assert_eq!(
        message,
        "the environment itself and demo 1.0 both install pyvenv.cfg"
    );
}

#[test]
fn a_collision_can_be_allowed() {
    let world = world(&[
        Wheel::new("a", "1").file("x.py", "1"),
        Wheel::new("b", "1").file("x.py", "2"),
    ]);
    make(&world).output().fails(65, "collision");
    let path = "lib/python3.11/site-packages/x.py";
    let ran = make(&world).args(["--allow-collision", path]).succeed();
    assert!(ran.stderr.contains(path), "{}", ran.stderr);
    assert_eq!(world.read(format!("venv/{path}")), "2");
    let report = tool(&world).args(["--verify", "venv"]).output().expect(1).json();
    let found = &report["findings"];
    let collided = (&found[0]["what"], &found[0]["path"], &found[1]);
    assert_eq!(
        collided,
        (&"collided".into(), &path.into(), &serde_json::Value::Null)
    );
}

#[test]
fn dependencies_that_the_lock_lacks() {
    let needy = || {
        demo()
            .requires("absent>=2")
            .requires("never ; sys_platform == 'win32'")
            .requires("good<1")
    };
    let message = refused(needy(), "closure");
    assert!(message.contains("demo needs absent>=2"), "{message}");
    let world = world(&[Wheel::new("good", "1").file("good.py", ""), needy()]);
    let document = make(&world).output().fails(65, "closure").json();
    assert!(
        document["causes"][0].as_str().unwrap().contains("good<1"),
        "{document:#}"
    );
    let ran = make(&world).args(["--closure", "warn"]).succeed();
    assert!(ran.stderr.contains("absent>=2"), "{}", ran.stderr);
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let ran = make(&world).args(["--closure", "off"]).succeed();
    assert!(!ran.stderr.contains("absent>=2"), "{}", ran.stderr);
}

#[test]
fn needs_that_nobody_can_read() {
    let old = || {
        let lines = "Requires-Python: >=3.6.*\nRequires-Dist: pytz (>dev)\nRequires-Dist: good\n";
        Wheel::new("old", "1").metadata(lines).file("old.py", "")
    };
    assert_eq!(
        refused(old(), "closure"),
        "old-1-py3-none-any.whl: Requires-Dist: pytz (>dev) cannot be read"
    );
    let world = world(&[Wheel::new("good", "1").file("good.py", ""), old()]);
    for expected in [2, 0] {
        let ran = make(&world).args(["--closure", "warn"]).succeed();
        assert!(
            ran.stderr.contains("Requires-Python: >=3.6.* cannot be read"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("pytz (>dev) cannot be read"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.json()["unpacked"], expected);
        tool(&world).args(["--verify", "venv"]).succeed();
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
}
