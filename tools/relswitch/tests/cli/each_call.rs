//! Faults at every system call that changes something: strace ends the process there, or has the call fail.

use std::collections::BTreeMap;

use kit::Ran;
use serde_json::json;

use crate::world::Site;

/// The calls that change something.
const CHANGES: &str = "/^(rename|symlink|mkdir|unlink|rmdir|fsync|fdatasync|syncfs|fchmod|chmod|ftruncate)";

/// How many calls of one name are tried: a crash in the tenth fsync is as one in the fourth.
const TRIED: usize = 4;

/// Runs a command under strace, with arguments of strace's.
fn traced(site: &Site, strace: &[&str], command: &str) -> Ran {
    let run = site.world.run("strace").args(["-f", "-qq"]).args(strace);
    let run = run.arg(site.relswitch_binary()).args(["-C", "app"]);
    run.args(crate::world::shell_words(command)).output()
}

/// Returns how often one process or thread of the command makes each call; the command is done then.
fn calls(site: &Site, command: &str) -> BTreeMap<String, usize> {
    let trace = site.world.path("trace");
    let filter = format!("trace={CHANGES}");
    traced(site, &["-o", trace.to_str().unwrap(), "-e", &filter], command).expect(0);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in site.world.read("trace").lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        if let Some((call, _)) = rest.trim_start().split_once('(') {
            *counts.entry((process.to_owned(), call.to_owned())).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in counts {
        let found = most.entry(call).or_insert(0);
        *found = count.max(*found);
    }
    assert!(most.contains_key("fsync"), "{most:?}");
    most
}

/// Runs a command again and again, each time with a fault at another call. `reset` prepares each run, `check` looks at
/// what it left.
fn at_each_call(site: &Site, fault: &str, command: &str, reset: impl Fn(), check: impl Fn(&str, &Ran)) {
    reset();
    for (call, count) in calls(site, command) {
        for nth in 1..=count.min(TRIED) {
            reset();
            let inject = format!("inject={call}:{fault}:when={nth}");
            let filter = format!("trace={call}");
            let ran = traced(site, &["-o", "/dev/null", "-e", &filter, "-e", &inject], command);
            check(&format!("{call} {nth} of {command}"), &ran);
        }
    }
}

/// What must hold whatever happened: one of the two is current and whole, and nothing is left after `recover`.
fn assert_sound(site: &Site, step: &str) {
    let page = site.page();
    site.relswitch("recover").succeed();
    let status = site.relswitch("status").succeed().json();
    assert_eq!(status["interrupted"], json!(null), "{step}");
    assert!(["one", "two"].contains(&page.as_str()), "{step}: {page:?}");
    let hidden = |names: Vec<String>| names.into_iter().filter(|name| name.starts_with('.')).count();
    assert_eq!(
        hidden(site.names("releases")),
        0,
        "{step}: {:?}",
        site.names("releases")
    );
    assert_eq!(hidden(site.names("")), 1, "{step}: {:?}", site.names(""));
    let known = site.states().len();
    assert_eq!(site.names("releases").len(), known, "{step}");
    // A git that was killed may have locked others out; then a pin too many stays.
    if !site.world.path("app/repo.git/packed-refs.lock").exists() {
        let pins = site.git("app/repo.git", &["for-each-ref", "refs/relswitch"]);
        assert_eq!(pins.lines().count(), known, "{step}: {pins}");
    }
    let _ = fs_err::remove_file(site.world.path("app/repo.git/packed-refs.lock"));
}

/// Two releases, of which the first is current and was before.
fn two() -> (Site, String, String) {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.push("page", "two");
    let two = site.ready("main");
    (site, one, two)
}

const HOOKS: &str = "--reload true --probe 'printenv RELSWITCH_ID'";

#[test]
fn a_switch_is_before_or_after_wherever_it_is_killed() {
    for hooks in ["", HOOKS] {
        let (site, one, two) = two();
        let reset = || _ = site.relswitch(&format!("switch {one}")).succeed();
        let command = format!("switch {two} {hooks}");
        at_each_call(&site, "signal=KILL", &command, reset, |step, ran| {
            assert_ne!(ran.status, 0, "{step}");
            assert_sound(&site, step);
            site.relswitch(&command).succeed();
            assert_eq!(site.page(), "two", "{step}");
        });
    }
}

#[test]
fn a_switch_that_fails_at_any_call_goes_back() {
    for (error, hooks) in [("EIO", ""), ("ENOSPC", HOOKS)] {
        let (site, one, two) = two();
        let reset = || _ = site.relswitch(&format!("switch {one}")).succeed();
        let command = format!("switch {two} {hooks}");
        at_each_call(&site, &format!("error={error}"), &command, reset, |step, ran| {
            // What may fail without harm (a mark in a release) lets it succeed.
            assert!([0, 3, 4, 74].contains(&ran.status), "{step}: {}", ran.stderr);
            let expected = if ran.status == 0 { "two" } else { "one" };
            assert!(
                ran.status == 4 || site.page() == expected,
                "{step}: {}",
                ran.stderr
            );
            assert_sound(&site, step);
            assert_eq!(site.page(), expected, "{step}: {}", ran.stderr);
            site.relswitch(&command).succeed();
        });
    }
}

#[test]
fn a_rollback_is_before_or_after_wherever_it_is_killed() {
    let (site, _, two) = two();
    let reset = || {
        site.relswitch(&format!("ready {two}")).succeed();
        site.relswitch(&format!("switch {two}")).succeed();
    };
    at_each_call(&site, "signal=KILL", "rollback", reset, |step, ran| {
        assert_ne!(ran.status, 0, "{step}");
        assert_sound(&site, step);
        if site.page() == "two" {
            site.relswitch("rollback").succeed();
        }
        assert_eq!(site.page(), "one", "{step}");
    });
}

#[test]
fn staging_leaves_nothing_half_wherever_it_is_killed_or_fails() {
    for fault in ["signal=KILL", "error=EACCES"] {
        let (site, _, _) = two();
        let reset = || _ = site.relswitch("prune").succeed();
        at_each_call(&site, fault, "stage main", reset, |step, ran| {
            if fault.starts_with("signal") {
                assert_sound(&site, step);
            } else if ran.status != 0 {
                assert!([65, 74, 77].contains(&ran.status), "{step}: {}", ran.stderr);
                assert_sound(&site, step);
            }
            site.relswitch("stage main").succeed();
        });
    }
}

#[test]
fn ready_and_prune_can_be_repeated_wherever_they_are_killed() {
    let (site, _, two) = two();
    site.configure(&json!({"shared": ["media/"]}));
    let unmake = || {
        site.relswitch(&format!("fail {two}")).succeed();
        let _ = fs_err::remove_file(site.world.path(format!("app/releases/{two}/media")));
    };
    let command = format!("ready {two}");
    at_each_call(&site, "signal=KILL", &command, unmake, |step, _| {
        assert_sound(&site, step);
        site.relswitch(&command).succeed();
    });
    let reset = || {
        for _ in 0..2 {
            site.deploy("main");
        }
    };
    at_each_call(&site, "signal=KILL", "prune --keep 1", reset, |step, _| {
        assert_sound(&site, step);
        site.relswitch("prune --keep 1").succeed();
        assert_eq!(site.states().len(), 2, "{step}");
        assert_eq!(site.names(".relswitch/trash"), [""; 0], "{step}");
    });
}
