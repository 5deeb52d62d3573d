//! Staging: which commit, what a release holds of it, and what it may not hold.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::world::Site;

#[test]
fn every_kind_of_name_for_a_commit_is_peeled() {
    let site = Site::with_commit();
    let commit = site.git("dev", &["rev-parse", "HEAD"]);
    site.git("dev", &["tag", "light"]);
    site.git("dev", &["tag", "-a", "annotated", "-m", "a tag"]);
    site.git("dev", &["push", "--quiet", "production", "--tags"]);
    for name in [
        "main",
        "light",
        "annotated",
        "refs/heads/main",
        &commit,
        &commit[..10],
    ] {
        let staged = site.relswitch(&format!("stage {name}")).succeed().json();
        assert_eq!(staged["commit"], commit, "{name}");
        assert_eq!(staged["ref"], name);
    }
    let tree = site.git("dev", &["rev-parse", "HEAD^{tree}"]);
    for name in [&tree, "none", "", "deadbeef", "main..main", "--all"] {
        let ran = site.relswitch("stage").arg("--").arg(name).output();
        ran.fails(65, "unknown-ref");
    }
}

#[test]
fn staging_an_empty_repository_says_so() {
    let site = Site::new();
    let failed = site.relswitch("stage main").output().fails(65, "unknown-ref");
    assert!(
        failed.json()["hint"]
            .as_str()
            .unwrap()
            .contains("nothing was pushed")
    );
}

#[test]
fn modes_are_our_own_and_links_are_kept() {
    let site = Site::new();
    site.world.write("dev/bin/run", "#!/bin/sh\n");
    fs_err::set_permissions(site.world.path("dev/bin/run"), PermissionsExt::from_mode(0o777)).unwrap();
    fs_err::os::unix::fs::symlink("../page", site.world.path("dev/bin/page")).unwrap();
    let long = format!("{}/{}", "d".repeat(90), "f".repeat(150));
    site.world.write(format!("dev/{long}"), "deep");
    site.push("page", "one");
    let id = site.ready("main");
    let mode = |path: &str| {
        let path = site.world.path(format!("app/releases/{id}/{path}"));
        fs_err::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    };
    assert_eq!(
        (mode(""), mode("bin"), mode("bin/run"), mode("page"), mode(&long)),
        (0o755, 0o755, 0o755, 0o644, 0o644)
    );
    let link = fs_err::read_link(site.world.path(format!("app/releases/{id}/bin/page"))).unwrap();
    assert_eq!(link, std::path::Path::new("../page"));
}

/// Gives a folder an access list for what is made in it: nothing for others, everything for one group.
const DEFAULT_LIST: &str = "
import os, struct, sys
entries = [(1, 7, -1), (4, 5, -1), (8, 7, 33), (16, 7, -1), (32, 0, -1)]
packed = b''.join(struct.pack('<HHi', *entry) for entry in entries)
os.setxattr(sys.argv[1], 'system.posix_acl_default', struct.pack('<I', 2) + packed)
";

#[test]
fn modes_are_our_own_whatever_the_umask_and_the_folder_wish() {
    let site = Site::new();
    site.world.program("dev/run", "#!/bin/sh\n");
    site.push("page", "one");
    let modes = |id: &str| {
        ["", "run", "page", ".relswitch.json"].map(|path| {
            let path = site.world.path(format!("app/releases/{}/{path}", id.trim()));
            fs_err::metadata(path).unwrap().permissions().mode() & 0o7777
        })
    };
    let staged = |umask: &str| {
        let script = format!("umask {umask}; exec \"$1\" -C app stage main --print id");
        let run = site.world.run("/bin/sh").args(["-c", &script, "sh"]);
        modes(&run.arg(site.relswitch_binary()).succeed().text())
    };
    let expected = [0o755, 0o755, 0o644, 0o644];
    assert_eq!(staged("0077"), expected);
    assert_eq!(staged("0"), expected);
    let listed = site.world.run(kit::PYTHON).args(["-c", DEFAULT_LIST]);
    let listed = listed.arg(site.world.path("app/releases")).output();
    if listed.status == 0 {
        assert_eq!(staged("0022"), expected);
    } else {
        kit::skipped("no access lists on this file system");
    }
}

#[test]
fn a_release_equals_what_git_checks_out() {
    let site = Site::new();
    site.world.write(
        "dev/.gitattributes",
        "secret export-ignore\nversion export-subst\n*.txt text eol=lf\n",
    );
    site.world.write("dev/secret", "no");
    site.world.write("dev/version", "$Format:%H$\n");
    site.world.write("dev/dir with space/ünicode.txt", "text\n");
    let commit = site.push("page", "one");
    let staged = site.relswitch("stage main").succeed().json();
    assert_eq!(
        (&staged["export_ignored"], &staged["files"]),
        (&json!(1), &json!(4))
    );
    let path = format!("app/{}", staged["path"].as_str().unwrap());
    assert_eq!(site.world.read(format!("{path}/version")).trim(), commit);
    assert_eq!(
        site.world.read(format!("{path}/dir with space/ünicode.txt")),
        "text\n"
    );
    assert!(!site.world.path(format!("{path}/secret")).exists());
}

#[test]
fn what_a_release_cannot_hold_is_refused() {
    let site = Site::with_commit();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    site.push("big.bin", pointer);
    site.relswitch("stage main").output().fails(65, "unsupported");
    site.git("dev", &["rm", "--quiet", "big.bin"]);
    let blob = site.git("dev", &["rev-parse", "HEAD"]);
    site.git(
        "dev",
        &[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{blob},lib/sub"),
        ],
    );
    site.git("dev", &["commit", "--quiet", "--message", "submodule"]);
    site.git("dev", &["push", "--quiet", "production", "main"]);
    let failed = site.relswitch("stage main").output().fails(65, "unsupported");
    assert_eq!(failed.json()["file"], "lib/sub");
    site.git("dev", &["rm", "--quiet", "--cached", "lib/sub"]);
    site.push(".relswitch.json", "{}");
    site.relswitch("stage main").output().fails(65, "unsupported");
    assert_eq!(site.names("releases"), [""; 0]);
    assert_eq!(site.git("app/repo.git", &["for-each-ref", "refs/relswitch"]), "");
}

#[test]
fn files_behind_a_filter_are_refused_unless_git_knows_it() {
    let site = Site::new();
    site.world.write("dev/secret", "kept in another form");
    site.push("deep/.gitattributes", "../secret export-ignore\n* filter=upper\n");
    let refuse = || {
        let failed = site.relswitch("stage main").output().fails(65, "unsupported");
        assert!(failed.stderr.contains("\"upper\""), "{}", failed.stderr);
        assert_eq!(site.names("releases"), [""; 0]);
    };
    refuse();
    // What people set for their eyes does not blind it.
    site.git("", &["config", "--global", "color.ui", "always"]);
    refuse();
    site.git("app/repo.git", &["config", "filter.upper.smudge", "tr a-z A-Z"]);
    site.world.write("dev/deep/page", "one");
    site.push("page", "one");
    let id = site.deploy("main");
    assert_eq!(site.world.read(format!("app/releases/{id}/deep/page")), "ONE");
    // Git itself goes on when a filter fails, with the file as it is kept.
    for broken in ["false", "no-such-filter"] {
        site.git("app/repo.git", &["config", "filter.upper.smudge", broken]);
        let failed = site.relswitch("stage main").output().fails(74, "io");
        assert!(failed.stderr.contains(broken), "{}", failed.stderr);
        assert_eq!(site.names("releases"), [id.as_str()]);
    }
}

#[test]
fn links_that_lead_outside_are_reported_and_strictly_refused() {
    let site = Site::new();
    fs_err::os::unix::fs::symlink("../../etc/passwd", site.world.folder("dev").join("evil")).unwrap();
    site.push("page", "one");
    let staged = site.relswitch("stage main").succeed().json();
    assert_eq!(staged["links_outside"], json!(["evil -> ../../etc/passwd"]));
    site.relswitch("stage main --strict")
        .output()
        .fails(65, "unsupported");
    // By way of another link, in a plain folder too.
    site.world.write("code/deep/page", "one");
    let link = |target: &str, path: &str| {
        fs_err::os::unix::fs::symlink(target, site.world.path(path)).unwrap();
    };
    link("..", "code/deep/up");
    link("deep/up/../other", "code/sly");
    let staged = site.relswitch("stage --from code").succeed().json();
    assert_eq!(staged["links_outside"], json!(["sly -> deep/up/../other"]));
    site.relswitch("stage --from code --strict")
        .output()
        .fails(65, "unsupported");
}

#[test]
fn ancestry_is_told_and_can_be_demanded() {
    let site = Site::with_commit();
    let first = site.git("dev", &["rev-parse", "HEAD"]);
    let ancestry =
        |reference: &str| site.relswitch(&format!("stage {reference}")).succeed().json()["ancestry"].clone();
    assert_eq!(ancestry("main"), "first");
    site.push("page", "two");
    site.deploy("main");
    assert_eq!(
        (ancestry("main"), ancestry(&first)),
        ("same".into(), "behind".into())
    );
    site.git("dev", &["checkout", "--quiet", "-b", "other", &first]);
    site.push("page", "three");
    assert_eq!(ancestry("other"), "diverged");
    site.relswitch("stage other --ff-only")
        .output()
        .fails(65, "bad-state");
    site.relswitch("stage main --ff-only").succeed();
}

#[test]
fn a_release_that_is_returned_again_has_to_be_what_is_demanded() {
    let site = Site::with_commit();
    let first = site.git("dev", &["rev-parse", "HEAD"]);
    fs_err::os::unix::fs::symlink("/etc", site.world.path("dev/out")).unwrap();
    site.push("page", "two");
    site.ready(&first);
    site.deploy("main");
    let staged = |options: &str| site.relswitch(&format!("stage {options} --reuse")).output();
    staged(&first).expect(0);
    staged(&format!("{first} --ff-only")).fails(65, "bad-state");
    staged("main --ff-only").expect(0);
    staged("main --strict").fails(65, "unsupported");
    assert_eq!(site.names("releases").len(), 2);
}

#[test]
fn deployed_commits_survive_deletion_and_collection() {
    let site = Site::with_commit();
    site.git("dev", &["checkout", "--quiet", "-b", "topic"]);
    let commit = site.push("page", "topic");
    site.deploy("topic");
    site.git("dev", &["push", "--quiet", "production", ":topic"]);
    site.git("app/repo.git", &["reflog", "expire", "--expire=now", "--all"]);
    site.git("app/repo.git", &["gc", "--quiet", "--prune=now"]);
    site.git("app/repo.git", &["cat-file", "-e", &commit]);
    site.relswitch(&format!("stage {commit}")).succeed();
}

#[test]
fn a_repository_that_lacks_objects_fails_cleanly() {
    let site = Site::with_commit();
    site.push("page", "two");
    let blob = site.git("app/repo.git", &["rev-parse", "main:page"]);
    let object = site
        .world
        .path(format!("app/repo.git/objects/{}/{}", &blob[..2], &blob[2..]));
    fs_err::remove_file(object).unwrap();
    let failed = site.relswitch("stage main").output().fails(74, "io");
    assert!(
        failed.stderr.contains("cannot archive the commit"),
        "{}",
        failed.stderr
    );
    assert_eq!(site.names("releases"), [""; 0]);
    assert_eq!(site.git("app/repo.git", &["for-each-ref", "refs/relswitch"]), "");
}

#[test]
fn what_a_partial_clone_lacks_is_not_fetched() {
    let site = Site::with_commit();
    site.push("page", "two");
    let blob = site.git("app/repo.git", &["rev-parse", "main:page"]);
    let object = format!("app/repo.git/objects/{}/{}", &blob[..2], &blob[2..]);
    fs_err::remove_file(site.world.path(&object)).unwrap();
    let dev = format!("file://{}", site.world.path("dev").display());
    for (name, value) in [
        ("remote.dev.url", dev.as_str()),
        ("remote.dev.promisor", "true"),
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "dev"),
    ] {
        site.git("app/repo.git", &["config", name, value]);
    }
    site.git("dev", &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    site.git("dev", &["config", "uploadpack.allowFilter", "true"]);
    site.relswitch("stage main").output().fails(74, "io");
    assert_eq!(site.names("releases"), [""; 0]);
    // Git by itself would have fetched it.
    site.git("app/repo.git", &["cat-file", "-e", &blob]);
    site.relswitch("stage main").succeed();
}

#[test]
fn a_repository_of_somebody_else_is_refused_with_a_reason() {
    if !kit::has_root() {
        return;
    }
    let site = Site::with_commit();
    fs_err::os::unix::fs::chown(site.world.path("app/repo.git"), Some(65534), None).unwrap();
    let failed = site.relswitch("stage main").output().fails(77, "not-owner");
    assert!(
        failed.stderr.contains("belongs to somebody else"),
        "{}",
        failed.stderr
    );
}

#[test]
fn no_id_contains_another() {
    let site = Site::with_commit();
    let stage = || {
        site.relswitch("stage main --print id")
            .succeed()
            .text()
            .trim()
            .to_owned()
    };
    let ids: Vec<_> = (0..8).map(|_| stage()).collect();
    for one in &ids {
        assert_eq!(
            ids.iter().filter(|other| other.contains(one)).count(),
            1,
            "{ids:?}"
        );
    }
}
