//! Looking after releases: prune, fail, recover.

use serde_json::{Value, json};

use crate::world::Site;

pub(crate) fn removed(report: &Value) -> Vec<String> {
    report["removed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn why(report: &Value, id: &str) -> String {
    let kept = report["kept"]
        .as_array()
        .unwrap()
        .iter()
        .find(|kept| kept["id"] == id);
    kept.map_or_else(
        || "removed".to_owned(),
        |kept| kept["why"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn three_of_five_are_kept_and_foreign_folders_too() {
    let site = Site::with_commit();
    let ids: Vec<_> = (0..5).map(|_| site.deploy("main")).collect();
    site.world.folder("app/releases/foreign");
    let planned = site.relswitch("prune --keep 3 -n").succeed().json();
    assert_eq!(
        (removed(&planned), &planned["dry_run"]),
        (ids[..2].to_vec(), &json!(true))
    );
    assert_eq!(site.names("releases").len(), 6);
    let report = site.relswitch("prune --keep 3").succeed().json();
    assert_eq!(removed(&report), ids[..2]);
    assert_eq!(
        (
            why(&report, &ids[4]),
            why(&report, &ids[3]),
            why(&report, &ids[2])
        ),
        ("current".into(), "previous".into(), "good".into())
    );
    assert_eq!(site.names("releases").len(), 4);
    assert_eq!(site.names(".relswitch/trash"), [""; 0]);
    assert_eq!(
        site.git("app/repo.git", &["for-each-ref", "refs/relswitch"])
            .lines()
            .count(),
        3
    );
    assert_eq!(
        removed(&site.relswitch("prune --keep 3").succeed().json()),
        [""; 0]
    );
}

#[test]
fn failures_do_not_evict_good_ones_and_the_way_back_stays() {
    let site = Site::with_commit();
    let (one, two) = (site.deploy("main"), site.deploy("main"));
    let failed: Vec<_> = (0..3).map(|_| site.ready("main")).collect();
    for id in &failed {
        site.relswitch(&format!("fail {id}")).succeed();
    }
    let three = site.deploy("main");
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(
        (why(&report, &three), why(&report, &two)),
        ("current".into(), "previous".into())
    );
    assert_eq!(removed(&report), [one, failed[0].clone(), failed[1].clone()]);
    assert_eq!(why(&report, &failed[2]), "evidence");
    site.relswitch("rollback").succeed();
    assert_eq!(site.current(), Some(two));
}

#[test]
fn protected_ones_are_kept() {
    let site = Site::with_commit();
    let ids: Vec<_> = (0..4).map(|_| site.deploy("main")).collect();
    // Of the one that is gone nobody speaks; the start of the other's id is enough, as everywhere.
    let start = &ids[0][..ids[0].len() - 2];
    site.configure(&json!({"protect": ["gone", start], "keep": 1}));
    let report = site
        .relswitch(&format!("prune --protect {}", ids[1]))
        .succeed()
        .json();
    assert_eq!(
        (why(&report, &ids[0]), why(&report, &ids[1])),
        ("protected".into(), "protected".into())
    );
}

#[test]
fn what_cannot_be_deleted_is_told_and_tried_again() {
    // Nobody else can make files that their folder's owner cannot remove.
    if !kit::has_root() {
        return;
    }
    let site = Site::with_commit();
    let one = site.deploy("main");
    let cache = site.world.path(format!("app/releases/{one}/cache"));
    fs_err::create_dir(&cache).unwrap();
    fs_err::write(cache.join("root.pyc"), "").unwrap();
    site.deploy("main");
    site.deploy("main");
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(removed(&report), std::slice::from_ref(&one));
    assert_eq!(report["left"][0]["path"], format!(".relswitch/trash/{one}"));
    fs_err::remove_dir_all(site.world.path(format!("app/.relswitch/trash/{one}/cache"))).unwrap();
    site.relswitch("recover").succeed();
    assert_eq!(site.names(".relswitch/trash"), [""; 0]);
}

#[test]
fn a_trash_that_is_no_folder_is_never_emptied() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.deploy("main");
    site.deploy("main");
    site.world.write("precious/file", "kept");
    let trash = site.world.path("app/.relswitch/trash");
    fs_err::os::unix::fs::symlink("../../precious", &trash).unwrap();
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(report["left"][0]["path"], format!("releases/{one}"), "{report:#}");
    site.relswitch("recover").succeed();
    assert_eq!(site.world.read("precious/file"), "kept");
    assert_eq!(site.names("releases").len(), 3);
    fs_err::remove_file(&trash).unwrap();
    assert_eq!(removed(&site.relswitch("prune --keep 1").succeed().json()), [one]);
}

#[test]
fn releases_on_another_file_system_can_be_pruned() {
    let site = Site::with_commit();
    // In a mount namespace of its own; the user is root there, and nowhere else.
    let script = "set -e; export PYDEPLOY_ALLOW_ROOT=1 PYDEPLOY_FORMAT=text; mount -t tmpfs none app/releases; \
                  for n in 1 2 3; do \"$0\" -C app stage main --print id | { read id; \"$0\" -C app ready $id; \
                  \"$0\" -C app switch $id; }; done; \"$0\" -C app prune --keep 1; ls -A app/releases/.trash; \
                  \"$0\" -C app list";
    let mounted = site
        .world
        .run("unshare")
        .args(["--map-root-user", "--mount", "/bin/sh", "-c", script]);
    let text = mounted.arg(site.relswitch_binary()).succeed().text();
    assert_eq!(text.matches("\nremoved ").count(), 1, "{text}");
    assert!(!text.contains("left "), "{text}");
    let list = text.rsplit("kept").next().unwrap();
    assert_eq!(
        (list.matches("retired").count(), list.matches("  current").count()),
        (1, 1),
        "{text}"
    );
}

#[test]
fn a_broken_repository_keeps_nobody_from_pruning_and_going_back() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    let two = site.deploy("main");
    site.deploy("main");
    let gone = site.ready("main");
    fs_err::remove_dir_all(site.world.path(format!("app/releases/{gone}"))).unwrap();
    fs_err::remove_file(site.world.path("app/repo.git/HEAD")).unwrap();
    let ran = site.relswitch("prune --keep 1").succeed();
    assert!(ran.stderr.contains("stay pinned"), "{}", ran.stderr);
    assert_eq!(removed(&ran.json()), [one]);
    site.relswitch("rollback").succeed();
    assert_eq!(site.current(), Some(two));
    site.relswitch("recover").succeed();
}

#[test]
fn releases_on_a_disk_that_is_not_mounted_are_not_forgotten() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    let two = site.deploy("main");
    let list = site.relswitch("list").succeed().json();
    let pins = || site.git("app/repo.git", &["for-each-ref", "refs/relswitch"]);
    let pinned = pins();
    let (releases, away) = (site.world.path("app/releases"), site.world.path("away"));
    fs_err::rename(&releases, &away).unwrap();
    site.world.folder("app/releases");
    for command in ["stage main", "prune", "recover", "rollback"] {
        site.relswitch(command).output().fails(65, "blocked");
    }
    fs_err::remove_dir(&releases).unwrap();
    fs_err::rename(&away, &releases).unwrap();
    assert_eq!(site.relswitch("list").succeed().json(), list);
    assert_eq!(pins(), pinned);
    site.relswitch("rollback --keep-good").succeed();
    assert_eq!(site.current().as_ref(), Some(&one));

    // One that was away while the others were not is listed again, but for its place in the history.
    fs_err::rename(releases.join(&two), &away).unwrap();
    site.relswitch("prune").succeed();
    assert_eq!(site.states(), ["current"]);
    fs_err::rename(&away, releases.join(&two)).unwrap();
    assert_eq!(site.relswitch("recover").succeed().json()["rebuilt"], true);
    assert_eq!(site.states(), ["current", "ready"]);
}

#[test]
fn a_reload_that_ends_its_caller_locks_nobody_out() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    let two = site.ready("main");
    let reload = "--reload 'sh -c \"kill -TERM $PPID; sleep 1\"'";
    site.relswitch(&format!("switch {two} {reload}"))
        .env("RELSWITCH_CRASH_AT", "reloading")
        .output()
        .expect(137);
    site.relswitch("recover").output().expect(143);
    assert_eq!(site.current(), Some(one));
    assert_eq!(
        site.relswitch("status").succeed().json()["interrupted"],
        Value::Null
    );
    site.relswitch("stage main").succeed();
}

#[test]
fn what_killed_runs_left_of_their_files_is_removed() {
    let site = Site::with_commit();
    site.deploy("main");
    let known = site.names(".relswitch");
    let two = site.ready("main");
    // Killed before it could rename what it wrote.
    let strace = site.world.run("strace").args(["-qq", "-o", "/dev/null"]);
    let killed = strace
        .args(["-e", "trace=rename,renameat,renameat2"])
        .args(["-e", "inject=rename,renameat,renameat2:signal=KILL"])
        .arg(site.relswitch_binary())
        .args(["-C", "app", "fail", &two])
        .output();
    assert_ne!(killed.status, 0);
    for command in ["recover", "prune"] {
        site.world.write("app/.relswitch/.state.json.tmp-aaaaaaaa", "{");
        site.relswitch(command).succeed();
        let names: Vec<_> = site
            .names(".relswitch")
            .into_iter()
            .filter(|name| name != "trash")
            .collect();
        assert_eq!(names, known, "{command}");
    }
}

#[test]
fn a_crash_while_pruning_is_put_in_order() {
    let site = Site::with_commit();
    let ids: Vec<_> = (0..4).map(|_| site.deploy("main")).collect();
    site.relswitch("prune --keep 1")
        .env("RELSWITCH_CRASH_AT", "discarded")
        .output()
        .expect(137);
    let report = site.relswitch("recover").succeed().json();
    assert_eq!(report["swept"], json!(ids[..2]));
    assert_eq!(
        (site.states(), site.names("releases").len()),
        (vec!["retired".into(), "current".into()], 2)
    );
    assert_eq!(site.names(".relswitch/trash"), [""; 0]);
}

#[test]
fn failed_releases_cannot_be_switched_to_until_they_are_ready_again() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.relswitch(&format!("fail {one}"))
        .output()
        .fails(65, "bad-state");
    let two = site.ready("main");
    let failed = site.relswitch(&format!("fail {two}")).succeed();
    assert_eq!(failed.json()["state"], "failed");
    site.relswitch("switch -")
        .stdin(failed.stdout)
        .output()
        .fails(65, "bad-state");
    site.relswitch(&format!("ready {two}")).succeed();
    site.relswitch(&format!("switch {two}")).succeed();
}

#[test]
fn recover_undoes_sweeps_and_rebuilds() {
    let site = Site::with_commit();
    let nothing = site.relswitch("recover").succeed().json();
    assert_eq!(
        (&nothing["swept"], &nothing["rebuilt"]),
        (&json!([]), &json!(false))
    );
    let one = site.deploy("main");
    site.push("page", "two");
    let two = site.ready("main");
    let crash = |command: &str, step: &str| {
        site.relswitch(command)
            .env("RELSWITCH_CRASH_AT", step)
            .output()
            .expect(137);
    };
    crash("stage main", "pinned");
    crash(&format!("switch {two} --reload 'touch reloaded'"), "reloaded");
    assert_eq!(site.page(), "two");
    fs_err::remove_file(site.world.path("app/reloaded")).unwrap();
    let status = site.relswitch("status").succeed().json();
    assert_eq!(status["interrupted"], two);
    let report = site.relswitch("recover").succeed().json();
    assert_eq!(
        (&report["undone"], &report["current"]),
        (&json!(two), &json!(one))
    );
    assert!(site.world.path("app/reloaded").exists());
    assert_eq!(
        report["swept"].as_array().unwrap().len(),
        1,
        "the pin of the release that never was: {report:#}"
    );
    fs_err::write(site.world.path("app/.relswitch/state.json"), "{").unwrap();
    assert_eq!(site.relswitch("recover").succeed().json()["rebuilt"], true);
    assert_eq!(site.states(), ["current", "ready"]);
}

#[test]
fn a_reload_that_fails_on_the_way_back_needs_recover() {
    let site = Site::with_commit();
    site.deploy("main");
    let two = site.ready("main");
    let command = format!("switch {two} --reload 'test -e allowed'");
    site.relswitch(&command).output().fails(4, "needs-recover");
    assert_eq!(site.relswitch("status").succeed().json()["interrupted"], two);
    site.relswitch("recover").output().fails(4, "needs-recover");
    site.world.write("app/allowed", "");
    site.relswitch("recover").succeed();
    assert_eq!(
        site.relswitch("status").succeed().json()["interrupted"],
        Value::Null
    );
}

#[test]
fn a_link_moved_by_hand_is_noted() {
    let site = Site::with_commit();
    let (one, two) = (site.deploy("main"), site.deploy("main"));
    let current = site.world.path("app/current");
    fs_err::remove_file(&current).unwrap();
    fs_err::os::unix::fs::symlink(format!("releases/{one}"), &current).unwrap();
    site.ready("main");
    site.relswitch("rollback --keep-good").succeed();
    assert_eq!(site.current(), Some(two));
}

#[test]
fn where_no_more_threads_can_be_had_fewer_do_it_all() {
    let site = Site::with_commit();
    for number in 0..100 {
        site.commit("dev", &format!("file{number}"), "content");
    }
    site.push("page", "two");
    // Git is a process, or two, that must be had; whether it can depends on when the threads ask.
    let staged = (1..12).find_map(|tasks| {
        let ran = site.relswitch("stage main --print id").with_tasks(tasks).output();
        assert!([0, 74].contains(&ran.status), "{tasks}: {ran:?}");
        (ran.status == 0).then(|| ran.text())
    });
    let id = staged.unwrap();
    let id = id.trim();
    // The tool itself, and no thread beside it.
    for command in [format!("ready {id}"), format!("switch {id}")] {
        site.relswitch(&command).with_tasks(1).succeed();
    }
    site.relswitch("list").with_tasks(1).succeed();
    site.relswitch("prune -n").with_tasks(1).succeed();
    let files = fs_err::read_dir(site.world.path("app/current")).unwrap().count();
    assert!(files > 100, "{files}");
}
