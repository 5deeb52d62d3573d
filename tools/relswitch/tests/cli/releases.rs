//! The main way: push, stage, ready, switch, back.

use std::os::unix::fs::PermissionsExt;

use kit::World;
use serde_json::json;

use crate::world::{Site, program};

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
fn init_completes_what_was_interrupted_and_keeps_what_was_changed() {
    let site = Site::new();
    site.git(
        "app/repo.git",
        &["config", "receive.denyNonFastForwards", "false"],
    );
    site.git("app/repo.git", &["config", "--unset", "core.fsync"]);
    site.git("app/work", &["config", "--remove-section", "remote.origin"]);
    site.relswitch("init").succeed();
    let setting = |folder, name| site.git(folder, &["config", "--local", name]);
    assert_eq!(setting("app/repo.git", "receive.denyNonFastForwards"), "false");
    assert_eq!(setting("app/repo.git", "core.fsync"), "all");
    assert_eq!(setting("app/work", "remote.origin.push"), "HEAD:refs/heads/local");
    assert_eq!(setting("app/work", "core.fsync"), "all");
}

#[test]
fn several_inits_at_once_end_well_and_make_one_application() {
    let world = World::new();
    for round in 0..10 {
        let app = format!("app{round}");
        let init = || world.run(program()).args(["--wait", "60", "init", &app]);
        let runs: Vec<_> = (0..4).map(|_| init().spawn()).collect();
        for run in runs {
            let ended = run.wait_with_output().unwrap();
            assert!(
                ended.status.success(),
                "{}",
                String::from_utf8_lossy(&ended.stderr)
            );
        }
        let again = init().succeed().json();
        assert_eq!(again["created"], json!([]), "{again:#}");
    }
}

#[test]
fn nobody_else_may_write_where_it_is_decided_what_runs() {
    let world = World::new();
    let mode = |path: &str| {
        let found = fs_err::metadata(world.path("app").join(path)).unwrap();
        found.permissions().mode() & 0o777
    };
    world.write("code/page", "a page");
    for (umask, own, open) in [("0", 0o755, 0o777), ("077", 0o700, 0o700)] {
        let script = format!(
            "umask {umask}; \"$1\" init app; umask 0
            \"$1\" -C app stage --from code | \"$1\" -C app ready - | \"$1\" -C app switch -"
        );
        let program = world.run(program()).program();
        let run = world.run("/bin/sh").args(["-euc", &script, "sh"]);
        run.arg(program).succeed();
        assert_eq!([".relswitch", "releases"].map(mode), [own; 2], "{umask}");
        assert_eq!(
            ["shared", "wheels", "repo.git", "work"].map(mode),
            [open; 4],
            "{umask}"
        );
        assert_eq!(
            [".relswitch/log.ndjson", ".relswitch/state.json"].map(mode),
            [0o644; 2]
        );
        fs_err::remove_dir_all(world.path("app")).unwrap();
    }
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
fn folders_on_the_way_to_a_shared_path_have_our_own_mode() {
    let site = Site::with_commit();
    site.configure(&json!({"shared": ["deep/in/media/"]}));
    let id = site.relswitch("stage main --print id").succeed().text();
    let run = site.world.run("/bin/sh");
    let ready = ["-c", "umask 077; exec \"$1\" -C app ready $2", "sh"];
    run.args(ready)
        .arg(site.relswitch_binary())
        .arg(id.trim())
        .succeed();
    for folder in ["deep", "deep/in"] {
        let found = fs_err::metadata(site.world.path(format!("app/releases/{}/{folder}", id.trim())));
        assert_eq!(found.unwrap().permissions().mode() & 0o777, 0o755, "{folder}");
    }
}

#[test]
fn nothing_is_written_into_a_release_by_way_of_a_link() {
    let site = Site::with_commit();
    site.configure(&json!({"shared": ["media/"]}));
    let id = site.relswitch("stage main --print id").succeed().text();
    let (release, elsewhere) = (
        format!("app/releases/{}", id.trim()),
        site.world.path("elsewhere"),
    );
    fs_err::rename(site.world.path(&release), &elsewhere).unwrap();
    fs_err::os::unix::fs::symlink(&elsewhere, site.world.path(&release)).unwrap();
    for command in ["ready", "switch"] {
        site.relswitch(&format!("{command} {id}"))
            .output()
            .fails(65, "bad-state");
    }
    assert!(site.world.read("elsewhere/.relswitch.json").contains("staging"));
    assert!(!elsewhere.join("media").exists());
}

#[test]
fn no_shared_path_leads_through_a_link_or_a_file() {
    let site = Site::new();
    let outside = site.world.folder("outside");
    site.world.write("outside/media/.gitkeep", "");
    fs_err::os::unix::fs::symlink("../../../outside", site.world.folder("dev").join("conf")).unwrap();
    site.push("page", "one");
    let id = site.relswitch("stage main --print id").succeed().text();
    site.world.write("app/shared/conf/local.py", "secret");
    site.world.write("app/shared/page/x", "secret");
    for shared in [
        json!(["conf/local.py"]),
        json!(["conf/media/"]),
        json!(["page/x"]),
        json!(["logs/", "logs/today/"]),
    ] {
        site.configure(&json!({ "shared": shared }));
        site.relswitch(&format!("ready {id}"))
            .output()
            .fails(65, "collision");
    }
    assert_eq!(fs_err::read_dir(outside).unwrap().count(), 1);
    assert!(site.world.path("outside/media/.gitkeep").exists());
    assert_eq!(site.names("shared/logs"), ["today"]);
    assert!(site.world.path("app/shared/logs/today").is_dir());
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
fn people_are_told_in_words() {
    let site = Site::with_commit();
    let words = |command: &str| {
        site.relswitch(&format!("{command} --format text"))
            .succeed()
            .text()
    };
    let staged = words("stage main");
    assert!(
        staged.contains("(first)") && staged.contains("  1 file in releases/"),
        "{staged}"
    );
    site.world.write("plain/page", "x");
    let plain = words("stage --from plain");
    assert!(!plain.contains(" at "), "{plain}");
    let missing = site.relswitch("stage --from nowhere").output().expect(65).json();
    assert_eq!(
        (&missing["kind"], &missing["file"]),
        (&"not-found".into(), &"nowhere".into())
    );
    site.world.write("app/.relswitch/config.json", "{");
    let damaged = site.relswitch("prune").output().expect(65).json();
    assert!(damaged["hint"].as_str().unwrap().contains("FILES"), "{damaged}");
}

#[test]
fn no_command_is_wrong_usage_in_every_form() {
    let world = World::new();
    for format in ["json", "text"] {
        let ran = world.run(program()).env("PYDEPLOY_FORMAT", format).output();
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("Usage: relswitch"), "{}", ran.stderr);
        assert!(ran.stderr.ends_with('\n'), "{}", ran.stderr);
    }
    let ran = world.run(program()).env("PYDEPLOY_FORMAT", "json").output();
    assert_eq!(ran.json()["message"], "no command is given");
}
