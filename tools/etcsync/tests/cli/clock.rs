//! Nothing is decided by the time of a file: not where its clock lies, and not where ours does.

use crate::{ETCSYNC, apply, ops, plan, sync, world};
use kit::{Run, World};
use std::{
    path::PathBuf,
    thread::sleep,
    time::{Duration, SystemTime},
};

/// Returns where digests of files that were seen are remembered.
fn memory(world: &World) -> PathBuf {
    let states = fs_err::read_dir(world.path("home/.local/state/etcsync")).unwrap();
    states
        .map(|entry| entry.unwrap().path())
        .next()
        .unwrap()
        .join("seen")
}

/// Says whether anything is remembered.
fn remembers(world: &World) -> bool {
    fs_err::metadata(memory(world)).is_ok_and(|found| found.len() > 48)
}

/// Writes another content of the same length, and gives the file its old times back.
fn change_unseen(world: &World, name: &str) {
    let path = world.path(name);
    let modified = path.metadata().unwrap().modified().unwrap();
    let length = usize::try_from(path.metadata().unwrap().len()).unwrap();
    fs_err::write(&path, "#".repeat(length - 1) + "\n").unwrap();
    let file = fs_err::File::options().write(true).open(&path).unwrap();
    file.file().set_modified(modified).unwrap();
}

/// A run that finds nothing to do remembers what it read; the next one opens none of that.
#[test]
fn what_was_seen_is_remembered_and_not_believed_too_much() {
    let world = world();
    sync(&world).expect(0);
    assert!(!remembers(&world), "too young");
    sleep(Duration::from_millis(3100));
    sync(&world).expect(0);
    assert!(remembers(&world));
    let traced = world
        .run("strace")
        .args(["-f", "-qq", "-o", "calls", "-e", "trace=openat"])
        .arg(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    assert_eq!(ops(&traced), [""; 0]);
    assert!(
        !world.read("calls").contains("sites-available/app"),
        "{}",
        world.read("calls")
    );
    // Changed in the root, or in the layer, with size and time as they were.
    change_unseen(&world, "root/nginx/sites-available/app");
    assert_eq!(ops(&plan(&world)), ["replace nginx/sites-available/app"]);
    change_unseen(&world, "etc/nginx/sites-available/app");
    assert_eq!(ops(&plan(&world)), [""; 0]);
    // A memory that is damaged, or of somebody else's making, is none.
    let mut bytes = fs_err::read(memory(&world)).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    fs_err::write(memory(&world), &bytes).unwrap();
    assert_eq!(ops(&plan(&world)), [""; 0]);
    fs_err::write(memory(&world), "rubbish").unwrap();
    assert_eq!(ops(&plan(&world)), [""; 0]);
    sync(&world).expect(0);
}

fn at(world: &World, time: &str) -> Run {
    world.run("faketime").args(["-f", time]).arg(ETCSYNC)
}

/// The clock is set back a year between two runs.
#[test]
fn a_clock_that_was_set_back() {
    if !kit::has("faketime") {
        return;
    }
    let world = world();
    sync(&world).expect(0);
    world.write("etc/cron.d/app", "0 0 * * * root /bin/true\n");
    let planned = at(&world, "-365d")
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    assert_eq!(ops(&planned), ["replace cron.d/app"]);
    at(&world, "-365d")
        .args(["apply", "-"])
        .stdin(planned.stdout)
        .succeed();
    let log = world
        .run(ETCSYNC)
        .args(["log", "--root", "root"])
        .succeed()
        .json();
    let generation = |at: usize| {
        let found = &log["generations"][at];
        (found["number"].as_u64().unwrap(), found["time"].as_u64().unwrap())
    };
    assert_eq!((generation(0).0, generation(1).0), (2, 1), "{log:#}");
    assert!(
        generation(0).1 < generation(1).1,
        "the clock was not set back: {log:#}"
    );
    // What lies in the future is never remembered.
    at(&world, "-365d")
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    let nothing = at(&world, "-365d")
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    at(&world, "-365d")
        .args(["apply", "-"])
        .stdin(nothing.stdout)
        .succeed();
    assert!(!remembers(&world));
    world.run(ETCSYNC).args(["rollback", "--root", "root"]).succeed();
    assert_eq!(world.read("root/cron.d/app"), "*/5 * * * * root /bin/true\n");
}

/// Files from the future and from long ago, in layer and root.
#[test]
fn times_of_files_decide_nothing() {
    let world = world();
    sync(&world).expect(0);
    let year = Duration::from_secs(365 * 24 * 3600);
    for time in [SystemTime::now() + year, SystemTime::now() - 30 * year] {
        for name in ["etc/cron.d/app", "root/cron.d/app"] {
            let file = fs_err::File::options()
                .write(true)
                .open(world.path(name))
                .unwrap();
            file.file().set_modified(time).unwrap();
        }
        assert_eq!(ops(&plan(&world)), [""; 0]);
        change_unseen(&world, "root/cron.d/app");
        let drifted = plan(&world);
        assert_eq!(ops(&drifted), ["replace cron.d/app"]);
        apply(&world, &drifted).fails(65, "drift");
        world
            .run(ETCSYNC)
            .args(["apply", "-", "--overwrite-drift"])
            .stdin(drifted.stdout)
            .succeed();
    }
}
