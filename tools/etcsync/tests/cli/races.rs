//! The world does not hold still: attackers, full disks, kernels that say no.

use crate::{ETCSYNC, plan, sync, tree, world};
use kit::World;
use std::{
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// Several swap folders for links to elsewhere, again and again, while etcsync writes in them: the folders of
/// files, one above, and one that etcsync makes and removes.
#[test]
fn racing_links_lead_nobody_astray() {
    let world = World::new();
    world.write("outside/app", "precious\n");
    world.write("outside/deep/app", "precious too\n");
    for folder in ["root/dir", "root/other", "root/above/deep"] {
        world.folder(folder);
    }
    let before = tree(&world.path("outside"));
    let stop = AtomicBool::new(false);
    let (mut applied, mut refused) = (0, 0);
    thread::scope(|scope| {
        for (number, target) in ["root/dir", "root/other", "root/above", "root/made"]
            .iter()
            .enumerate()
        {
            let (world, stop) = (&world, &stop);
            scope.spawn(move || swap(world, target, number, stop));
        }
        for round in 0..30 {
            for path in ["dir/app", "other/app", "above/deep/app"] {
                world.write(format!("etc/{path}"), format!("round {round}\n"));
            }
            if round % 2 == 0 {
                world.write("etc/made/app", format!("round {round}\n"));
            } else {
                fs_err::remove_dir_all(world.path("etc/made")).unwrap();
            }
            match raced(&world) {
                true => applied += 1,
                false => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        tree(&world.path("outside")),
        before,
        "{applied} applied, {refused} refused"
    );
    assert_eq!(applied + refused, 30);
}

/// Swaps a folder for a link to the folder outside, and back, until told to stop.
fn swap(world: &World, target: &str, number: usize, stop: &AtomicBool) {
    let (folder, spare) = (world.path(target), world.path(format!("spare-{number}")));
    let link = world.path(format!("link-{number}"));
    symlink(world.path("outside"), &link).unwrap();
    while !stop.load(Ordering::Relaxed) {
        _ = fs_err::rename(&folder, &spare);
        _ = fs_err::rename(&link, &folder);
        thread::yield_now();
        _ = fs_err::rename(&folder, &link);
        _ = fs_err::rename(&spare, &folder);
        // Now and then the world holds still for long enough.
        thread::sleep(Duration::from_millis(10 * number as u64));
    }
}

/// Plans and applies while the world moves; says whether that went well.
fn raced(world: &World) -> bool {
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .output();
    let apply = world
        .run(ETCSYNC)
        .args(["apply", "-", "--overwrite-drift", "--retype"]);
    plan.status == 0 && apply.stdin(plan.stdout).output().status == 0
}

/// The root is a file system of 64 KiB, in a namespace of the test's own.
#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let world = World::new();
    world.write("etc/small", "new\n");
    world.write("etc/large", vec![b'x'; 100_000]);
    world.folder("root");
    let script = "mount -t tmpfs -o size=64k,mode=755 tmpfs root && echo old > root/small && \
                  \"$1\" plan etc --root root > plan.json && \
                  { \"$1\" apply plan.json --state state; echo $? > status; } && \
                  ls -A root > names && cat root/small > small";
    let flags = if kit::is_root() { "-m" } else { "-Urm" };
    let ran = world
        .run("unshare")
        .as_caller()
        .args([flags, "sh", "-c", script, "sh", ETCSYNC])
        .succeed();
    assert_eq!(world.read("status"), "74\n", "{}", ran.stderr);
    assert!(ran.text().contains("disk-full"), "{}", ran.text());
    assert_eq!(
        (world.read("names"), world.read("small")),
        ("small\n".to_owned(), "old\n".to_owned())
    );
}

/// What is mounted cannot be replaced, and that is known before anything is changed.
#[test]
fn a_mounted_file_is_seen_in_the_plan() {
    let world = world();
    world.write("root/cron.d/app", "old\n");
    world.write("elsewhere", "mounted\n");
    let script = "mount --bind elsewhere root/cron.d/app && \"$1\" plan etc --root root";
    let flags = if kit::is_root() { "-m" } else { "-Urm" };
    let plan = world
        .run("unshare")
        .as_caller()
        .args([flags, "sh", "-c", script, "sh", ETCSYNC])
        .succeed();
    assert!(
        plan.text().contains("something is mounted there"),
        "{}",
        plan.text()
    );
    assert_eq!(plan.json()["summary"]["blocked"], 1);
}

/// What is marked immutable cannot be replaced, and that is known before anything is changed.
#[test]
fn an_immutable_file_is_seen_in_the_plan() {
    let world = world();
    world.write("root/cron.d/app", "old\n");
    let file = world.path("root/cron.d/app");
    let chattr = |how: &str| {
        let ran = std::process::Command::new("chattr").arg(how).arg(&file).output();
        ran.is_ok_and(|output| output.status.success())
    };
    if !chattr("+i") {
        assert!(
            !kit::is_root(),
            "the tests need a file system that knows chattr +i"
        );
        return;
    }
    let plan = plan(&world);
    let before = tree(&world.path("root"));
    let applied = crate::apply(&world, &plan);
    let after = tree(&world.path("root"));
    assert!(chattr("-i"));
    assert!(plan.text().contains("marked immutable"), "{}", plan.text());
    applied.fails(65, "blocked");
    assert_eq!(after, before);
}

/// A state inside the root cannot be laid over it: the check runs after the commit.
#[test]
fn without_an_overlay_a_broken_configuration_is_taken_back() {
    let world = world();
    world.write("etc.attrs", "cron.d/app check=app\n");
    world.write("services", "define app check=[\"/bin/false\"]\n");
    world.write("root/cron.d/app", "# before\n");
    let flags = ["--root", "root", "--state", "root/state"];
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--services", "services"])
        .args(flags)
        .succeed();
    let ran = world
        .run(ETCSYNC)
        .args(["apply", "-", "--state", "root/state"])
        .stdin(plan.stdout)
        .output();
    let failure = ran.fails(3, "apply-failed").json();
    assert_eq!(
        failure["report"]["checks"][0]["how"], "after the commit",
        "{failure:#}"
    );
    assert_eq!(world.read("root/cron.d/app"), "# before\n");
    assert!(!world.path("root/nginx").exists());
}

/// A validator that hangs is ended, with all that it started.
#[test]
fn a_check_that_hangs_is_ended() {
    let world = world();
    world.write("etc.attrs", "cron.d/app check=app\n");
    world.write(
        "services",
        "define app check=[\"/bin/sh\",\"-c\",\"sleep 1000\"]\n",
    );
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--services", "services", "--root", "root"])
        .succeed();
    let ran = world
        .run(ETCSYNC)
        .args(["apply", "-", "--timeout", "1"])
        .stdin(plan.stdout)
        .output();
    let failure = ran.fails(65, "check-failed").json();
    assert!(
        failure["causes"].to_string().contains("more than 1 s"),
        "{failure:#}"
    );
    assert_eq!(tree(&world.path("root")).len(), 0);
}

/// A content that was kept is damaged: it is found before anything is changed.
#[test]
fn a_damaged_original_is_never_put_back() {
    let world = world();
    world.write("root/cron.d/app", "# the original\n");
    sync(&world).expect(0);
    let before = tree(&world.path("root"));
    let states = fs_err::read_dir(world.path("home/.local/state/etcsync")).unwrap();
    let state = states.map(|entry| entry.unwrap().path()).next().unwrap();
    for blob in files(&state.join("blobs")) {
        fs_err::write(blob, "# not the original\n").unwrap();
    }
    world
        .run(ETCSYNC)
        .args(["rollback", "--root", "root"])
        .output()
        .fails(65, "hash-mismatch");
    assert_eq!(tree(&world.path("root")), before);
    fs_err::remove_dir_all(state.join("blobs")).unwrap();
    world
        .run(ETCSYNC)
        .args(["rollback", "--root", "root"])
        .output()
        .fails(65, "bad-state");
    assert_eq!(tree(&world.path("root")), before);
}

/// The state is lost: what is there already is taken for what it is, and nothing is undone.
#[test]
fn without_its_state_etcsync_starts_anew() {
    let world = world();
    sync(&world).expect(0);
    fs_err::remove_dir_all(world.path("home/.local")).unwrap();
    let again = plan(&world).json();
    assert_eq!(again["ops"].as_array().map(Vec::len), Some(0), "{again:#}");
    world.write("etc/cron.d/app", "0 0 * * * root /bin/true\n");
    sync(&world).expect(0);
    world.run(ETCSYNC).args(["rollback", "--root", "root"]).succeed();
    assert_eq!(world.read("root/cron.d/app"), "*/5 * * * * root /bin/true\n");
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let folders = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    folders
        .flat_map(|folder| {
            fs_err::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect::<Vec<_>>()
        })
        .collect()
}
