//! Where a plan says that it comes from.

use crate::{ETCSYNC, apply, mode, ops, sync, world};
use kit::{Ran, World};
use serde_json::Value;

fn planned(world: &World, flags: &[&str]) -> Ran {
    world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .args(flags)
        .succeed()
}

fn source(world: &World) -> Value {
    planned(world, &[]).json()["source"].clone()
}

#[test]
fn rules_can_stand_elsewhere() {
    let world = world();
    world.write("etc.attrs", "cron.d/* mode=0600\nnginx/** mode=0640\n");
    world.write("host.attrs", "cron.d/app mode=0400\n");
    apply(&world, &planned(&world, &["--attrs", "host.attrs"])).expect(0);
    assert_eq!(
        mode(&world, "root/cron.d/app"),
        0o400,
        "the file that is named wins"
    );
    assert_eq!(
        mode(&world, "root/nginx/sites-available/app"),
        0o640,
        "the one beside the layer holds too"
    );
    world.write("last.attrs", "cron.d/app mode=0440\n");
    let later = planned(&world, &["--attrs", "host.attrs", "--attrs", "last.attrs"]);
    assert_eq!(ops(&later), ["meta cron.d/app"]);
    // The rules of a plan are read again with its layers.
    world.write("last.attrs", "cron.d/app mode=0444\n");
    apply(&world, &later).fails(65, "stale-plan");
    let diff = world
        .run(ETCSYNC)
        .args(["diff", "etc", "--root", "root", "--attrs", "host.attrs"]);
    assert_eq!(diff.succeed().text(), "");
    let gone = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root", "--attrs", "gone.attrs"]);
    assert_eq!(gone.output().fails(65, "not-found").json()["file"], "gone.attrs");
    world.write("last.attrs", "\ncron.d/app mode=9\n");
    let wrong = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root", "--attrs", "last.attrs"]);
    let wrong = wrong.output().fails(65, "bad-syntax").json();
    assert_eq!(
        (wrong["file"].as_str(), wrong["line"].as_u64()),
        (Some("last.attrs"), Some(2))
    );
}

/// One digest of everything that the plan is made from; what the root has is no part of it.
#[test]
fn the_digest_of_the_layers_changes_with_them() {
    let world = world();
    let tree = || source(&world)["tree"].as_str().unwrap().to_owned();
    let first = tree();
    assert!(first.starts_with("sha256:") && first.len() == 71, "{first}");
    sync(&world).expect(0);
    assert_eq!(tree(), first);
    let mut seen = vec![first];
    let mut changes: Vec<Box<dyn Fn()>> = vec![
        Box::new(|| _ = world.write("etc/cron.d/app", "1 1 * * * root /bin/true\n")),
        Box::new(|| crate::chmod(&world, "etc/cron.d/app", 0o775)),
        Box::new(|| _ = world.write("etc.attrs", "# rules\n")),
        Box::new(|| _ = world.folder("etc/empty")),
        Box::new(|| fs_err::rename(world.path("etc/empty"), world.path("etc/named")).unwrap()),
    ];
    changes.push(Box::new(|| {
        fs_err::remove_file(world.path("etc/nginx/sites-enabled/app")).unwrap();
        crate::link(
            &world,
            "etc/nginx/sites-enabled/app",
            "/etc/nginx/sites-available/app",
        );
    }));
    for change in changes {
        change();
        let now = tree();
        assert!(!seen.contains(&now), "{seen:?}");
        assert_eq!(tree(), now, "the same again");
        seen.push(now);
    }
}

/// A digest that covers a secret would let it be guessed.
#[test]
fn the_digest_of_the_layers_tells_nothing_of_secrets() {
    let world = world();
    world.write("etc/app/key", "one\n");
    world.write("etc.attrs", "app/key mode=0640\n");
    let before = source(&world);
    world.write("etc/app/key", "two\n");
    assert_eq!(source(&world), before);
}

fn git(world: &World, arguments: &[&str]) -> String {
    let who = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
    ];
    world
        .run("git")
        .args(who)
        .args(arguments)
        .succeed()
        .text()
        .trim()
        .to_owned()
}

#[test]
fn the_commit_of_a_checkout_is_told() {
    let world = world();
    assert_eq!(source(&world).get("git"), None, "no checkout");
    git(&world, &["init", "-q"]);
    assert_eq!(source(&world).get("git"), None, "no commit");
    world.write("etc.attrs", "# rules\n");
    git(&world, &["add", "etc", "etc.attrs"]);
    git(&world, &["commit", "-qm", "one"]);
    let commit = git(&world, &["rev-parse", "HEAD"]);
    let is = |dirty: bool| serde_json::json!({"commit": commit, "dirty": dirty});
    world.write("elsewhere", "not in the layer\n");
    assert_eq!(source(&world)["git"], is(false));
    let bytes = planned(&world, &[]).stdout;
    assert_eq!(planned(&world, &[]).stdout, bytes, "the same bytes");
    // A hook's own repository is another one.
    let hook = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .env("GIT_DIR", "/nowhere");
    assert_eq!(hook.succeed().stdout, bytes);
    world.write("etc.attrs", "# other rules\n");
    assert_eq!(source(&world)["git"], is(true));
    git(&world, &["checkout", "-q", "etc.attrs"]);
    world.write("etc/new", "new\n");
    assert_eq!(source(&world)["git"], is(true));
    // Committed between plan and apply: the same files, so the plan holds, and the log says what it said.
    let plan = planned(&world, &[]);
    git(&world, &["add", "etc"]);
    git(&world, &["commit", "-qm", "two"]);
    apply(&world, &plan).expect(0);
    let log = world
        .run(ETCSYNC)
        .args(["log", "--root", "root"])
        .succeed()
        .json();
    assert_eq!(log["generations"][0]["source"]["git"], is(true));
    let people = world
        .run(ETCSYNC)
        .args(["log", "--root", "root", "--format", "text"])
        .succeed()
        .text();
    assert!(
        people.contains(&commit[..12]) && people.contains("not committed"),
        "{people}"
    );
}

/// Root looks at a checkout of somebody else's: programs that its configuration names do not run as root.
#[test]
fn a_checkout_s_own_programs_are_not_root_s() {
    if !kit::has_root() {
        return;
    }
    let world = world();
    git(&world, &["init", "-q"]);
    git(&world, &["add", "etc"]);
    git(&world, &["commit", "-qm", "one"]);
    let ran = world.path("ran");
    world.write("filter", format!("#!/bin/sh\nid -u >> {}\ncat\n", ran.display()));
    crate::chmod(&world, "filter", 0o755);
    git(
        &world,
        &[
            "config",
            "filter.evil.clean",
            world.path("filter").to_str().unwrap(),
        ],
    );
    git(
        &world,
        &["config", "core.fsmonitor", world.path("filter").to_str().unwrap()],
    );
    world.write(".gitattributes", "* filter=evil\n");
    world.write("etc/cron.d/app", "1 1 * * * root /bin/true\n");
    let plan = world.run(ETCSYNC).as_caller();
    let plan = plan
        .args(["plan", "etc", "--root", "root", "--state", "state"])
        .env("SUDO_UID", kit::UNPRIVILEGED.to_string());
    assert_eq!(plan.succeed().json()["source"]["git"]["dirty"], true);
    let users = world.read("ran");
    assert!(
        users.lines().all(|user| user == kit::UNPRIVILEGED.to_string()),
        "{users}"
    );
}
