//! Small print: modes to the bit, bytes as they are, what is kept and for how long.

use crate::{ETCSYNC, apply, chmod, mode, ops, plan, sync, tree, world};
use kit::World;
use std::{os::unix::fs::PermissionsExt, path::PathBuf};

fn state(world: &World) -> PathBuf {
    let states = fs_err::read_dir(world.path("home/.local/state/etcsync")).unwrap();
    states.map(|entry| entry.unwrap().path()).next().unwrap()
}

/// Modes are those of the rules, whatever the caller's umask and the folder above say.
#[test]
fn modes_are_exact_whatever_the_umask() {
    for umask in ["000", "077"] {
        let world = World::new();
        world.write("etc/app/key", "x\n");
        world.write("etc/plain/deep/file", "x\n");
        world.write("etc.attrs", "app/ mode=2750\napp/key mode=0640\n");
        world.write("root/app-was-here", "x\n");
        world.write("etc/app-was-here", "y\n");
        world.folder("root/plain");
        chmod(&world, "root/plain", 0o2775);
        let plan = plan(&world);
        let script = format!("umask {umask}; exec \"$1\" apply -");
        let run = world.run("sh").args(["-c", &script, "sh", ETCSYNC]);
        run.stdin(plan.stdout).succeed();
        let expected = [
            ("app", 0o2750),
            ("app/key", 0o640),
            ("plain", 0o2775),
            ("plain/deep", 0o755),
            ("plain/deep/file", 0o644),
        ];
        for (path, expected) in expected {
            assert_eq!(
                mode(&world, &format!("root/{path}")),
                expected,
                "{path}, umask {umask}"
            );
        }
        // What was there before is nobody's business.
        let state = state(&world);
        assert_eq!(state.metadata().unwrap().permissions().mode() & 0o7777, 0o700);
        let blobs = tree(&state.join("blobs"));
        let files: Vec<_> = blobs.values().filter(|what| what.starts_with("file")).collect();
        assert_eq!(files, ["file 0600 x\n"]);
    }
}

/// A file is never more readable than it will be, not even for a moment, nor where it waits.
#[test]
fn files_are_made_for_their_owner_alone() {
    let world = world();
    world.write("root/cron.d/app", "# before\n");
    let plan = plan(&world);
    let strace = world.run("strace").args([
        "-f",
        "-qq",
        "-o",
        "calls",
        "-e",
        "trace=openat,creat,mknod,linkat",
    ]);
    let run = strace.arg(ETCSYNC).args(["apply", "-"]);
    run.stdin(plan.stdout).succeed();
    let calls = world.read("calls");
    let made: Vec<_> = calls.lines().filter(|line| line.contains("O_CREAT")).collect();
    assert!(made.len() > 5, "{calls}");
    for call in made {
        assert!(call.contains(", 0600"), "{call}");
    }
}

/// What version control and etckeeper keep in a checkout is not for the root.
#[test]
fn what_version_control_leaves_is_passed_over() {
    let world = world();
    let before = plan(&world).stdout;
    for name in [
        ".git/config",
        ".gitignore",
        ".etckeeper",
        "nginx/.gitkeep",
        "nginx/.gitattributes",
    ] {
        world.write(format!("etc/{name}"), "x\n");
    }
    assert_eq!(plan(&world).stdout, before);
    world.write("root/.etckeeper", "etckeeper's\n");
    world.write("root/.git/config", "etckeeper's\n");
    sync(&world).expect(0);
    assert_eq!(world.read("root/.git/config"), "etckeeper's\n");
    assert_eq!(world.read("root/.etckeeper"), "etckeeper's\n");
    assert_eq!(ops(&plan(&world)), [""; 0]);
}

/// Bytes are copied as they are; what is no text, or too much of it, is told by size and digest.
#[test]
fn bytes_are_never_converted() {
    let world = World::new();
    world.folder("root");
    let contents: [(&str, Vec<u8>); 4] = [
        ("binary", b"a\0b\xff".to_vec()),
        ("dos.conf", b"one\r\ntwo\r\n".to_vec()),
        ("large.conf", b"0123456\n".repeat(40_000)),
        ("open.conf", b"no end".to_vec()),
    ];
    for (name, content) in &contents {
        world.write(format!("etc/{name}"), content);
    }
    let plan = plan(&world);
    let diff = world
        .run(ETCSYNC)
        .args(["diff", "-"])
        .stdin(plan.stdout.clone())
        .succeed()
        .text();
    assert!(diff.contains("+ 4 bytes, sha256:"), "{diff}");
    assert!(diff.contains("+ 320000 bytes, sha256:"), "{diff}");
    assert!(diff.contains("+no end\n\\ No newline at end of file\n"), "{diff}");
    assert!(diff.len() < 4000, "{diff}");
    apply(&world, &plan).expect(0);
    for (name, content) in contents {
        assert_eq!(
            fs_err::read(world.path(format!("root/{name}"))).unwrap(),
            content,
            "{name}"
        );
    }
}

/// Twenty generations are kept, with the contents that they need and no others.
#[test]
fn old_generations_are_forgotten() {
    let world = World::new();
    world.write("root/app", "original\n");
    for number in 1..=23 {
        world.write("etc/app", format!("{number}\n"));
        sync(&world).expect(0);
    }
    let log = world
        .run(ETCSYNC)
        .args(["log", "--root", "root"])
        .succeed()
        .json();
    let kept: Vec<_> = log["generations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["number"].as_u64())
        .collect();
    assert_eq!(kept, (4..=23).rev().map(Some).collect::<Vec<_>>());
    let blobs = tree(&state(&world).join("blobs"));
    let contents = blobs.values().filter_map(|what| what.strip_prefix("file 0600 "));
    let mut contents: Vec<_> = contents.map(str::to_owned).collect();
    contents.sort();
    let mut needed: Vec<_> = (4..=22).map(|number| format!("{number}\n")).collect();
    needed.push("original\n".to_owned());
    needed.sort();
    assert_eq!(contents, needed);
    let rollback = |to: &str| {
        world
            .run(ETCSYNC)
            .args(["rollback", to, "--root", "root"])
            .output()
    };
    rollback("3").fails(65, "not-found");
    rollback("4").expect(0);
    assert_eq!(world.read("root/app"), "4\n");
    rollback("0").expect(0);
    assert_eq!(world.read("root/app"), "original\n");
}

/// The system refuses to put new files in place, and from some rename on also to put old ones back.
#[test]
fn what_cannot_be_taken_back_is_left_for_recover() {
    let world = world();
    world.write("root/cron.d/app", "# before\n");
    let before = tree(&world.path("root"));
    let plan = plan(&world);
    let (mut phases, mut touched) = (Vec::new(), 0);
    for number in 1..20 {
        let options = [
            "inject=renameat2:error=EIO".to_owned(),
            format!("inject=renameat:error=EIO:when={number}+"),
        ];
        let strace = world.run("strace").args(["-f", "-qq", "-o", "/dev/null"]);
        let strace = strace.args(options.iter().flat_map(|option| ["-e", option]));
        let run = strace.arg(ETCSYNC).args(["apply", "-"]);
        let ran = run.stdin(plan.stdout.clone()).output();
        if ran.status == 4 {
            ran.fails(4, "needs-recover");
            touched += usize::from(tree(&world.path("root")) != before);
            let status = world
                .run(ETCSYNC)
                .args(["status", "--exit-code", "--root", "root"]);
            phases.push(status.output().expect(1).json()["interrupted"].clone());
            let recover = world.run(ETCSYNC).args(["recover", "--root", "root"]);
            assert_eq!(recover.succeed().json()["recovered"], "back");
        }
        assert_eq!(tree(&world.path("root")), before, "rename {number}");
    }
    assert!(touched > 1, "{touched} of {phases:?}");
    // Not even the journal could be written, and then it could.
    phases.dedup();
    assert_eq!(phases, ["commit", "undoing"]);
}
