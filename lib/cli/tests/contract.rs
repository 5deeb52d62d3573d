//! What contracts promise of every tool, on the smallest one (`examples/count.rs`).

#![allow(clippy::unwrap_used, reason = "a test that cannot run has failed")]

use kit::{Run, World};
use std::env;

/// Returns the example, built by cargo beside this test.
fn count(world: &World) -> Run {
    let here = env::current_exe().unwrap();
    let target = here.ancestors().nth(2).unwrap();
    world.run(target.join("examples/count"))
}

#[test]
fn a_pipe_gets_a_document() {
    let world = World::new();
    let ran = count(&world).arg("-").stdin("abc").succeed();
    assert_eq!(
        ran.json(),
        serde_json::json!({"schema": "count/1", "file": "<stdin>", "bytes": 3})
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_format_can_be_fixed_by_flag_and_by_environment() {
    let world = World::new();
    let text = count(&world)
        .args(["-", "--format", "text"])
        .stdin("abc")
        .succeed();
    assert_eq!(text.text(), "<stdin>: 3 bytes\n");
    let none = count(&world)
        .arg("-")
        .env("PYDEPLOY_FORMAT", "none")
        .stdin("abc")
        .succeed();
    assert_eq!(none.text(), "");
}

#[test]
fn a_product_that_is_a_text_stays_a_text_in_a_pipe() {
    let world = World::new();
    assert_eq!(
        count(&world)
            .args(["-", "--number"])
            .stdin("abc")
            .succeed()
            .text(),
        "3\n"
    );
    let json = count(&world)
        .args(["-", "--number", "--format", "json"])
        .stdin("abc")
        .succeed();
    assert_eq!(json.json()["bytes"], 3);
}

#[test]
fn no_is_an_answer() {
    let world = World::new();
    let ran = count(&world).arg("-").stdin("a").output().expect(1);
    assert_eq!((&ran.json()["bytes"], ran.stderr.as_str()), (&1.into(), ""));
}

#[test]
fn empty_input_is_an_error() {
    let world = World::new();
    count(&world).arg("-").stdin("\n").output().fails(65, "no-input");
    count(&world).arg("-").output().fails(65, "no-input");
}

#[test]
fn a_missing_file_is_named() {
    let world = World::new();
    let ran = count(&world).arg("gone").output().fails(65, "not-found");
    assert_eq!(ran.json()["file"], "gone");
    assert!(
        ran.stderr.starts_with("count: error: cannot read gone\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_failure_of_the_command_before_is_passed_on() {
    let world = World::new();
    let first = count(&world)
        .args(["-", "--least", "9"])
        .stdin("abc")
        .output()
        .fails(65, "lint");
    let second = count(&world)
        .arg("-")
        .stdin(first.stdout.clone())
        .output()
        .expect(65);
    assert_eq!((second.stdout, second.stderr.as_str()), (first.stdout, ""));
}

#[test]
fn wrong_usage_is_a_document_too() {
    let world = World::new();
    let ran = count(&world).args(["-", "--nonsense"]).output().expect(2);
    assert_eq!(ran.json()["kind"], "usage");
    assert!(ran.stderr.contains("--nonsense"), "{}", ran.stderr);
}

#[test]
fn quiet_and_verbose() {
    let world = World::new();
    assert_eq!(
        count(&world).args(["-", "-v"]).stdin("abc").succeed().stderr,
        "count: counted\n"
    );
    assert_eq!(count(&world).args(["-", "-q"]).stdin("abc").succeed().stderr, "");
    count(&world).args(["-", "-q", "-v"]).output().expect(2);
}

#[test]
fn completions_need_no_other_argument() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            count(&world)
                .args(["--completions", shell])
                .succeed()
                .text()
                .contains("count")
        );
    }
}

/// Starts the example on a pipe that nobody writes, sends it signals, and returns its exit status.
fn signalled(world: &World, run: Run, signals: &[&str]) -> Option<i32> {
    let fifo = world.path("fifo");
    world.run("mkfifo").arg(&fifo).succeed();
    let mut child = run.arg(&fifo).spawn();
    let stat = format!("/proc/{}/status", child.id());
    kit::until("it handles SIGTERM", || {
        let status = std::fs::read_to_string(&stat).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t"));
        u64::from_str_radix(caught.unwrap(), 16).unwrap() >> (15 - 1) & 1 == 1
    });
    for signal in signals {
        assert!(child.try_wait().unwrap().is_none(), "{signal}");
        let id = child.id().to_string();
        world
            .run("kill")
            .as_caller()
            .args([signal, &id.as_str()])
            .succeed();
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    kit::until("it ends", || child.try_wait().unwrap().is_some());
    child.wait().unwrap().code()
}

#[test]
fn a_signal_ends_with_128_and_its_number() {
    for (signal, number) in [("-HUP", 1), ("-INT", 2), ("-TERM", 15)] {
        let world = World::new();
        // Whoever runs the tests may have them ignore some.
        let program = count(&world).program();
        let heeding = world.run("env").arg("--default-signal").arg(program);
        assert_eq!(signalled(&world, heeding, &[signal]), Some(128 + number));
    }
}

#[test]
fn a_signal_that_the_caller_ignores_stays_ignored() {
    let world = World::new();
    let program = count(&world).program();
    let deaf = world
        .run("sh")
        .args(["-c", "trap '' HUP INT; exec \"$0\" \"$1\""])
        .arg(program);
    assert_eq!(
        signalled(&world, deaf, &["-HUP", "-INT", "-TERM"]),
        Some(128 + 15)
    );
}
