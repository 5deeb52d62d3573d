//! The main way: push, stage, ready, switch, back.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::world::Site;

#[test]
fn init_makes_everything_once() {
    let site = Site::new();
    assert_eq!(
        site.names(""),
        [".relswitch", "releases", "repo.git", "shared", "wheels", "work"]
    );
    let again = site.relswitch("init").succeed().json();
    assert_eq!(again["created"], json!([]));
    let setting = |name| site.git("app/repo.git", &["config", name]);
    assert_eq!(
        (
            setting("receive.fsckObjects"),
            setting("receive.denyNonFastForwards")
        ),
        ("true".into(), "true".into())
    );
}

#[test]
fn the_chain_stages_readies_and_switches() {
    let site = Site::with_commit();
    let staged = site.relswitch("stage main").succeed();
    let ready = site.relswitch("ready -").stdin(staged.stdout.clone()).succeed();
    let switched = site.relswitch("switch -").stdin(ready.stdout).succeed().json();
    assert_eq!(site.page(), "one");
    let id = staged.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(switched["current"], id);
    assert_eq!(
        fs_err::read_link(site.world.path("app/current")).unwrap(),
        std::path::Path::new("releases").join(&id)
    );
    assert_eq!(site.states(), ["current"]);
}

#[test]
fn a_failed_command_is_passed_along_the_chain() {
    let site = Site::with_commit();
    let failed = site.relswitch("stage nowhere").output().fails(65, "unknown-ref");
    let passed = site
        .relswitch("ready -")
        .stdin(failed.stdout.clone())
        .output()
        .expect(65);
    assert_eq!((passed.stdout, passed.stderr.as_str()), (failed.stdout, ""));
}

#[test]
fn rubbish_on_standard_input_is_refused() {
    let site = Site::with_commit();
    site.relswitch("switch -").output().fails(65, "no-input");
    for rubbish in [
        "{",
        "[]",
        "hello",
        r#"{"schema":"lock/1"}"#,
        r#"{"schema":"relswitch.release/1"}"#,
        "\0",
    ] {
        site.relswitch("switch -")
            .stdin(rubbish)
            .output()
            .fails(65, "bad-document");
    }
}

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
    let failed = site.relswitch("stage main").output().fails(65, "unsupported");
    assert!(failed.stderr.contains("\"upper\""), "{}", failed.stderr);
    assert_eq!(site.names("releases"), [""; 0]);
    site.git("app/repo.git", &["config", "filter.upper.smudge", "tr a-z A-Z"]);
    site.world.write("dev/deep/page", "one");
    site.push("page", "one");
    let id = site.deploy("main");
    assert_eq!(site.world.read(format!("app/releases/{id}/deep/page")), "ONE");
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
fn only_ready_releases_can_be_switched_to() {
    let site = Site::with_commit();
    let id = site.relswitch("stage main --print id").succeed().text();
    site.relswitch(&format!("switch {id}"))
        .output()
        .fails(65, "bad-state");
    site.relswitch("switch none").output().fails(65, "not-found");
    assert_eq!(site.current(), None);
}

#[test]
fn every_command_can_be_repeated() {
    let site = Site::with_commit();
    let id = site.deploy("main");
    site.relswitch(&format!("ready {id}")).succeed();
    let again = site.relswitch(&format!("switch {id}")).succeed().json();
    assert_eq!(
        (&again["changed"], &again["current"]),
        (&json!(false), &json!(id))
    );
    let reused = site.relswitch("stage main --reuse").succeed().json();
    assert_eq!(reused["id"], id);
    let other = site.relswitch("stage main").succeed().json();
    assert_ne!(other["id"], id);
}

#[test]
fn rollback_goes_to_what_was_current_and_skips_bad_ones() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.push("page", "two");
    let two = site.deploy("main");
    site.push("page", "three");
    site.ready("main");
    let back = site.relswitch("rollback").succeed().json();
    assert_eq!((&back["current"], &back["bad"]), (&json!(one), &json!(two)));
    assert_eq!(
        (site.page().as_str(), site.states()),
        ("one", vec!["current".into(), "bad".into(), "ready".into()])
    );
    site.relswitch("rollback").output().fails(65, "bad-state");
    site.relswitch(&format!("rollback {two}"))
        .output()
        .fails(65, "bad-state");
    assert_eq!(site.page(), "one");
}

#[test]
fn rollback_can_keep_what_it_leaves_good() {
    let site = Site::with_commit();
    site.deploy("main");
    site.push("page", "two");
    site.deploy("main");
    site.relswitch("rollback --keep-good").succeed();
    assert_eq!(site.states(), ["current", "retired"]);
    site.relswitch("rollback").succeed();
    assert_eq!(
        (site.page().as_str(), site.states()),
        ("two", vec!["bad".into(), "current".into()])
    );
}

#[test]
fn shared_paths_are_linked_and_nothing_tracked_is_removed() {
    let site = Site::with_commit();
    site.world.write("dev/media/.gitkeep", "");
    site.push("page", "two");
    site.configure(&json!({"shared": ["media/", "conf/local.py"]}));
    let id = site
        .relswitch("stage main --print id")
        .succeed()
        .text()
        .trim()
        .to_owned();
    site.relswitch(&format!("ready {id}"))
        .output()
        .fails(65, "not-found");
    site.world.write("app/shared/conf/local.py", "secret");
    let ready = site.relswitch(&format!("ready {id}")).succeed().json();
    assert_eq!(ready["shared"], json!(["media/", "conf/local.py"]));
    site.relswitch(&format!("switch {id}")).succeed();
    assert_eq!(site.world.read("app/current/conf/local.py"), "secret");
    site.world.write("app/current/media/upload", "kept");
    assert_eq!(site.world.read("app/shared/media/upload"), "kept");

    site.push("media/tracked", "mine");
    let id = site.relswitch("stage main --print id").succeed().text();
    site.relswitch(&format!("ready {id}"))
        .output()
        .fails(65, "collision");
    assert_eq!(
        site.world
            .read(format!("app/releases/{}/media/tracked", id.trim())),
        "mine"
    );
}

#[test]
fn a_current_that_is_no_link_to_a_release_is_refused_early() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let current = site.world.path("app/current");
    site.world.folder("app/current");
    for command in [
        "stage main".to_owned(),
        format!("switch {id}"),
        "rollback".into(),
        "exec -- true".into(),
    ] {
        site.relswitch(&command).output().fails(65, "blocked");
    }
    fs_err::remove_dir(&current).unwrap();
    for target in ["releases/none", "/etc", "releases", "releases/a/b", "../x"] {
        fs_err::os::unix::fs::symlink(target, &current).unwrap();
        site.relswitch(&format!("switch {id}"))
            .output()
            .fails(65, "blocked");
        fs_err::remove_file(&current).unwrap();
    }
    site.relswitch(&format!("switch {id}")).succeed();
}

#[test]
fn a_current_that_names_its_release_in_another_way_is_understood() {
    let site = Site::with_commit();
    let (one, two) = (site.deploy("main"), site.ready("main"));
    let (alias, current) = (site.world.path("alias"), site.world.path("app/current"));
    fs_err::os::unix::fs::symlink("app", &alias).unwrap();
    for spelt in [
        alias.join("releases"),
        site.world.path("app/releases"),
        "./releases".into(),
    ] {
        fs_err::remove_file(&current).unwrap();
        fs_err::os::unix::fs::symlink(spelt.join(&one), &current).unwrap();
        assert_eq!(site.relswitch("status").succeed().json()["current"]["id"], one);
        site.relswitch(&format!("switch {two}")).succeed();
        assert_eq!(
            fs_err::read_link(&current).unwrap(),
            std::path::Path::new("releases").join(&two)
        );
    }
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
fn rollback_to_a_named_release_goes_there() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    for page in ["two", "three"] {
        site.push("page", page);
        site.deploy("main");
    }
    let back = site.relswitch(&format!("rollback {one}")).succeed().json();
    assert_eq!((&back["current"], site.page().as_str()), (&json!(one), "one"));
    assert!(back["note"].as_str().unwrap().contains("databases"));
}

#[test]
fn what_is_asked_for_is_printed_whatever_the_format() {
    let site = Site::with_commit();
    let printed = site
        .relswitch("stage main --print id")
        .env("PYDEPLOY_FORMAT", "json")
        .succeed();
    assert!(printed.text().starts_with("20"), "{}", printed.text());
    let id = printed.text().trim().to_owned();
    let path = site
        .relswitch(&format!("ready {id} --print path --format json"))
        .succeed();
    assert_eq!(path.text(), format!("[ROOT]/app/releases/{id}\n"));
}

#[test]
fn reloads_run_before_probes_and_are_given_the_id() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let command = "--reload 'sh -c \"echo reload $RELSWITCH_ID >> log\"' --probe 'sh -c \"echo probe >> log; cat current/page; echo $RELSWITCH_ID\"'";
    let switched = site.relswitch(&format!("switch {id} {command}")).succeed().json();
    let purposes: Vec<_> = switched["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["purpose"].clone())
        .collect();
    assert_eq!(purposes, ["reload", "probe"]);
    assert_eq!(site.world.read("app/log"), format!("reload {id}\nprobe\n"));
}

#[test]
fn a_failing_reload_or_probe_goes_back_and_exits_3() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    site.push("page", "two");
    for (hook, kind) in [
        (
            "--reload 'sh -c \"echo broken >&2; test $RELSWITCH_ID = ONE\"'",
            "reload-failed",
        ),
        ("--probe false --timeout 1", "probe-failed"),
        ("--probe 'echo old' --timeout 1", "probe-failed"),
        ("--probe 'sleep 60' --timeout 1", "probe-failed"),
        ("--reload 'no-such-command'", "needs-recover"),
    ] {
        let id = site.ready("main");
        let status = if kind == "needs-recover" { 4 } else { 3 };
        let command = format!("switch {id} {}", hook.replace("ONE", &one));
        let failed = site.relswitch(&command).output().fails(status, kind).json();
        assert_eq!(failed["report"]["id"], id, "{failed:#}");
        assert_eq!(
            (site.page().as_str(), site.current()),
            ("one", Some(one.clone())),
            "{hook}"
        );
        assert_eq!(site.states().last().unwrap(), "bad", "{hook}");
    }
}

#[test]
fn a_first_switch_that_fails_leaves_nothing_current() {
    let site = Site::with_commit();
    let id = site.ready("main");
    site.relswitch(&format!("switch {id} --probe false --timeout 0"))
        .output()
        .fails(3, "probe-failed");
    assert_eq!(site.current(), None);
    site.relswitch("exec -- true").output().fails(65, "bad-state");
}

#[test]
fn a_probe_is_tried_until_it_succeeds() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let probe = "--probe 'sh -c \"echo x >> tries; test $(wc -l < tries) -ge 3 && echo $RELSWITCH_ID\"'";
    let switched = site
        .relswitch(&format!("switch {id} {probe} --timeout 20"))
        .succeed()
        .json();
    assert_eq!(switched["commands"][0]["tries"], 3);
    let other = site.ready("main");
    site.relswitch(&format!("switch {other} --probe true --probe-status-only"))
        .succeed();
}

#[test]
fn commands_come_from_the_configuration_and_the_command_line_overrides() {
    let site = Site::with_commit();
    site.configure(&json!({"reload": ["touch reloaded"], "probe": ["false"], "timeout": 1}));
    let id = site.ready("main");
    let switched = site
        .relswitch(&format!("switch {id} --probe 'printenv RELSWITCH_ID'"))
        .succeed()
        .json();
    assert_eq!(switched["commands"][0]["argv"], json!(["touch", "reloaded"]));
    assert!(site.world.path("app/reloaded").exists());
    site.configure(&json!({"relaod": []}));
    site.relswitch(&format!("switch {id}"))
        .output()
        .fails(65, "bad-document");
    site.configure(&json!({"reload": ["unclosed 'quote"]}));
    site.relswitch(&format!("switch {id}")).output().fails(2, "usage");
}

#[test]
fn exec_runs_in_the_release_and_holds_it() {
    let site = Site::with_commit();
    let id = site.deploy("main");
    let ran = site
        .relswitch("exec -- sh -c 'pwd; echo $PWD; echo $RELSWITCH_ID; cat page'")
        .succeed();
    let folder = format!("[ROOT]/app/releases/{id}");
    assert_eq!(ran.text(), format!("{folder}\n{folder}\n{id}\none"));
    site.relswitch("exec -- ./no-such-program")
        .output()
        .fails(65, "not-found");
    assert_eq!(site.relswitch("exec -- sh -c 'exit 7'").output().status, 7);

    let mut child = site.relswitch("exec -- sleep 60").spawn();
    let release = site.world.path(format!("app/releases/{id}"));
    let held = || disk::Lock::is_held(&release).unwrap();
    kit::until("it is held", held);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!held());
}

#[test]
fn works_inside_a_post_receive_hook_and_refuses_a_quarantine() {
    let site = Site::new();
    let binary = site.relswitch_binary();
    let chain = format!(
        "b={}\n$b -C .. stage main | $b -C .. ready - | $b -C .. switch - >&2\n",
        binary.display()
    );
    let hook = |name: &str, script: &str| {
        site.world.program(
            format!("app/repo.git/hooks/{name}"),
            format!("#!/bin/sh\n{script}"),
        );
    };
    hook("post-receive", &chain);
    site.push("page", "pushed");
    assert_eq!(site.page(), "pushed");

    hook("post-receive", "");
    hook("pre-receive", &format!("{} -C .. stage main\n", binary.display()));
    site.commit("dev", "page", "early");
    let push = site.try_git("dev", &["push", "production", "main"]);
    assert!(
        push.status != 0 && push.stderr.contains("the push is not accepted yet"),
        "{}",
        push.stderr
    );
}

#[test]
fn root_is_refused() {
    if !kit::has_root() {
        return;
    }
    let site = Site::with_commit();
    site.relswitch("list").as_caller().output().fails(77, "root");
    site.relswitch("list --allow-root").as_caller().succeed();
    site.relswitch("list")
        .as_caller()
        .env("PYDEPLOY_ALLOW_ROOT", "1")
        .succeed();
}

#[test]
fn elsewhere_than_in_an_application_it_says_what_to_do() {
    let site = Site::new();
    for folder in [".", "none", "app/repo.git"] {
        let ran = site
            .world
            .run(env!("CARGO_BIN_EXE_relswitch"))
            .args(["-C", folder, "list"])
            .output();
        assert!(
            ran.fails(65, "not-found").json()["hint"]
                .as_str()
                .unwrap()
                .contains("relswitch init")
        );
    }
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
