//! `status`: what it tells, and that it tells what runs whatever else is broken.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::world::Site;

#[test]
fn status_says_what_runs_and_what_would_come() {
    let site = Site::with_commit();
    let empty = site.relswitch("status").succeed().json();
    assert_eq!(
        (&empty["current"], &empty["previous"]),
        (&Value::Null, &Value::Null)
    );
    let one = site.deploy("main");
    let commit = site.push("page", "two");
    let two = site.deploy("main");
    let three = site.ready("main");
    let status = site.relswitch("status").succeed().json();
    assert_eq!(
        (&status["current"]["id"], &status["current"]["commit"]),
        (&json!(two), &json!(commit))
    );
    assert_eq!(
        (&status["previous"], &status["next"]),
        (&json!(one), &json!(three))
    );
    let words = site.relswitch("status --format text").succeed().text();
    assert!(words.contains(&format!("rollback goes to: {one}")), "{words}");
}

#[test]
fn status_answers_whether_a_commit_runs() {
    let site = Site::with_commit();
    site.relswitch("status --expect main").output().expect(1);
    site.deploy("main");
    site.relswitch("status --expect main").succeed();
    site.push("page", "two");
    let status = site.relswitch("status --expect main").output().expect(1).json();
    assert_eq!(status["as_expected"], false);
    site.relswitch("status --expect nowhere")
        .output()
        .fails(65, "unknown-ref");
}

#[test]
fn deep_status_finds_drift_and_adds_up_space() {
    let site = Site::new();
    site.world.write("dev/a", "a");
    site.world.write("dev/b", "b");
    fs_err::os::unix::fs::symlink("a", site.world.path("dev/link")).unwrap();
    site.world.write("dev/media/.gitkeep", "");
    site.push("page", "one");
    site.configure(&json!({"shared": ["media/"]}));
    let id = site.deploy("main");
    site.world.write(format!("app/releases/{id}/built"), "by a build");
    assert_eq!(
        site.relswitch("status --deep").succeed().json()["drift"],
        json!([])
    );
    let path = |name: &str| site.world.path(format!("app/releases/{id}/{name}"));
    fs_err::write(path("a"), "changed").unwrap();
    fs_err::set_permissions(path("b"), PermissionsExt::from_mode(0o755)).unwrap();
    fs_err::remove_file(path("page")).unwrap();
    fs_err::remove_file(path("link")).unwrap();
    fs_err::os::unix::fs::symlink("b", path("link")).unwrap();
    let status = site.relswitch("status --deep").succeed().json();
    assert_eq!(status["drift"], json!(["a", "b", "link", "page"]));
    assert!(status["bytes"].as_u64().unwrap() > 4096);
}

#[test]
fn a_folder_that_others_made_is_told_if_it_runs() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.world.folder("app/releases/foreign");
    let current = site.world.path("app/current");
    fs_err::remove_file(&current).unwrap();
    fs_err::os::unix::fs::symlink("releases/foreign", &current).unwrap();
    let status = site.relswitch("status --deep").succeed().json();
    assert_eq!(
        (&status["current"]["id"], &status["previous"], status.get("drift")),
        (&json!("foreign"), &json!(one), None)
    );
    let words = site.relswitch("status --format text").succeed().text();
    assert!(words.contains("init --adopt"), "{words}");
    site.relswitch("status --expect main").output().expect(1);
    site.relswitch("init --adopt").succeed();
    let status = site.relswitch("status").succeed().json();
    assert_eq!(status["current"]["ref"], "adopted");
}

#[test]
fn a_release_without_a_commit_can_be_looked_at_deeply() {
    let site = Site::with_commit();
    site.world.write("code/page", "plain");
    let id = site.relswitch("stage --from code --print id").succeed().text();
    site.relswitch(&format!("ready {id}")).succeed();
    site.relswitch(&format!("switch {id}")).succeed();
    let ran = site.relswitch("status --deep").succeed();
    assert!(ran.stderr.contains("no commit here"), "{}", ran.stderr);
    let status = ran.json();
    assert_eq!(status.get("drift"), None);
    assert!(status["bytes"].as_u64().unwrap() > 4096);
}

#[test]
fn a_repository_of_somebody_else_is_not_looked_at_deeply() {
    if !kit::has_root() {
        return;
    }
    let site = Site::with_commit();
    site.deploy("main");
    fs_err::os::unix::fs::chown(site.world.path("app/repo.git"), Some(65534), None).unwrap();
    let ran = site.relswitch("status --deep").succeed();
    assert!(ran.stderr.contains("belongs to somebody else"), "{}", ran.stderr);
    assert_eq!(ran.json().get("drift"), None);
}

#[test]
fn a_switch_at_work_is_told_from_one_that_was_interrupted() {
    let site = Site::with_commit();
    site.deploy("main");
    let two = site.ready("main");
    let mut switch = site
        .relswitch(&format!("switch {two} --reload 'sleep 10'"))
        .spawn();
    let status = || site.relswitch("status").succeed().json();
    kit::until("it is at its reload", || status()["switching"] == *two);
    assert_eq!(status()["interrupted"], Value::Null);
    switch.kill().unwrap();
    switch.wait().unwrap();
    assert_eq!(status()["switching"], Value::Null);
    assert_eq!(status()["interrupted"], two);
    fs_err::remove_file(site.world.path("app/.relswitch/lock")).unwrap();
    assert_eq!(status()["interrupted"], two);
}

#[test]
fn a_merge_with_local_commits_is_what_was_asked_for() {
    let site = Site::with_commit();
    let one = site.git("dev", &["rev-parse", "HEAD"]);
    site.git("app/work", &["pull", "--quiet", "origin", "main"]);
    let local = site.commit("app/work", "fix", "mended");
    site.git("app/work", &["push", "--quiet"]);
    // What is merged may itself be a merge: of that only the end was asked for.
    site.git("dev", &["checkout", "--quiet", "-b", "feature"]);
    site.commit("dev", "feature", "new");
    site.git("dev", &["checkout", "--quiet", "main"]);
    site.git(
        "dev",
        &["merge", "--quiet", "--no-ff", "--message", "two", "feature"],
    );
    site.git("dev", &["push", "--quiet", "production", "main"]);
    let expect = |reference: &str| {
        let ran = site.relswitch(&format!("status --expect {reference}")).output();
        assert_eq!(ran.json()["as_expected"], ran.status == 0, "{}", ran.stderr);
        ran.status
    };
    site.relswitch("stage main").output().fails(65, "local-commits");
    let id = site.ready("main --merge-local");
    assert_eq!(expect("main"), 1);
    site.relswitch(&format!("switch {id}")).succeed();
    assert_eq!(expect("main"), 0);
    for other in [&one, &local, "main^2", "local"] {
        assert_eq!(expect(other), 1, "{other}");
    }

    // A second end of local work: one of which no branch knows, in the clone.
    site.git("app/work", &["checkout", "--quiet", "--detach", &one]);
    let detached = site.commit("app/work", "other", "mended too");
    site.git("app/work", &["push", "--quiet", "origin", "HEAD:refs/kept/other"]);
    let id = site.ready("main --merge-local");
    site.relswitch(&format!("switch {id}")).succeed();
    assert!(site.world.path("app/current/other").exists() && site.world.path("app/current/fix").exists());
    assert_eq!(expect("main"), 0);
    for other in [&one, &local, &detached, "main^2"] {
        assert_eq!(expect(other), 1, "{other}");
    }
    site.push("page", "three");
    assert_eq!(expect("main"), 1);
}

#[test]
fn what_runs_is_told_without_git_or_a_repository() {
    let site = Site::with_commit();
    let id = site.deploy("main");
    let whole = site.relswitch("status").succeed().json();
    let told = |ran: kit::Ran| {
        assert!(ran.stderr.contains("not told: commits made"), "{}", ran.stderr);
        assert_eq!(ran.json(), whole);
        assert_eq!(ran.json()["current"]["id"], id);
    };
    let without_git = |command: &str| site.relswitch(command).env("PATH", "/nowhere");
    told(without_git("status").succeed());
    without_git("status --expect main")
        .output()
        .fails(65, "not-found");

    fs_err::remove_file(site.world.path("app/repo.git/HEAD")).unwrap();
    told(site.relswitch("status").succeed());
    fs_err::remove_dir_all(site.world.path("app/repo.git")).unwrap();
    told(site.relswitch("status").succeed());
    let deep = site.relswitch("status --deep").succeed();
    assert!(deep.stderr.contains("not told: differences"), "{}", deep.stderr);
    let deep = deep.json();
    assert_eq!(deep.get("drift"), None);
    assert!(deep["bytes"].as_u64().unwrap() > 4096, "{deep:#}");
    site.relswitch("status --expect main").output().fails(74, "io");
}

#[test]
fn what_runs_is_told_whatever_our_own_files_are() {
    let site = Site::with_commit();
    let id = site.deploy("main");
    let private = site.world.path("app/.relswitch");
    let away = site.world.path("away");
    for name in ["state.json", "config.json", "journal", "log.ndjson", "lock"] {
        let file = private.join(name);
        let link = match name {
            // No link is followed there.
            "lock" => "a symbolic link",
            _ => "a link that leads nowhere",
        };
        if file.exists() {
            fs_err::rename(&file, &away).unwrap();
        }
        for (made, found) in [
            (vec!["mkdir"], "a folder"),
            (vec!["mkfifo"], "a device, a socket or a pipe"),
            (vec!["ln", "-s", "nowhere"], link),
        ] {
            site.world.run(made[0]).args(&made[1..]).arg(&file).succeed();
            for command in ["status", "list"] {
                let told = site.relswitch(command).succeed().json();
                let current = &told["current"];
                assert!(
                    *current == *id || current["id"] == *id,
                    "{name} {found}: {told:#}"
                );
            }
            for command in ["stage main", "rollback", "recover", "init"] {
                let told = site.relswitch(command).output().fails(65, "blocked").json();
                let message = told["message"].as_str().unwrap();
                let expected = format!("{} has to be a regular file, found {found}", file.display());
                assert_eq!(message, expected);
            }
            site.world.run("rm").arg("-r").arg(&file).succeed();
        }
        if away.exists() {
            fs_err::rename(&away, &file).unwrap();
        }
    }
    site.relswitch("stage main").succeed();
}

#[test]
fn a_damaged_file_is_named_once_with_its_line() {
    let site = Site::with_commit();
    let id = site.deploy("main");
    site.world.write("app/.relswitch/journal", "{}\n");
    let ran = site.relswitch("status").succeed();
    assert_eq!(ran.json()["current"]["id"], id);
    assert_eq!(ran.stderr.matches("journal").count(), 1, "{}", ran.stderr);
    let ran = site.relswitch("stage main").output().fails(65, "bad-document");
    let headline = "relswitch: error: [ROOT]/app/.relswitch/journal:1 is damaged\n";
    assert!(ran.stderr.starts_with(headline), "{}", ran.stderr);
    fs_err::remove_file(site.world.path("app/.relswitch/journal")).unwrap();

    site.world.write("app/.relswitch/config.json", "{\n\"keep\": }");
    let ran = site.relswitch("prune").output().fails(65, "bad-document");
    let headline = "relswitch: error: [ROOT]/app/.relswitch/config.json:2 is damaged\n";
    assert!(ran.stderr.starts_with(headline), "{}", ran.stderr);
}
