//! Crashes at every step, and readers meanwhile.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

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
        let (site, one, two) = Site::with_two();
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
        let (site, one, two) = Site::with_two();
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
    let copy = format!("app/releases/{two}-copy");
    site.world
        .run("cp")
        .args(["-a", &format!("app/releases/{two}"), &copy])
        .succeed();
    let log = site.world.path("app/.relswitch/log.ndjson");
    fs_err::write(&log, [b"\xff\n", &fs_err::read(&log).unwrap()[..]].concat()).unwrap();
    let expected = site.relswitch("list").succeed().json();
    let file = site.world.path("app/.relswitch/state.json");
    for rubbish in [
        None,
        Some(&b""[..]),
        Some(b"{"),
        Some(b"{}"),
        Some(b"\0\0\0"),
        Some(b"\xff\xfe"),
        Some(br#"{"schema":"relswitch.state/1\xff"}"#),
        Some(br#"{"schema":"lock/1"}"#),
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
fn where_the_log_is_lost_too_no_old_release_is_taken_for_an_abandoned_one() {
    let site = Site::with_commit();
    let ids = [0; 3].map(|_| site.deploy("main"));
    let bad = site.ready("main");
    site.relswitch(&format!("fail {bad}")).succeed();
    let four = site.deploy("main");
    site.ready("main");
    for log in [None, Some("rubbish\n{}\n")] {
        let log_file = site.world.path("app/.relswitch/log.ndjson");
        fs_err::remove_file(&log_file).unwrap();
        if let Some(log) = log {
            site.world.write("app/.relswitch/log.ndjson", log);
        }
        fs_err::remove_file(site.world.path("app/.relswitch/state.json")).unwrap();
        let expected = ["retired", "retired", "retired", "failed", "current", "ready"];
        assert_eq!(site.states(), expected, "{log:?}");
        let pruned = site.relswitch("prune --keep 5").succeed().json();
        assert_eq!(pruned["removed"], serde_json::json!([]), "{pruned:#}");
        site.relswitch("rollback --keep-good").succeed();
        assert_eq!(site.current().as_ref(), Some(&ids[2]));
        site.relswitch(&format!("switch {four}")).succeed();
    }
}

/// How many files the readers open before they are content.
const OPENS: u32 = 1_000_000;

#[test]
fn readers_never_miss_and_never_see_a_mix() {
    let site = Site::new();
    site.world.write("dev/other", "one");
    site.push("page", "one");
    let one = site.deploy("main");
    site.world.write("dev/other", "two");
    site.push("page", "two");
    let two = site.ready("main");
    let (opens, done) = (AtomicU32::new(0), AtomicBool::new(false));
    let current = site.world.path("app/current");
    let start = Instant::now();
    let in_time = || start.elapsed() < Duration::from_secs(300);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) && in_time() {
                    open_four(&current);
                    opens.fetch_add(4, Ordering::Relaxed);
                }
            });
        }
        while opens.load(Ordering::Relaxed) < OPENS && in_time() {
            site.relswitch(&format!("switch {two}")).succeed();
            site.relswitch(&format!("switch {one}")).succeed();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(opens.into_inner() >= OPENS);
}

/// Opens a file by way of `current`, then the release that is current and two files in it, which are of one commit.
fn open_four(current: &Path) {
    let mut text = [0; 3];
    fs_err::File::open(current.join("page"))
        .unwrap()
        .read_exact(&mut text)
        .unwrap();
    assert!([b"one", b"two"].contains(&&text));
    let release = disk::Dir::open(current).unwrap();
    let read = |name: &str| {
        let mut text = [0; 3];
        release
            .open_file(OsStr::new(name))
            .unwrap()
            .read_exact(&mut text)
            .unwrap();
        text
    };
    assert_eq!(read("page"), read("other"));
}

#[test]
fn an_interrupted_stage_cleans_up() {
    let site = Site::with_commit();
    let big = vec![b'x'; 64 << 20];
    site.world.write("dev/big", &big);
    site.push("page", "two");
    // SIGTERM comes while the archive is written; 143 is 128 and its number.
    let child = site.relswitch("stage main").spawn();
    let releases = site.world.path("app/releases");
    let start = Instant::now();
    while fs_err::read_dir(&releases).unwrap().next().is_none() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let sent = site.world.run("kill").arg(child.id().to_string()).output();
    let status = child.wait_with_output().unwrap().status;
    assert!(
        sent.status == 0 && (status.code() == Some(143) || status.success()),
        "{status}"
    );
    if !status.success() {
        assert_eq!(site.names("releases"), [""; 0]);
    }
    site.deploy("main");
    assert_eq!(site.page(), "two");
}

#[test]
fn an_interrupted_switch_goes_to_its_end() {
    let (site, _, two) = Site::with_two();
    let reload = "sh -c 'touch here; sleep 1'";
    let child = site
        .relswitch(&format!("switch {two}"))
        .args(["--reload", reload])
        .spawn();
    kit::until("it reloads", || site.world.path("app/here").exists());
    site.world.run("kill").arg(child.id().to_string()).succeed();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!((site.page().as_str(), site.current()), ("two", Some(two)));
    let status = site.relswitch("status").succeed().json();
    assert_eq!(status["interrupted"], serde_json::Value::Null);
    let nothing = site.relswitch("recover").succeed().json();
    assert_eq!(nothing["undone"], serde_json::Value::Null);
}

#[test]
fn an_entry_that_is_cut_off_is_none_and_one_that_is_damaged_is_told() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    for cut in ["", "{\"phase\":\"switch"] {
        site.world.write("app/.relswitch/journal", cut);
        let status = site.relswitch("status").succeed().json();
        assert_eq!(status["interrupted"], serde_json::Value::Null);
        site.relswitch("recover").succeed();
        assert!(!site.names(".relswitch").contains(&"journal".to_owned()));
        assert_eq!(site.current().as_ref(), Some(&one));
    }
    for damaged in [&b"\0\0\0\n"[..], b"\xff\n"] {
        site.world.write("app/.relswitch/journal", damaged);
        let failed = site.relswitch("recover").output().fails(65, "bad-document");
        assert!(failed.stderr.contains("remove the file"), "{}", failed.stderr);
    }
}

#[test]
fn a_full_disk_leaves_nothing_and_says_so() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.push("page", "two");
    let before = site.world.read("app/.relswitch/state.json");
    for call in [
        "write:error=ENOSPC:when=3+",
        "fsync:error=ENOSPC:when=1+",
        "syncfs:error=ENOSPC",
    ] {
        let (name, _) = call.split_once(':').unwrap();
        let strace = site.world.run("strace").args(["-qq", "-o", "/dev/null", "-e"]);
        let injected = strace
            .arg(format!("trace={name}"))
            .args(["-e", &format!("inject={call}")]);
        let relswitch = injected
            .arg(site.relswitch_binary())
            .args(["-C", "app", "stage", "main"]);
        let ran = relswitch.output();
        assert_eq!(ran.status, 74, "{call}: {}", ran.stderr);
        assert_eq!(site.names("releases"), std::slice::from_ref(&one), "{call}");
    }
    let count = |text: &str| text.matches("\"id\"").count();
    assert_eq!(
        count(&site.world.read("app/.relswitch/state.json")),
        count(&before)
    );
    site.deploy("main");
    assert_eq!(site.page(), "two");
}

#[test]
fn a_disk_that_is_really_full_leaves_nothing() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    for number in 0..200 {
        site.world.write(format!("dev/files/{number}"), [b'x'; 9000]);
    }
    site.push("page", "two");
    // A small disk of its own, in a mount namespace; the user is root there, and nowhere else.
    let script = "mount -t tmpfs -o size=1m none full && cp -a app full && cd full/app \
                  && { PYDEPLOY_ALLOW_ROOT=1 \"$0\" stage main; echo status $? >&2; } && readlink current && ls -A releases";
    site.world.folder("full");
    let mounted = site
        .world
        .run("unshare")
        .args(["--map-root-user", "--mount", "/bin/sh", "-c", script]);
    let ran = mounted.arg(site.relswitch_binary()).succeed();
    assert!(ran.stderr.contains("status 74"), "{}", ran.stderr);
    assert!(ran.stderr.contains("No space left"), "{}", ran.stderr);
    let end = format!("releases/{one}\n{one}\n");
    assert!(ran.text().ends_with(&end), "{}", ran.text());
}
