//! Plans that carry their source, for hosts that have none.

use crate::{ETCSYNC, chmod, link, ops, tree};
use kit::{Ran, Run, World};
use serde_json::{Value, json};
use std::path::Path;

/// A world with a checkout in `dev`, and a host in `far` that has a root and nothing else.
fn apart() -> World {
    let world = World::new();
    world.write("dev/etc/app/app.conf", "one\n");
    world.write("dev/etc/app/run", "#!/bin/sh\n");
    chmod(&world, "dev/etc/app/run", 0o755);
    world.write("dev/etc/app/bytes", [0, 255, 10].as_slice());
    link(&world, "dev/etc/app/link", "app.conf");
    world.folder("dev/etc/app/empty");
    world.write("dev/etc.attrs", "app/* mode=0664\napp/run !mode\n");
    world.folder("dev/root");
    world.folder("far/root");
    world
}

/// Prepares a run on one of the two, each with a state of its own.
fn at(world: &World, host: &str) -> Run {
    let state = world.path(host).join("state");
    world.run(ETCSYNC).cwd(host).env("XDG_STATE_HOME", state)
}

fn embedded(world: &World, flags: &[&str]) -> Ran {
    let plan = at(world, "dev").args(["plan", "etc", "--root", "root", "--embed"]);
    plan.args(flags).succeed()
}

fn arrives(world: &World, plan: impl Into<Vec<u8>>) -> Ran {
    at(world, "far").args(["apply", "-"]).stdin(plan).output()
}

/// The same as if the layers were there, and byte for byte the same plan each time.
#[test]
fn a_host_without_the_layers_gets_what_they_say() {
    let world = apart();
    let plan = embedded(&world, &[]);
    assert_eq!(plan.stdout, embedded(&world, &[]).stdout);
    fs_err::rename(world.path("dev/etc"), world.path("dev/gone")).unwrap();
    arrives(&world, plan.stdout.clone()).expect(0);
    fs_err::rename(world.path("dev/gone"), world.path("dev/etc")).unwrap();
    at(&world, "dev")
        .args(["apply", "-"])
        .stdin(plan.stdout)
        .succeed();
    assert_eq!(tree(&world.path("far/root")), tree(&world.path("dev/root")));
    assert_eq!(crate::mode(&world, "far/root/app/app.conf"), 0o664);
    assert_eq!(crate::mode(&world, "far/root/app/run"), 0o755);
    // What the layers no longer have goes there too.
    fs_err::remove_file(world.path("dev/etc/app/bytes")).unwrap();
    arrives(&world, embedded(&world, &[]).stdout).expect(0);
    assert!(!world.path("far/root/app/bytes").exists());
    at(&world, "far")
        .args(["rollback", "0", "--root", "root"])
        .succeed();
    assert_eq!(tree(&world.path("far/root")).len(), 0);
}

/// A host that is not as the one where the plan was made plans for itself, from what came with the plan.
#[test]
fn a_plan_that_carries_its_layers_is_planned_again_elsewhere() {
    let world = apart();
    world.write("far/root/app/app.conf", "theirs\n");
    let plan = embedded(&world, &[]);
    arrives(&world, plan.stdout.clone()).fails(65, "stale-plan");
    let again = at(&world, "far")
        .args(["plan", "-", "--root", "root"])
        .stdin(plan.stdout.clone())
        .succeed();
    assert!(
        ops(&again).contains(&"replace app/app.conf".to_owned()),
        "{:?}",
        ops(&again)
    );
    for command in ["diff", "check"] {
        let read = at(&world, "far").args([command, "-"]).stdin(again.stdout.clone());
        assert!(command == "check" || read.succeed().text().contains("-theirs\n+one\n"));
    }
    arrives(&world, again.stdout).expect(0);
    let wanted = plan.json()["embedded"].clone();
    let settled = at(&world, "far")
        .args(["plan", "-", "--root", "root"])
        .stdin(plan.stdout)
        .succeed();
    assert_eq!(
        (ops(&settled).len(), settled.json()["embedded"].clone()),
        (0, wanted)
    );
    let bare = at(&world, "dev")
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    let refused = at(&world, "far").args(["plan", "-"]).stdin(bare.stdout).output();
    refused.fails(2, "usage");
}

fn doctored(plan: &Ran, path: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut plan = plan.json();
    let items = plan["embedded"]["items"].as_array_mut().unwrap();
    change(items.iter_mut().find(|item| item["path"] == path).unwrap());
    plan.to_string()
}

#[test]
fn what_was_changed_on_the_way_is_refused() {
    let world = apart();
    let plan = embedded(&world, &[]);
    let path = "app/app.conf";
    let content =
        |content: &'static str| doctored(&plan, path, |item| item["is"]["content"] = content.into());
    let refused = arrives(&world, content("dHdvCg=="))
        .fails(65, "hash-mismatch")
        .json();
    assert_eq!(refused["file"], path);
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("expected sha256:") && message.contains("found sha256:"),
        "{message}"
    );
    for truncated in ["b25lC", "b25l", ""] {
        let kind = if truncated.len() == 5 {
            "bad-document"
        } else {
            "hash-mismatch"
        };
        arrives(&world, content(truncated)).fails(65, kind);
    }
    arrives(&world, content("!!!!")).fails(65, "bad-document");
    let whole = &plan.stdout[..plan.stdout.len() / 2];
    arrives(&world, whole).fails(65, "bad-document");
    let away = |to: &'static str| doctored(&plan, path, |item| item["path"] = to.into());
    for outside in ["../app.conf", "/etc/passwd", "app/../../x"] {
        assert_eq!(
            arrives(&world, away(outside)).expect(65).json()["schema"],
            "error/1",
            "{outside}"
        );
    }
    arrives(&world, away("app/run")).fails(65, "bad-document");
    arrives(&world, away("app/run/below")).fails(65, "collision");
    arrives(&world, away("app/other.conf")).fails(65, "stale-plan");
    arrives(&world, doctored(&plan, path, |item| item["layer"] = 7.into())).fails(65, "bad-document");
    // Another content with the digest to it is another plan.
    let other = doctored(&plan, path, |item| {
        item["is"]["content"] = "dHdvCg==".into();
        item["is"]["digest"] =
            "sha256:27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a".into();
    });
    arrives(&world, other).fails(65, "stale-plan");
    assert_eq!(tree(&world.path("far/root")).len(), 0);
    arrives(&world, plan.stdout).expect(0);
}

/// Commands come from the host's own services: none that a plan names is run.
#[test]
fn no_command_travels() {
    let world = apart();
    let mut plan = embedded(&world, &[]).json();
    let touch = json!({"name": "x", "commands": [["touch", world.path("ran")]], "why": ["app/app.conf"]});
    plan["reloads"] = json!([touch]);
    plan["checks"] = json!([{"name": "x", "argv": ["touch", world.path("ran")]}]);
    arrives(&world, plan.to_string()).expect(0);
    assert!(!world.path("ran").exists());
    world.write("dev/etc.attrs", "define x reload=[\"true\"]\n");
    let plan = at(&world, "dev");
    plan.args(["plan", "etc", "--root", "root", "--embed"])
        .output()
        .fails(65, "bad-syntax");
}

fn secret(world: &World) {
    world.write("dev/etc/app/key", "hush\n");
    world.write("dev/etc/app/private", "hush\n");
    world.write("dev/etc.attrs", "app/key secret\napp/private mode=0600\n");
}

/// Base64 of what is secret.
const HUSH: &str = "aHVzaAo=";

#[test]
fn what_is_secret_travels_only_when_that_is_meant() {
    let world = apart();
    secret(&world);
    let plan = embedded(&world, &[]);
    assert!(
        !plan.text().contains(HUSH) && !plan.text().contains("hush"),
        "{}",
        plan.text()
    );
    let left_out: Vec<_> = plan.json()["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(left_out, ["app/key", "app/private"]);
    let refused = arrives(&world, plan.stdout).fails(65, "not-found").json();
    assert_eq!(refused["file"], "app/key");
    assert!(refused["hint"].as_str().unwrap().contains("--embed-secrets"));
    assert_eq!(tree(&world.path("far/root")).len(), 0);
    let open = embedded(&world, &["--embed-secrets"]);
    assert_eq!(open.text().matches(HUSH).count(), 2);
    arrives(&world, open.stdout).expect(0);
    assert_eq!(world.read("far/root/app/key"), "hush\n");
    assert_eq!(crate::mode(&world, "far/root/app/private"), 0o600);
    let diff = at(&world, "far").args(["plan", "-", "--root", "root"]);
    let again = diff
        .stdin(embedded(&world, &["--embed-secrets"]).stdout)
        .succeed();
    assert_eq!(ops(&again), [""; 0]);
}

/// What the plan is not about does not travel with it, secrets least of all; and a secret that is there
/// already is nobody's hindrance.
#[test]
fn only_what_is_asked_for_travels() {
    let world = apart();
    secret(&world);
    world.write("dev/etc/other/app.conf", "other\n");
    let plan = embedded(&world, &["--embed-secrets", "--only", "other"]);
    let paths: Vec<_> = plan.json()["embedded"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].clone())
        .collect();
    assert_eq!(paths, ["other", "other/app.conf"]);
    arrives(&world, plan.stdout).expect(0);
    assert_eq!(tree(&world.path("far/root")).len(), 2);
    for host in ["dev", "far"] {
        let open = embedded(&world, &["--embed-secrets"]).stdout;
        let again = at(&world, host)
            .args(["plan", "-", "--root", "root"])
            .stdin(open)
            .succeed();
        at(&world, host)
            .args(["apply", "-"])
            .stdin(again.stdout)
            .succeed();
    }
    world.write("dev/etc/app/app.conf", "two\n");
    let plan = embedded(&world, &[]).stdout;
    let again = at(&world, "far")
        .args(["plan", "-", "--root", "root"])
        .stdin(plan)
        .succeed();
    assert_eq!(ops(&again), ["replace app/app.conf"]);
    arrives(&world, again.stdout).expect(0);
    assert_eq!(
        world.read("far/root/app/key"),
        "hush\n",
        "what was not named is not taken away"
    );
}

/// Later layers win there as here, and what is said of a layer is still said of the right one.
#[test]
fn several_layers_travel_together() {
    let world = apart();
    world.write("dev/etc.prod/app/app.conf", "prod\n");
    world.write("dev/etc.prod.attrs", "app/app.conf mode=0600\n");
    let plan = at(&world, "dev")
        .args(["plan", "etc", "etc.prod", "--root", "root", "--embed-secrets"])
        .succeed();
    arrives(&world, plan.stdout).expect(0);
    assert_eq!(world.read("far/root/app/app.conf"), "prod\n");
    assert_eq!(crate::mode(&world, "far/root/app/app.conf"), 0o600);
    assert!(Path::new(&world.path("far/root/app/run")).exists());
}
