//! Killed by strace at a system call of its own choice: nothing in the program helps it to die.

use crate::{ETCSYNC, apply, link, ops, plan, sync, tree};
use kit::World;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// System calls that change names, that make things durable, and that open.
const NAMES: [&str; 7] = [
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdirat",
    "linkat",
];
const SYNCS: [&str; 3] = ["fsync", "fdatasync", "syncfs"];
const OPENS: [&str; 2] = ["openat", "openat2"];

#[test]
fn at_every_rename() {
    killed_at_each(&NAMES, 1);
}

#[test]
fn at_every_sync() {
    killed_at_each(&SYNCS, 1);
}

/// Every seventh, from a different first one each time the program changes; all of them are in the long tests.
#[test]
fn at_opens() {
    killed_at_each(&OPENS, 7);
}

#[test]
#[ignore = "long: make test-long"]
fn at_every_open() {
    killed_at_each(&OPENS, 1);
}

/// Kills an apply at the n-th call of each, for each n; then `recover` must leave the root as it was before
/// or as it is after, and the usual pipe must end the work.
fn killed_at_each(calls: &[&str], step: usize) {
    let (before, after) = (before(), after());
    let (mut kills, mut ends) = (0, BTreeSet::new());
    for call in calls {
        for number in (1..).step_by(step) {
            let world = half_way();
            if !killed(&world, call, number) {
                break;
            }
            kills += 1;
            world.run(ETCSYNC).args(["recover", "--root", "root"]).succeed();
            let found = tree(&world.path("root"));
            assert!(found == before || found == after, "{call} {number}: {found:?}");
            ends.insert(if found == before { "before" } else { "after" });
            sync(&world).expect(0);
            assert_eq!(tree(&world.path("root")), after, "{call} {number}");
            assert_eq!(ops(&plan(&world)), [""; 0], "{call} {number}");
        }
    }
    assert!(kills > 3, "the run has {kills} of these calls only");
    assert!(ends.contains("before"), "{ends:?}");
    assert!(ends.contains("after") || step > 1, "{ends:?}");
}

/// Runs an apply that is killed at a system call; says whether it was.
fn killed(world: &World, call: &str, number: usize) -> bool {
    let plan = plan(world).stdout;
    let options = [
        format!("trace={call}"),
        format!("inject={call}:signal=KILL:when={number}"),
    ];
    let ran = world
        .run("strace")
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args(options.iter().flat_map(|option| ["-e", option]))
        .arg(program(world))
        .args(["apply", "-"])
        .stdin(plan)
        .output();
    assert!(matches!(ran.status, 0 | 137), "{}\n{}", ran.text(), ran.stderr);
    ran.status == 137
}

/// The program where everybody can run it; `ETCSYNC_PROGRAM` names another build, a release.
fn program(world: &World) -> std::path::PathBuf {
    let copy = world.path("etcsync");
    if !copy.exists() {
        let program = std::env::var("ETCSYNC_PROGRAM").unwrap_or_else(|_| ETCSYNC.to_owned());
        // Copied by another process: what this one has open for writing, a child of another test might inherit.
        let copied = Command::new("cp").arg(program).arg(&copy).status();
        assert!(copied.unwrap().success());
    }
    copy
}

/// A world in which a generation is applied and the next is wanted: something new, something changed,
/// something gone, an original to be restored, a link.
fn half_way() -> World {
    let world = World::new();
    world.write("root/replaced", "the distribution's\n");
    world.write("root/restored", "the distribution's too\n");
    world.write("etc/replaced", "one\n");
    world.write("etc/restored", "one\n");
    world.write("etc/dropped/file", "one\n");
    sync(&world).expect(0);
    world.write("etc/replaced", "two\n");
    world.write("etc/new/file", "two\n");
    link(&world, "etc/link", "new/file");
    fs_err::remove_file(world.path("etc/restored")).unwrap();
    fs_err::remove_dir_all(world.path("etc/dropped")).unwrap();
    world
}

fn before() -> BTreeMap<String, String> {
    tree(&half_way().path("root"))
}

fn after() -> BTreeMap<String, String> {
    let world = half_way();
    apply(&world, &plan(&world)).expect(0);
    tree(&world.path("root"))
}
