//! Crashes at every step, readers meanwhile, two at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::world::Site;

const STAGE_STEPS: [&str; 4] = ["pinned", "extracted", "recorded", "published"];
const READY_STEPS: [&str; 2] = ["linked", "described"];
const SWITCH_STEPS: [&str; 6] = [
    "journaled",
    "relinked",
    "recorded",
    "reloading",
    "reloaded",
    "probed",
];
const HOOKS: &str = "--reload 'touch reloaded' --probe 'printenv RELSWITCH_ID'";

#[test]
fn a_crash_while_staging_leaves_nothing_half() {
    for step in STAGE_STEPS {
        let site = Site::with_commit();
        site.deploy("main");
        site.push("page", "two");
        site.relswitch("stage main")
            .env("RELSWITCH_CRASH_AT", step)
            .output()
            .expect(137);
        let id = site.deploy("main");
        assert_eq!(
            (site.page().as_str(), site.current()),
            ("two", Some(id)),
            "{step}"
        );
        let leftovers: Vec<_> = site
            .names("releases")
            .into_iter()
            .filter(|name| name.starts_with('.'))
            .collect();
        assert_eq!(leftovers, [""; 0], "{step}");
    }
}

#[test]
fn a_crash_while_readying_is_repeated_by_the_next_run() {
    for step in READY_STEPS {
        let site = Site::with_commit();
        site.configure(&serde_json::json!({"shared": ["media/"]}));
        let id = site
            .relswitch("stage main --print id")
            .succeed()
            .text()
            .trim()
            .to_owned();
        site.relswitch(&format!("ready {id}"))
            .env("RELSWITCH_CRASH_AT", step)
            .output()
            .expect(137);
        site.relswitch(&format!("switch {id}"))
            .output()
            .fails(65, "bad-state");
        site.relswitch(&format!("ready {id}")).succeed();
        site.relswitch(&format!("switch {id}")).succeed();
    }
}

#[test]
fn a_crash_while_switching_is_undone_and_the_next_switch_works() {
    for step in SWITCH_STEPS {
        let site = Site::with_commit();
        let one = site.deploy("main");
        site.push("page", "two");
        let two = site.ready("main");
        site.relswitch(&format!("switch {two} {HOOKS}"))
            .env("RELSWITCH_CRASH_AT", step)
            .output()
            .expect(137);
        // A command that only prepares puts the old release back.
        let third = site.relswitch("stage main").succeed();
        assert!(
            third.stderr.contains("was interrupted; going back"),
            "{}",
            third.stderr
        );
        assert_eq!(
            (site.page().as_str(), site.current()),
            ("one", Some(one)),
            "{step}"
        );
        assert_eq!(site.states(), ["current", "ready", "staging"], "{step}");
        site.relswitch(&format!("switch {two} {HOOKS}")).succeed();
        assert_eq!(site.page(), "two");
        site.relswitch("rollback").succeed();
        assert_eq!(site.page(), "one", "{step}");
        assert_eq!(
            site.names(".relswitch"),
            ["config.json", "lock", "log.ndjson", "state.json"]
        );
    }
}

#[test]
fn a_crash_of_the_first_switch_leaves_nothing_current() {
    for step in SWITCH_STEPS {
        let site = Site::with_commit();
        let id = site.ready("main");
        site.relswitch(&format!("switch {id} {HOOKS}"))
            .env("RELSWITCH_CRASH_AT", step)
            .output()
            .expect(137);
        site.relswitch("stage main").succeed();
        assert_eq!(site.current(), None, "{step}");
        site.relswitch(&format!("switch {id} {HOOKS}")).succeed();
    }
}

#[test]
fn a_crash_while_going_back_is_finished_by_the_next_run() {
    for step in ["undoing", "put-back"] {
        let site = Site::with_commit();
        let one = site.deploy("main");
        site.push("page", "two");
        let two = site.ready("main");
        let command = format!("switch {two} --probe false --timeout 0");
        site.relswitch(&command)
            .env("RELSWITCH_CRASH_AT", step)
            .output()
            .expect(137);
        site.relswitch("stage main").succeed();
        assert_eq!(
            (site.page().as_str(), site.current()),
            ("one", Some(one)),
            "{step}"
        );
    }
}

#[test]
fn a_lost_or_damaged_state_is_made_anew() {
    let site = Site::with_commit();
    site.deploy("main");
    site.push("page", "two");
    let two = site.deploy("main");
    site.ready("main");
    site.world.folder("app/releases/foreign");
    let expected = site.relswitch("list").succeed().json();
    let file = site.world.path("app/.relswitch/state.json");
    for rubbish in [
        None,
        Some(""),
        Some("{"),
        Some("{}"),
        Some("\0\0\0"),
        Some(r#"{"schema":"lock/1"}"#),
    ] {
        match rubbish {
            None => fs_err::remove_file(&file).unwrap(),
            Some(rubbish) => fs_err::write(&file, rubbish).unwrap(),
        }
        let list = site.relswitch("list").succeed();
        assert!(list.stderr.contains("making it anew"), "{}", list.stderr);
        assert_eq!(list.json(), expected);
    }
    site.relswitch("rollback").succeed();
    assert_eq!(site.page(), "one");
    site.relswitch(&format!("switch {two}"))
        .output()
        .fails(65, "bad-state");
}

#[test]
fn readers_never_miss_and_never_see_a_mix() {
    let site = Site::new();
    site.world.write("dev/other", "one");
    site.push("page", "one");
    let one = site.deploy("main");
    site.world.write("dev/other", "two");
    site.push("page", "two");
    let two = site.ready("main");
    let done = AtomicBool::new(false);
    let current = site.world.path("app/current");
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0_u32;
            while !done.load(Ordering::Relaxed) {
                // A release once resolved is whole: both files are of one commit.
                let release = fs_err::canonicalize(&current).unwrap();
                let page = fs_err::read_to_string(release.join("page")).unwrap();
                assert_eq!(page, fs_err::read_to_string(release.join("other")).unwrap());
                fs_err::read(current.join("page")).unwrap();
                reads += 1;
            }
            reads
        });
        for _ in 0..10 {
            site.relswitch(&format!("switch {two}")).succeed();
            site.relswitch(&format!("switch {one}")).succeed();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

#[test]
fn the_second_of_two_fails_or_waits_and_a_killed_one_locks_nobody_out() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let slow = format!("switch {id} --reload 'sleep 3'");
    let first = site.relswitch(&slow).spawn();
    wait_for_lock(&site);
    let failed = site.relswitch("stage main").output().fails(75, "lock-held");
    assert!(failed.stderr.contains("relswitch switch"), "{}", failed.stderr);
    site.relswitch("list").succeed();
    site.relswitch("stage main --wait 60").succeed();
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(site.current(), Some(id));

    let other = site.ready("main");
    let mut killed = site
        .relswitch(&format!("switch {other} --reload 'sleep 5'"))
        .spawn();
    wait_for_lock(&site);
    killed.kill().unwrap();
    killed.wait().unwrap();
    // The reload goes on, and holds nothing of ours.
    site.relswitch("stage main").succeed();
}

fn wait_for_lock(site: &Site) {
    let lock = site.world.path("app/.relswitch/lock");
    for _ in 0..500 {
        if disk::Lock::is_held(&lock).unwrap() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("nobody took the lock");
}
