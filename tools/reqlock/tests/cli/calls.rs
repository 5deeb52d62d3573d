//! The system calls of a run: which there are none of, and what is there when a run is killed at one, or one fails.

use crate::workplace::Workplace;
use kit::Run;

/// Prepares a run of another program that is to run the tool.
fn through(place: &Workplace, program: &str, arguments: &[&str]) -> Run {
    // Who runs the tool is an ordinary user, and may need a copy.
    place.bare().arg("--version").succeed();
    let copy = place.world.path("bin/reqlock");
    let binary = if copy.exists() {
        copy
    } else {
        env!("CARGO_BIN_EXE_reqlock").into()
    };
    let run = place.world.run(program).args(arguments).arg(binary);
    let run = run.args(["--target", "cp312-manylinux_2_28_x86_64", "requirements.in"]);
    run.env("PIP_INDEX_URL", place.index.url())
        .env("PIP_RETRIES", "0")
}

const OUTPUTS: [&str; 4] = ["-o", "requirements.txt", "-o", "pylock.toml"];

/// Returns the calls by which a run opens sockets or starts programs, by name.
fn calls(place: &Workplace, arguments: &[&str]) -> Vec<String> {
    let strace = [
        "-f",
        "-qq",
        "-e",
        "trace=socket,connect,bind,execve,execveat",
        "-e",
        "signal=none",
        "-o",
        "trace",
    ];
    through(place, "/usr/bin/strace", &strace)
        .args(arguments)
        .succeed();
    let trace = place.world.read("trace");
    let name = |line: &str| {
        let call = line.split_once('(')?.0;
        call.split_whitespace().next_back().map(str::to_owned)
    };
    trace.lines().filter_map(name).collect()
}

#[test]
fn a_check_uses_no_socket_and_starts_no_program() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    let locking = calls(&place, &OUTPUTS);
    assert!(locking.contains(&"connect".to_owned()), "{locking:?}");
    for arguments in [
        &["--check", "-o", "requirements.txt"][..],
        &["--check", "-o", "pylock.toml"],
    ] {
        assert_eq!(calls(&place, arguments), ["execve"], "{arguments:?}");
    }
}

#[test]
fn a_disk_that_is_full_leaves_every_lock_as_it_was() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\nhelper\n");
    place.world.folder("small");
    // All that is free is filled; what is there then is told on standard error.
    let script = "mount -t tmpfs -o size=64k none small && echo old > small/requirements.txt && \
        cat /dev/zero > small/filler 2> /dev/null; \"$@\" -o first.txt -o small/requirements.txt; status=$?; \
        cat small/requirements.txt >&2; ls -A small >&2; exit $status";
    let run = || through(&place, "/usr/bin/unshare", &["-rm", "sh", "-c", script, "sh"]);
    place.world.write("first.txt", "old\n");
    let ran = run().output().fails(74, "disk-full");
    let message = ran.json()["message"].to_string();
    assert!(message.contains("small/requirements.txt"), "{message}");
    assert!(
        ran.stderr.ends_with("\nold\nfiller\nrequirements.txt\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        place.world.read("first.txt"),
        "old\n",
        "the other lock has room, but is of the same run"
    );
    assert!(leftovers(&place).is_empty());
}

#[test]
fn a_disk_that_is_full_at_standard_output_is_told() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    let script = "\"$@\" > /dev/full";
    let ran = through(&place, "/bin/sh", &["-c", script, "sh"]).output();
    assert_eq!(ran.status, 74, "{}", ran.stderr);
    assert!(ran.stderr.contains("No space left"), "{}", ran.stderr);
}

fn leftovers(place: &Workplace) -> Vec<String> {
    let entries = fs_err::read_dir(place.world.root()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(".tmp-")).collect()
}

/// Ends runs at these calls, or has the calls fail, and looks at what is there then, and after the next run.
fn disturbed(steps: impl IntoIterator<Item = (&'static str, u32)>, how: &str) -> u32 {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\nhelper\n");
    let names = ["requirements.txt", "pylock.toml"];
    through(&place, "/usr/bin/env", &[]).args(OUTPUTS).succeed();
    let new = names.map(|name| place.world.read(name));
    let old = [
        format!("helper==1.0 \\\n    --hash=sha256:{}\n", "0".repeat(64)),
        new[1].replace("2.0", "1.0"),
    ];
    let mut disturbed = 0;
    for (call, nth) in steps {
        for (name, text) in names.iter().zip(&old) {
            place.world.write(name, text);
        }
        let inject = format!("inject={call}:{how}:when={nth}");
        let traced = ["-f", "-qq", "-o", "/dev/null", "-e", &inject];
        let run = through(&place, "/usr/bin/strace", &traced)
            .args(OUTPUTS)
            .arg("-U");
        let ran = run.output();
        disturbed += u32::from(ran.status != 0);
        for ((name, old), new) in names.iter().zip(&old).zip(&new) {
            let found = place.world.read(name);
            assert!(found == *old || found == *new, "{call} {nth}: {name} is {found}");
            assert!(
                ran.status != 0 || found == *new,
                "{call} {nth}: {name} is old, and nobody said so"
            );
        }
        through(&place, "/usr/bin/env", &[])
            .args(OUTPUTS)
            .arg("-U")
            .succeed();
        assert_eq!(names.map(|name| place.world.read(name)), new, "{call} {nth}");
        assert_eq!(leftovers(&place), Vec::<String>::new(), "{call} {nth}");
    }
    disturbed
}

/// The calls that change something.
const CHANGES: [&str; 12] = [
    "openat",
    "write",
    "fchmod",
    "flock",
    "fsync",
    "rename",
    "mkdir",
    "unlink",
    "ftruncate",
    "fdatasync",
    "sendto",
    "clone3",
];

#[test]
fn killed_at_a_call_that_writes_both_locks_are_old_or_new() {
    let steps = [
        ("fchmod", 1),
        ("flock", 2),
        ("write", 3),
        ("fsync", 1),
        ("fsync", 2),
        ("rename", 1),
        ("rename", 2),
    ];
    assert!(disturbed(steps, "signal=KILL") >= 5);
}

#[test]
#[ignore = "long: every call that changes something"]
fn killed_at_every_call() {
    let steps = CHANGES
        .into_iter()
        .flat_map(|call| (1..=40).map(move |nth| (call, nth)));
    assert!(disturbed(steps, "signal=KILL") >= 60);
}

#[test]
#[ignore = "long: every call that changes something"]
fn errors_at_every_call() {
    let steps = || {
        CHANGES
            .into_iter()
            .flat_map(|call| (1..=12).map(move |nth| (call, nth)))
    };
    assert!(disturbed(steps(), "error=EIO") >= 10);
    assert!(disturbed(steps(), "error=ENOSPC") >= 10);
}
