//! Checks and reloads, with services that the owner of a root defines.

use crate::{ETCSYNC, plan, sync, tree, world};
use kit::{Ran, World};

/// Makes a world whose owner has a service `app`: its check refuses the word "bad", its
/// reload writes a line and refuses the word "stuck".
fn world_with_service() -> World {
    let world = world();
    world.write("etc/app/app.conf", "good\n");
    world.write("etc.attrs", "app/** check=app reload=app\n");
    world.write("check", "#!/bin/sh\n! grep bad \"$ETCSYNC_ROOT/app/app.conf\"\n");
    let log = world.path("log");
    world.write(
        "reload",
        format!(
            "#!/bin/sh\necho \"$(cat \"$ETCSYNC_ROOT/app/app.conf\")\" >> {}\n! grep stuck \"$ETCSYNC_ROOT/app/app.conf\"\n",
            log.display()
        ),
    );
    let (check, reload) = (world.path("check"), world.path("reload"));
    let services = format!(
        "define app check=[\"/bin/sh\",\"{}\"] reload=[\"/bin/sh\",\"{}\"]\n",
        check.display(),
        reload.display()
    );
    world.write("services", services);
    world
}

fn planned(world: &World) -> Ran {
    world
        .run(ETCSYNC)
        .args(["plan", "etc", "--services", "services", "--root", "root"])
        .succeed()
}

fn applied(world: &World, flags: &[&str]) -> Ran {
    let plan = planned(world);
    world
        .run(ETCSYNC)
        .args(["apply", "-"])
        .args(flags)
        .stdin(plan.stdout)
        .output()
}

fn log(world: &World) -> Vec<String> {
    world.read("log").lines().map(str::to_owned).collect()
}

#[test]
fn checks_see_the_new_files_before_anything_is_changed() {
    let world = world_with_service();
    let report = applied(&world, &[]).expect(0).json();
    assert_eq!(report["checks"][0]["result"], "passed", "{report:#}");
    assert_eq!(report["checks"][0]["how"], "overlay", "{report:#}");
    assert_eq!(log(&world), ["good"]);
    let before = tree(&world.path("root"));
    world.write("etc/app/app.conf", "bad\n");
    let failure = applied(&world, &[]).fails(65, "check-failed").json();
    assert!(failure["causes"].to_string().contains("bad"), "{failure:#}");
    assert_eq!(tree(&world.path("root")), before);
    assert_eq!(log(&world), ["good"]);
    let checked = world
        .run(ETCSYNC)
        .args(["check", "etc", "--services", "services", "--root", "root"])
        .output()
        .expect(1)
        .json();
    assert_eq!(checked["checks"][0]["result"], "failed", "{checked:#}");
}

#[test]
fn a_reload_that_fails_brings_the_old_files_back() {
    let world = world_with_service();
    applied(&world, &[]).expect(0);
    let before = tree(&world.path("root"));
    world.write("etc/app/app.conf", "stuck\n");
    let failure = applied(&world, &[]).fails(3, "reload-failed").json();
    assert_eq!(
        failure["report"]["done"].as_array().map(Vec::len),
        Some(0),
        "{failure:#}"
    );
    assert_eq!(tree(&world.path("root")), before);
    assert_eq!(
        log(&world),
        ["good", "stuck", "good"],
        "the service was told of the old files again"
    );
    let status = world
        .run(ETCSYNC)
        .args(["status", "--exit-code", "--root", "root"])
        .succeed()
        .json();
    assert_eq!(status["generation"], 1);
}

#[test]
fn a_reload_that_fails_with_the_old_files_too_is_left_for_recover() {
    let world = world_with_service();
    world.write("root/app/app.conf", "stuck before\n");
    world.write("etc/app/app.conf", "stuck after\n");
    applied(&world, &[]).fails(4, "needs-recover");
    assert_eq!(world.read("root/app/app.conf"), "stuck before\n");
    let status = world
        .run(ETCSYNC)
        .args(["status", "--exit-code", "--root", "root"])
        .output()
        .expect(1)
        .json();
    assert_eq!(status["pending"][0], "app");
    world
        .run(ETCSYNC)
        .args(["recover", "--root", "root"])
        .output()
        .fails(3, "reload-failed");
    world.write("root/app/app.conf", "mended\n");
    world.run(ETCSYNC).args(["recover", "--root", "root"]).succeed();
    assert_eq!(
        log(&world),
        ["stuck after", "stuck before", "stuck before", "mended"]
    );
}

#[test]
fn reloads_that_did_not_run_are_not_forgotten() {
    let world = world_with_service();
    let report = applied(&world, &["--no-reload"]).expect(0).json();
    assert_eq!(report["pending"][0], "app");
    assert!(!world.path("log").exists());
    let again = planned(&world);
    assert_eq!(again.json()["ops"].as_array().map(Vec::len), Some(0));
    assert_eq!(again.json()["reloads"][0]["name"], "app");
    applied(&world, &[]).expect(0);
    assert_eq!(log(&world), ["good"]);
    applied(&world, &[]).expect(0);
    assert_eq!(log(&world), ["good"], "once is enough");
}

/// Only who reads what has changed is told.
#[test]
fn other_changes_tell_a_service_nothing() {
    let world = world_with_service();
    applied(&world, &[]).expect(0);
    world.write("etc/cron.d/app", "0 0 * * * root /bin/true\n");
    let report = applied(&world, &[]).expect(0).json();
    assert_eq!(report["done"].as_array().map(Vec::len), Some(1), "{report:#}");
    assert_eq!(log(&world), ["good"]);
}

/// A daemon that a reload starts outlives the run, and keeps nobody else out.
#[test]
fn what_a_reload_starts_holds_no_lock() {
    let world = world_with_service();
    let pid = world.path("pid");
    world.write("reload", format!("sleep 100 &\necho $! > {}\n", pid.display()));
    applied(&world, &[]).expect(0);
    world.write("etc/cron.d/app", "0 0 * * * root /bin/true\n");
    let again = applied(&world, &[]);
    let ended = world.run("kill").arg(world.read("pid").trim()).output();
    again.expect(0);
    ended.expect(0);
}

/// A validator that is not there is told of in the plan, by a warning, and in the report.
#[test]
fn a_missing_validator_is_told() {
    let world = world_with_service();
    world.write("services", "define app check=[\"/no/such/validator\"]\n");
    assert_eq!(planned(&world).json()["checks"][0]["unavailable"], true);
    let ran = applied(&world, &[]).expect(0);
    assert_eq!(ran.json()["checks"][0]["result"], "unavailable");
    assert!(
        ran.stderr.contains("warning: the check of app cannot be run"),
        "{}",
        ran.stderr
    );
}

#[test]
fn killed_before_its_reload_a_service_is_told_by_the_next_run() {
    for step in 1..100 {
        let world = world_with_service();
        let plan = planned(&world);
        let ran = world
            .run(ETCSYNC)
            .args(["apply", "-"])
            .env("ETCSYNC_CRASH_AT", step.to_string())
            .stdin(plan.stdout)
            .output();
        applied(&world, &[]).expect(0);
        assert_eq!(world.read("root/app/app.conf"), "good\n");
        assert_eq!(
            log(&world).last().map(String::as_str),
            Some("good"),
            "step {step}"
        );
        if ran.status == 0 {
            return;
        }
    }
    panic!("the run never ended by itself");
}

#[test]
fn a_rollback_tells_the_services_too() {
    let world = world_with_service();
    applied(&world, &[]).expect(0);
    world.write("etc/app/app.conf", "better\n");
    applied(&world, &[]).expect(0);
    let report = world
        .run(ETCSYNC)
        .args(["rollback", "--root", "root"])
        .succeed()
        .json();
    assert_eq!(report["checks"][0]["result"], "passed", "{report:#}");
    assert_eq!(log(&world), ["good", "better", "good"]);
    fs_err::remove_dir_all(world.path("etc/app")).unwrap();
    world.write("etc.attrs", "");
    applied(&world, &["--no-reload"]).expect(0);
    let status = world
        .run(ETCSYNC)
        .args(["status", "--root", "root"])
        .succeed()
        .json();
    assert_eq!(
        status["pending"][0], "app",
        "the rule is gone, and yet the service has to know"
    );
}

#[test]
fn only_the_owner_s_own_file_defines_commands() {
    let world = world_with_service();
    crate::chmod(&world, "services", 0o666);
    world
        .run(ETCSYNC)
        .args(["plan", "etc", "--services", "services", "--root", "root"])
        .output()
        .fails(77, "not-owner");
    crate::chmod(&world, "services", 0o644);
    world
        .run(ETCSYNC)
        .args(["plan", "etc", "--services", "services", "--root", "/etc"])
        .output()
        .fails(2, "usage");
    if kit::is_root() {
        std::os::unix::fs::chown(world.path("services"), Some(0), Some(0)).unwrap();
        world
            .run(ETCSYNC)
            .args(["plan", "etc", "--services", "services", "--root", "root"])
            .output()
            .fails(77, "not-owner");
    }
}

#[test]
fn built_in_commands_are_left_out_for_other_roots() {
    let world = world();
    let planned = plan(&world).json();
    assert_eq!(planned["checks"].as_array().map(Vec::len), Some(0));
    assert_eq!(planned["skipped"][0]["name"], "nginx");
    assert_eq!(planned["ownership"], "skipped");
    let report = sync(&world).expect(0).json();
    assert_eq!(report["skipped"][0]["what"], "check");
}
