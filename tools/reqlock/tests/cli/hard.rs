//! Inputs and indexes that are hard to bear: huge, circular, contradictory, changing, endless.

use crate::workplace::{Workplace, pins, without_header};
use kit::{
    index::{Fault, Times},
    wheel::Wheel,
};
use std::time::Duration;

#[test]
fn an_input_of_a_hundred_thousand_lines_is_read() {
    let place = Workplace::new();
    let mut text = String::new();
    for number in 0..50_000 {
        text += &format!("# line {number}\nhelper>={number} ; python_version < '3'\n");
    }
    text += "helper<2\nhelper>=1.0\nframework\n";
    place.world.write("requirements.in", &text);
    let run = || {
        place
            .reqlock()
            .args(["requirements.in", "-o", "requirements.txt"])
    };
    run().succeed();
    let lock = without_header(&place.world.read("requirements.txt"));
    assert_eq!(pins(&lock), "framework==2.0 helper==1.5");
    assert!(lock.contains("# via requirements.in:100001\n"), "{lock}");
    run().arg("--check").succeed();
}

#[test]
fn circles_end() {
    let place = Workplace::new();
    place.add(Wheel::new("egg", "1.0").requires("hen>=1"));
    place.add(Wheel::new("hen", "1.0").requires("egg"));
    let itself = Wheel::new("snake", "1.0").metadata("Provides-Extra: all\nProvides-Extra: tail");
    let itself = itself.requires("snake[tail] ; extra == 'all'");
    place.add(
        itself
            .requires("helper ; extra == 'tail'")
            .requires("snake[all] ; extra == 'tail'"),
    );
    assert_eq!(place.pins("hen\n"), "egg==1.0 hen==1.0");
    assert_eq!(place.pins("snake[all]\n"), "helper==2.0 snake[all,tail]==1.0");
}

#[test]
fn wheels_of_one_version_that_contradict_each_other_are_told_and_right_for_each_target() {
    let place = Workplace::new();
    let linux = Wheel::new("torn", "1.0").tag("cp312-cp312-manylinux_2_17_x86_64");
    let windows = Wheel::new("torn", "1.0").tag("cp312-cp312-win_amd64");
    place.add(linux.requires("helper"));
    place.add(windows.requires("addon"));
    place.world.write("requirements.in", "torn\n");
    let ran = place
        .reqlock()
        .args(["--target", "cp312-win_amd64", "requirements.in"])
        .succeed();
    assert!(ran.stderr.contains("do not require the same"), "{}", ran.stderr);
    let text = ran.text();
    assert!(text.contains("helper==2.0; sys_platform == \"linux\""), "{text}");
    assert!(text.contains("addon==0.1; sys_platform == \"win32\""), "{text}");
}

#[test]
fn a_search_without_end_is_given_up_and_says_what_fought() {
    let place = Workplace::new();
    for number in 1..=300 {
        place.add(Wheel::new("left", &format!("1.{number}")).requires(&format!("right=={number}")));
        place.add(Wheel::new("right", &format!("{number}")));
    }
    place.add(Wheel::new("bound", "1.0").requires("right==999"));
    place.add(Wheel::new("right", "999"));
    place.world.write("requirements.in", "left\nbound\n");
    place
        .index
        .set(|settings| settings.latency = Duration::from_millis(150));
    place.world.write("requirements.txt", "left==0.1\n");
    let ran = place
        .reqlock()
        .args([
            "requirements.in",
            "-o",
            "requirements.txt",
            "--search-timeout",
            "2",
        ])
        .output()
        .fails(75, "timeout");
    let causes = ran.json()["causes"].to_string();
    assert!(causes.contains("tried"), "{causes}");
    let fought = "bound and left wanted different versions of right: ";
    assert!(causes.contains(fought), "{causes}");
    assert!(causes.contains("left was in conflict with others: "), "{causes}");
    assert_eq!(place.world.read("requirements.txt"), "left==0.1\n");
}

#[test]
fn an_index_that_changes_between_two_requests_does_no_harm() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    let lock = || {
        place
            .reqlock()
            .args(["requirements.in", "-o", "requirements.txt", "--no-cache"])
            .output()
    };
    lock().expect(0);
    let before = place.world.read("requirements.txt");
    // The page still lists the wheel, but it has gone.
    place.index.fault("helper-2.0", Fault::Status(404), Times::Always);
    let ran = lock();
    assert_ne!(ran.status, 0);
    assert!(ran.text().contains("helper-2.0"), "{}", ran.text());
    assert_eq!(place.world.read("requirements.txt"), before);
    // It is another one under the same name.
    place.index.heal();
    place
        .index
        .fault("helper-2.0", Fault::ChangedBytes, Times::Always);
    lock().fails(65, "hash-mismatch");
    assert_eq!(place.world.read("requirements.txt"), before);
    place.index.heal();
    lock().expect(0);
    assert_eq!(place.world.read("requirements.txt"), before);
}

#[test]
fn a_run_that_is_killed_leaves_the_old_lock_or_the_new_one() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\nhelper\n");
    let run = || {
        place
            .reqlock()
            .args(["requirements.in", "-U", "-o", "requirements.txt"])
    };
    run().succeed();
    let new = place.world.read("requirements.txt");
    let old = "helper==1.0 \\\n    --hash=sha256:".to_owned() + &"0".repeat(64) + "\n";
    for milliseconds in (0..60).step_by(4) {
        place.world.write("requirements.txt", &old);
        run().killed_after(Duration::from_millis(milliseconds));
        let found = place.world.read("requirements.txt");
        assert!(found == old || found == new, "after {milliseconds} ms: {found}");
    }
    run().succeed();
    assert_eq!(place.world.read("requirements.txt"), new);
}

#[test]
fn files_in_any_encoding_that_pip_reads_are_read() {
    let place = Workplace::new();
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain("helper\r\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = b"# -*- coding: latin-1 -*-\n# \xe9t\xe9\nhelper\n".to_vec();
    for bytes in [
        utf16,
        latin,
        b"\xef\xbb\xbfhelper".to_vec(),
        b"help\\\ner\n".to_vec(),
    ] {
        place.world.write("requirements.in", &bytes);
        let ran = place.reqlock().arg("requirements.in").succeed();
        assert_eq!(pins(&without_header(&ran.text())), "helper==2.0", "{bytes:?}");
    }
    for (line, bytes) in [
        (2, &b"helper\nframe\0work\n"[..]),
        (1, b"<<<<<<< HEAD\nhelper\n"),
        (2, b"helper\nframework --global-option=x\n"),
        (1, b"helper @ https://${UNSET}/helper-1-py3-none-any.whl\n"),
    ] {
        place.world.write("requirements.in", bytes);
        let ran = place
            .reqlock()
            .arg("requirements.in")
            .output()
            .fails(65, "bad-syntax");
        assert_eq!(ran.json()["line"], line, "{}", ran.text());
    }
}
