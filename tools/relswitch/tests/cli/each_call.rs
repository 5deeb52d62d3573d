//! Faults at every system call that changes something: strace ends the process there, or has the call fail.

use std::collections::BTreeSet;

use kit::Ran;
use kit::calls::{CHANGES, changes};
use serde_json::json;

use crate::world::Site;

/// How many calls of one name are tried in every run of the tests; `make test-long` tries them all, on a release build.
const SAMPLE: usize = 4;

/// Runs a command under strace, with arguments of strace's.
fn traced(site: &Site, strace: &[&str], command: &str) -> Ran {
    let run = site.world.run("strace").args(["-f", "-qq"]).args(strace);
    let run = run.arg(site.relswitch_binary()).args(["-C", "app"]);
    run.args(crate::world::shell_words(command)).output()
}

/// Returns which calls of each name are to be tried, by their number in a process or thread; the command is done then.
fn calls(site: &Site, command: &str, tried: usize) -> Vec<(String, usize)> {
    let trace = site.world.path("trace");
    let filter = format!("trace={CHANGES}");
    traced(
        site,
        &["-y", "-o", trace.to_str().unwrap(), "-e", &filter],
        command,
    )
    .expect(0);
    let found = changes(&site.world.read("trace"), &site.world.path("app"));
    for call in ["openat", "write", "fsync"] {
        assert!(found.contains_key(call), "{command}: {found:?}");
    }
    let sampled = found
        .into_iter()
        .flat_map(|(call, numbers)| sample(numbers, tried).map(move |number| (call.clone(), number)));
    sampled.collect()
}

/// Returns so many of the numbers, the first and the last among them.
fn sample(numbers: BTreeSet<usize>, tried: usize) -> impl Iterator<Item = usize> {
    let numbers: Vec<_> = numbers.into_iter().collect();
    let tried = tried.min(numbers.len());
    let last = numbers.len() - 1;
    (0..tried).map(move |at| numbers[at * last / (tried - 1).max(1)])
}

/// Runs a command again and again, each time with a fault at another call. `reset` prepares each run, `check` looks at
/// what it left.
fn at_each_call(
    site: &Site,
    tried: usize,
    fault: &str,
    command: &str,
    reset: impl Fn(),
    check: impl Fn(&str, &Ran),
) {
    reset();
    for (call, number) in calls(site, command, tried) {
        reset();
        let inject = format!("inject={call}:{fault}:when={number}");
        let filter = format!("trace={call}");
        let ran = traced(site, &["-o", "/dev/null", "-e", &filter, "-e", &inject], command);
        check(&format!("{call} {number} of {command}"), &ran);
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

const HOOKS: &str = "--reload true --probe 'printenv RELSWITCH_ID'";

#[test]
fn a_switch_is_before_or_after_wherever_it_is_killed() {
    kill_switches(SAMPLE);
}

#[test]
fn a_switch_that_fails_at_any_call_goes_back() {
    fail_switches(SAMPLE);
}

#[test]
fn a_rollback_is_before_or_after_wherever_it_is_killed() {
    kill_rollbacks(SAMPLE);
}

#[test]
fn staging_leaves_nothing_half_wherever_it_is_killed_or_fails() {
    kill_or_fail_stages(SAMPLE);
}

#[test]
fn ready_and_prune_can_be_repeated_wherever_they_are_killed() {
    kill_ready_and_prune(SAMPLE);
}

#[test]
#[ignore = "minutes: make test-long"]
fn all_of_that_at_every_single_call() {
    for faults in [
        kill_switches,
        fail_switches,
        kill_rollbacks,
        kill_or_fail_stages,
        kill_ready_and_prune,
    ] {
        faults(usize::MAX);
    }
}

fn kill_switches(tried: usize) {
    for hooks in ["", HOOKS] {
        let (site, one, two) = Site::with_two();
        let reset = || _ = site.relswitch(&format!("switch {one}")).succeed();
        let command = format!("switch {two} {hooks}");
        at_each_call(&site, tried, "signal=KILL", &command, reset, |step, ran| {
            assert_ne!(ran.status, 0, "{step}");
            assert_sound(&site, step);
            site.relswitch(&command).succeed();
            assert_eq!(site.page(), "two", "{step}");
        });
    }
}

fn fail_switches(tried: usize) {
    for (error, hooks) in [("EIO", ""), ("ENOSPC", HOOKS)] {
        let (site, one, two) = Site::with_two();
        let reset = || _ = site.relswitch(&format!("switch {one}")).succeed();
        let command = format!("switch {two} {hooks}");
        at_each_call(
            &site,
            tried,
            &format!("error={error}"),
            &command,
            reset,
            |step, ran| {
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
            },
        );
    }
}

fn kill_rollbacks(tried: usize) {
    let (site, _, two) = Site::with_two();
    let reset = || {
        site.relswitch(&format!("ready {two}")).succeed();
        site.relswitch(&format!("switch {two}")).succeed();
    };
    at_each_call(&site, tried, "signal=KILL", "rollback", reset, |step, ran| {
        assert_ne!(ran.status, 0, "{step}");
        assert_sound(&site, step);
        if site.page() == "two" {
            site.relswitch("rollback").succeed();
        }
        assert_eq!(site.page(), "one", "{step}");
    });
}

fn kill_or_fail_stages(tried: usize) {
    for fault in ["signal=KILL", "error=EACCES"] {
        let (site, _, _) = Site::with_two();
        let reset = || _ = site.relswitch("prune").succeed();
        at_each_call(&site, tried, fault, "stage main", reset, |step, ran| {
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

fn kill_ready_and_prune(tried: usize) {
    let (site, _, two) = Site::with_two();
    site.configure(&json!({"shared": ["media/"]}));
    let unmake = || {
        site.relswitch(&format!("fail {two}")).succeed();
        let _ = fs_err::remove_file(site.world.path(format!("app/releases/{two}/media")));
    };
    let command = format!("ready {two}");
    at_each_call(&site, tried, "signal=KILL", &command, unmake, |step, _| {
        assert_sound(&site, step);
        site.relswitch(&command).succeed();
    });
    let reset = || {
        for _ in 0..2 {
            site.deploy("main");
        }
    };
    at_each_call(&site, tried, "signal=KILL", "prune --keep 1", reset, |step, _| {
        assert_sound(&site, step);
        site.relswitch("prune --keep 1").succeed();
        assert_eq!(site.states().len(), 2, "{step}");
        assert_eq!(site.names(".relswitch/trash"), [""; 0], "{step}");
    });
}
