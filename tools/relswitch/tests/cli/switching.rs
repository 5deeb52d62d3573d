//! Switching and going back: the link, the reloads, the probes.

use serde_json::json;

use crate::world::Site;

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
    fs_err::os::unix::fs::symlink(format!("releases/{one}"), site.world.path("app/live")).unwrap();
    for spelt in [
        alias.join("releases").join(&one),
        site.world.path("app/releases").join(&one),
        format!("./releases/{one}/").into(),
        "live".into(),
    ] {
        fs_err::remove_file(&current).unwrap();
        fs_err::os::unix::fs::symlink(&spelt, &current).unwrap();
        assert_eq!(site.relswitch("status").succeed().json()["current"]["id"], one);
        site.relswitch(&format!("switch {two}")).succeed();
        assert_eq!(
            fs_err::read_link(&current).unwrap(),
            std::path::Path::new("releases").join(&two)
        );
    }
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
fn reloads_run_before_probes_and_are_given_the_id() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let command = "--reload 'sh -c \"echo reload $RELSWITCH_ID >> log\"' --probe 'sh -c \"echo probe >> log; cat current/page; echo; echo $RELSWITCH_ID\"'";
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
        // Another release's id, which contains the one that is to be seen.
        (
            "--probe 'sh -c \"echo ${RELSWITCH_ID}0\"' --timeout 1",
            "probe-failed",
        ),
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
fn a_command_that_prints_without_end_is_killed_before_its_time_is_over() {
    let site = Site::with_commit();
    for hook in ["--reload yes", "--reload 'sh -c \"yes >&2\"'"] {
        let id = site.ready("main");
        let ran = site
            .relswitch(&format!("switch {id} {hook} --timeout 600"))
            .output();
        let failed = ran.fails(3, "reload-failed").json();
        let cause = failed["causes"][0].as_str().unwrap();
        assert!(
            cause.contains("it printed more than 64 MiB and was killed"),
            "{cause:.100}"
        );
    }
    // Of what is within bounds, the id is found.
    let id = site.ready("main");
    let probe = "--probe 'sh -c \"echo $RELSWITCH_ID; yes | head -c 8000000\"'";
    site.relswitch(&format!("switch {id} {probe}")).succeed();
}

#[test]
fn a_current_that_a_reload_or_a_probe_moves_is_put_back() {
    let site = Site::with_commit();
    let (zero, one) = (site.deploy("main"), site.deploy("main"));
    for (hook, why) in [
        (
            format!("--reload 'ln -sfn releases/{zero} current'"),
            zero.as_str(),
        ),
        (
            format!("--probe 'sh -c \"ln -sfn releases/{zero} current; echo $RELSWITCH_ID\"'"),
            zero.as_str(),
        ),
        // Nobody waits for a probe then.
        ("--reload 'rm current' --probe false --timeout 600".into(), "gone"),
        ("--reload 'ln -sfn /etc current'".into(), "/etc"),
    ] {
        let two = site.ready("main");
        let ran = site.relswitch(&format!("switch {two} {hook}")).output();
        let failed = ran.fails(3, "apply-failed").json();
        let message = failed["message"].as_str().unwrap();
        assert_eq!(message, format!("current was moved meanwhile; {one} runs again"));
        assert!(failed["causes"][0].as_str().unwrap().contains(why), "{failed:#}");
        assert_eq!(failed["report"]["bad"], two, "{failed:#}");
        assert_eq!(site.current().as_ref(), Some(&one), "{hook}");
        assert_eq!(site.states().last().unwrap(), "bad");
        assert_eq!(
            site.relswitch("status").succeed().json()["interrupted"],
            json!(null)
        );
    }
}

#[test]
fn a_current_that_cannot_be_put_back_is_told_as_it_is() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    let two = site.ready("main");
    let reload = "--reload 'sh -c \"test -e done || { rm current; mkdir current; touch done; }\"'";
    let ran = site.relswitch(&format!("switch {two} {reload}")).output();
    let failed = ran.fails(4, "needs-recover").json();
    assert_eq!(failed["report"]["current"], json!(null), "{failed:#}");
    fs_err::remove_dir(site.world.path("app/current")).unwrap();
    let report = site.relswitch("recover").succeed().json();
    assert_eq!(
        (&report["undone"], &report["current"]),
        (&json!(two), &json!(one))
    );
    assert_eq!(site.current(), Some(one));
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
