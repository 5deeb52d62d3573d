//! What `scripts/bootstrap` says when something is missing.

use crate::workspace::root;
use kit::{Ran, World};
use std::os::unix::fs::symlink;

/// Programs that the script itself uses; nothing that it looks for.
const SHELL: [&str; 7] = ["sh", "id", "dirname", "sort", "tr", "cat", "env"];

/// Runs a copy of the script, as an ordinary user on a machine that has only these programs.
fn bootstrap(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let programs = world.folder("programs");
    for name in SHELL {
        symlink(format!("/usr/bin/{name}"), programs.join(name)).unwrap();
    }
    let script = fs_err::read_to_string(root().join("scripts/bootstrap")).unwrap();
    // The script adds the folders of daemons itself; this machine's are not to be seen.
    let script = script.replace("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin", "");
    world.write("tree/scripts/bootstrap", script);
    let run = world
        .run("/bin/sh")
        .arg("tree/scripts/bootstrap")
        .args(arguments)
        .env("PATH", &programs);
    variables
        .iter()
        .fold(run, |run, (name, value)| run.env(name, value))
        .output()
}

#[test]
fn without_root_it_names_the_line_to_type() {
    let world = World::new();
    let ran = bootstrap(&world, &[], &[]).expect(1);
    assert!(ran.stderr.contains("mandoc"), "{}", ran.stderr);
    assert!(ran.stderr.contains("nginx-light"), "{}", ran.stderr);
    assert!(ran.stderr.contains("this is no Debian"), "{}", ran.stderr);

    symlink("/bin/true", world.path("programs/apt-get")).unwrap();
    let ran = world
        .run("/bin/sh")
        .arg("tree/scripts/bootstrap")
        .env("PATH", world.path("programs"))
        .output()
        .expect(1);
    assert!(
        ran.stderr.contains(
            "type  sudo apt-get install --no-install-recommends apache2 bind9-utils btrfs-progs cron faketime fish git"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn without_daemons_it_goes_on_and_says_so() {
    let world = World::new();
    let ran = bootstrap(&world, &["--dry-run"], &[("TEST_SKIP_DAEMONS", "1")]);
    assert!(
        ran.stderr
            .contains("SKIPPED (not installed: apache2 bind9-utils cron faketime logrotate nginx-light"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("missing: cron"), "{}", ran.stderr);
    assert!(ran.stderr.contains("mandoc"), "{}", ran.stderr);
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = World::new();
    bootstrap(&world, &["--dry-run"], &[]);
    assert!(!world.path("tree/target").exists());
}

#[test]
fn an_unknown_word_is_refused() {
    let world = World::new();
    let ran = bootstrap(&world, &["--help-me"], &[]).expect(2);
    assert!(ran.stderr.contains("usage: scripts/bootstrap"), "{}", ran.stderr);
}
