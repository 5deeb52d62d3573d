//! Commits made on the production host.

use std::os::unix::fs::MetadataExt;

use serde_json::json;

use crate::world::Site;

/// Makes a commit in `work/` as a person in production would, and pushes it.
fn commit_in_production(site: &Site, file: &str, content: &str) -> String {
    site.git("app/work", &["pull", "--quiet", "origin", "main"]);
    let commit = site.commit("app/work", file, content);
    site.git("app/work", &["push", "--quiet"]);
    commit
}

#[test]
fn local_commits_are_refused_until_development_has_them() {
    let site = Site::with_commit();
    let commit = commit_in_production(&site, "fix", "mended in production");
    let failed = site
        .relswitch("stage main")
        .output()
        .fails(65, "local-commits")
        .json();
    assert!(
        failed["causes"][0]
            .as_str()
            .unwrap()
            .ends_with("mended in production"),
        "{failed:#}"
    );
    site.git("dev", &["pull", "--quiet", "--ff-only", "production", "local"]);
    site.git("dev", &["push", "--quiet", "production", "main"]);
    let staged = site.relswitch("stage main").succeed().json();
    assert_eq!(
        (&staged["commit"], &staged["local_commits"]),
        (&json!(commit), &serde_json::Value::Null)
    );
}

#[test]
fn local_commits_can_be_merged_or_dropped_and_either_is_recorded() {
    let site = Site::with_commit();
    let commit = commit_in_production(&site, "fix", "mended");
    site.push("page", "two");
    let merged = site.relswitch("stage main --merge-local").succeed().json();
    assert_eq!(
        (&merged["local"], &merged["local_commits"][0]["commit"]),
        (&json!("merged"), &json!(commit))
    );
    let path = format!("app/{}", merged["path"].as_str().unwrap());
    assert_eq!(
        (
            site.world.read(format!("{path}/fix")),
            site.world.read(format!("{path}/page"))
        ),
        ("mended".into(), "two".into())
    );

    let dropped = site.relswitch("stage main --drop-local").succeed().json();
    assert_eq!(
        (&dropped["local"], &dropped["local_commits"][0]["commit"]),
        (&json!("dropped"), &json!(commit))
    );
    assert!(
        !site
            .world
            .path(format!("app/{}/fix", dropped["path"].as_str().unwrap()))
            .exists()
    );
    let id = dropped["id"].as_str().unwrap();
    site.relswitch(&format!("ready {id}")).succeed();
    site.relswitch(&format!("switch {id}")).succeed();
    let status = site.relswitch("status").succeed().json();
    assert_eq!(status["local_commits"][0]["commit"], commit);
}

#[test]
fn conflicting_local_commits_are_refused_with_the_path() {
    let site = Site::with_commit();
    commit_in_production(&site, "page", "production's");
    site.push("page", "development's");
    let failed = site
        .relswitch("stage main --merge-local")
        .output()
        .fails(65, "local-commits")
        .json();
    assert_eq!(failed["causes"][0], "both change page");
    assert_eq!(site.names("releases"), [""; 0]);
}

#[test]
fn work_that_is_not_committed_or_not_pushed_is_refused() {
    let site = Site::with_commit();
    site.git("app/work", &["pull", "--quiet", "origin", "main"]);
    site.world
        .write("app/work/scratch.txt", "not tracked, so not in the way");
    site.relswitch("stage main").succeed();
    site.world.write("app/work/page", "changed");
    site.relswitch("stage main").output().fails(65, "local-commits");
    site.relswitch("stage main --merge-local")
        .output()
        .fails(65, "local-commits");
    site.commit("app/work", "page", "changed");
    let failed = site.relswitch("stage main").output().fails(65, "local-commits");
    assert!(failed.json()["hint"].as_str().unwrap().contains("push"));
    site.relswitch("stage main --drop-local").succeed();
}

#[test]
fn a_clone_of_somebody_else_is_not_obeyed() {
    if !kit::has_root() {
        return;
    }
    let site = Site::with_commit();
    commit_in_production(&site, ".gitattributes", "page filter=own\n");
    site.git("dev", &["pull", "--quiet", "production", "local"]);
    site.git("dev", &["push", "--quiet", "production", "main"]);
    site.git(
        "app/work",
        &["config", "filter.own.clean", "touch ../obeyed; cat"],
    );
    site.world.write("app/work/page", "ONE");
    for theirs in ["app/work", "app/work/.git"] {
        let place = site.world.path(theirs);
        let owner = fs_err::metadata(&place).unwrap().uid();
        fs_err::os::unix::fs::chown(&place, Some(65533), None).unwrap();
        site.relswitch("stage main").output().fails(77, "not-owner");
        fs_err::os::unix::fs::chown(&place, Some(owner), None).unwrap();
    }
    assert!(!site.world.path("app/obeyed").exists());
}

#[test]
fn commits_that_nobody_pushed_are_told_and_pinned_when_they_are_left_out() {
    let site = Site::with_commit();
    site.deploy("main");
    site.git("app/work", &["pull", "--quiet", "origin", "main"]);
    let first = site.commit("app/work", "fix", "mended");
    let commit = site.commit("app/work", "fix", "mended again");
    let expected = [&commit, &first].map(|commit| json!(commit));
    let told = |document: serde_json::Value| {
        let commits = document["local_commits"].as_array().unwrap().clone();
        commits
            .iter()
            .map(|commit| commit["commit"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(site.relswitch("status").succeed().json()),
        expected,
        "seen before they are pushed"
    );
    let dropped = site.relswitch("stage main --drop-local").succeed().json();
    assert_eq!(dropped["local"], "dropped");
    assert_eq!(told(dropped), expected);
    fs_err::remove_dir_all(site.world.path("app/work")).unwrap();
    site.git("app/repo.git", &["gc", "--quiet", "--prune=now"]);
    site.git("app/repo.git", &["cat-file", "-e", &commit]);
}

#[test]
fn commits_that_nobody_pushed_are_seen_wherever_the_application_is() {
    let site = Site::with_commit();
    site.deploy("main");
    site.git("app/work", &["pull", "--quiet", "origin", "main"]);
    let commit = site.commit("app/work", "fix", "mended");
    let mut place = site.world.path("app");
    for name in ["a:b", "\"a\"", "a\\b", "#a", "a b\nc\u{fc}", ":", "app"] {
        fs_err::rename(&place, site.world.path(name)).unwrap();
        place = site.world.path(name);
        let relswitch = |command: &str| {
            let run = site.world.run(crate::world::program()).arg("-C").arg(&place);
            run.args(command.split(' ')).succeed().json()
        };
        for document in [relswitch("status"), relswitch("stage main --drop-local")] {
            assert_eq!(
                document["local_commits"][0]["commit"], commit,
                "{name:?}: {document:#}"
            );
        }
    }
}

#[test]
fn local_commits_outlive_their_branch() {
    let site = Site::with_commit();
    let commit = commit_in_production(&site, "fix", "mended");
    site.relswitch("stage main").output().fails(65, "local-commits");
    fs_err::remove_dir_all(site.world.path("app/work")).unwrap();
    site.git("dev", &["push", "--quiet", "production", ":local"]);
    site.git("app/repo.git", &["reflog", "expire", "--expire=now", "--all"]);
    site.git("app/repo.git", &["gc", "--quiet", "--prune=now"]);
    site.git("app/repo.git", &["cat-file", "-e", &commit]);
    site.relswitch("stage main").succeed();
}

#[test]
fn another_working_tree_of_the_repository_counts_as_the_clone() {
    let site = Site::with_commit();
    fs_err::remove_dir_all(site.world.path("app/work")).unwrap();
    site.git(
        "app/repo.git",
        &["worktree", "add", "--quiet", "--detach", "../work", "main"],
    );
    site.world.write("app/work/page", "changed");
    site.relswitch("stage main").output().fails(65, "local-commits");
    let commit = site.commit("app/work", "page", "changed");
    let failed = site.relswitch("stage main").output().fails(65, "local-commits");
    assert!(failed.stderr.contains(&commit[..12]), "{}", failed.stderr);
    assert_eq!(
        site.relswitch("init").succeed().json()["created"],
        json!([]),
        "it is there already"
    );
    let settings = site.git("app/repo.git", &["config", "--list"]);
    assert!(!settings.contains("remote."), "{settings}");
}

#[test]
fn a_forced_push_is_refused_by_the_repository_and_visible_if_it_was_allowed() {
    let site = Site::with_commit();
    site.push("page", "two");
    site.deploy("main");
    site.git("dev", &["reset", "--quiet", "--hard", "HEAD~"]);
    site.commit("dev", "page", "rewritten");
    let push = site.try_git("dev", &["push", "--force", "production", "main"]);
    assert_ne!(push.status, 0, "{}", push.stderr);
    site.git(
        "app/repo.git",
        &["config", "receive.denyNonFastForwards", "false"],
    );
    site.git("dev", &["push", "--quiet", "--force", "production", "main"]);
    assert_eq!(
        site.relswitch("stage main").succeed().json()["ancestry"],
        "diverged"
    );
}

#[test]
fn unsigned_commits_are_refused_where_signatures_are_required() {
    let site = Site::with_commit();
    let key = site.world.path("home/key");
    let made = site
        .world
        .run("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "dev", "-f"])
        .arg(&key)
        .output();
    if made.status != 0 {
        kit::skipped("no ssh-keygen here, without which git cannot verify");
        return;
    }
    let public = site.world.read("home/key.pub");
    site.world
        .write("home/allowed", format!("dev@localhost {public}"));
    site.world.write("home/nobody", "");
    let require = |file: &str| site.relswitch(&format!("stage main --require-signed home/{file}"));
    require("allowed").output().fails(65, "bad-state");
    let signing = format!("user.signingkey={}", key.display());
    site.git(
        "dev",
        &[
            "-c",
            "gpg.format=ssh",
            "-c",
            &signing,
            "commit",
            "-S",
            "--allow-empty",
            "--quiet",
            "-m",
            "signed",
        ],
    );
    site.git("dev", &["push", "--quiet", "production", "main"]);
    require("allowed").succeed();
    require("nobody").output().fails(65, "bad-state");
    // What was committed here without a signature does not come in by a merge.
    commit_in_production(&site, "fix", "mended");
    let merge = |signers: &str| {
        site.relswitch(&format!(
            "stage main --merge-local --require-signed home/{signers}"
        ))
    };
    merge("allowed").output().fails(65, "bad-state");
    site.relswitch("stage main --merge-local").succeed();
}

#[test]
fn a_signature_of_another_kind_is_by_none_of_the_keys() {
    if !std::path::Path::new("/usr/bin/gpg").exists() {
        kit::skipped("no gpg here, without which there are no other signatures");
        return;
    }
    let site = Site::with_commit();
    let gpg = |arguments: &[&str]| site.world.run("gpg").arg("--batch").args(arguments).succeed();
    let generate = ["--passphrase", "", "--quick-generate-key"];
    gpg(&[
        &generate[..],
        &["dev <dev@localhost>", "default", "default", "never"],
    ]
    .concat());
    site.world.write("home/allowed", "");
    site.git(
        "dev",
        &["commit", "-S", "--allow-empty", "--quiet", "--message", "signed"],
    );
    site.world.run("gpgconf").args(["--kill", "all"]).succeed();
    site.git("dev", &["push", "--quiet", "production", "main"]);
    // Git is content, as the key is in the user's key ring.
    site.git("app/repo.git", &["verify-commit", "main"]);
    site.relswitch("stage main --require-signed home/allowed")
        .output()
        .fails(65, "bad-state");
}
