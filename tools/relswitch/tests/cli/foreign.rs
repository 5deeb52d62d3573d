//! Code that is in no repository, and applications that another tool made.

use serde_json::json;

use crate::world::Site;

#[test]
fn a_plain_folder_can_be_staged() {
    let site = Site::new();
    site.world.write("code/page", "plain");
    site.world.write("code/bin/run", "#!/bin/sh\n");
    fs_err::os::unix::fs::symlink("../page", site.world.path("code/bin/page")).unwrap();
    let staged = site.relswitch("stage --from code").succeed();
    let document = staged.json();
    assert_eq!(
        (&document["files"], &document["commit"], &document["ref"]),
        (&json!(3), &json!(""), &json!("code"))
    );
    let ready = site.relswitch("ready -").stdin(staged.stdout).succeed();
    site.relswitch("switch -").stdin(ready.stdout).succeed();
    assert_eq!(site.page(), "plain");
    site.relswitch("status").succeed();
    site.relswitch("stage --from code --strict").succeed();
}

#[test]
fn a_folder_that_cannot_be_a_release_is_refused() {
    let site = Site::with_commit();
    for folder in ["dev", "app", "app/shared", ".", "dev/page"] {
        site.relswitch(&format!("stage --from {folder}"))
            .output()
            .fails(65, "unsupported");
    }
    site.world.write("code/.relswitch.json", "{}");
    site.relswitch("stage --from code")
        .output()
        .fails(65, "unsupported");
    site.relswitch("stage main --from code").output().expect(2);
    site.relswitch("stage").output().expect(2);
    assert_eq!(site.names("releases"), [""; 0]);
}

#[test]
fn a_capistrano_folder_is_adopted() {
    let site = Site::new();
    let names = [
        "20260101100000",
        "20260102100000",
        "20260103100000",
        "20260104100000",
    ];
    for name in names {
        site.world.write(format!("cap/releases/{name}/page"), name);
        site.world.write(
            format!("cap/releases/{name}/REVISION"),
            "72fa72317ab1000000000000000000000000000a\n",
        );
    }
    let log = "Branch main (at 72fa723) deployed as release 20260101100000 by deploy\n\
               Branch main (at 72fa723) deployed as release 20260103100000 by deploy\n\
               Branch main (at 72fa723) deployed as release 20260104100000 by deploy\n";
    site.world.write("cap/revisions.log", log);
    let cap = site.world.path("cap");
    fs_err::os::unix::fs::symlink(cap.join("releases/20260104100000"), cap.join("current")).unwrap();
    let relswitch = |command: &[&str]| {
        site.world
            .run(env!("CARGO_BIN_EXE_relswitch"))
            .args(["-C", "cap"])
            .args(command)
    };

    let made = relswitch(&["init", "--adopt"]).succeed().json();
    assert_eq!(made["adopted"], json!(names));
    assert_eq!(
        fs_err::read_link(cap.join("current")).unwrap(),
        std::path::Path::new("releases/20260104100000")
    );
    assert_eq!(
        relswitch(&["init", "--adopt"]).succeed().json()["adopted"],
        serde_json::Value::Null
    );
    let list = relswitch(&["list"]).succeed().json();
    let states: Vec<_> = list["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|release| release["state"].clone())
        .collect();
    assert_eq!(states, ["retired", "failed", "retired", "current"]);
    relswitch(&["rollback"]).succeed();
    assert_eq!(site.world.read("cap/current/page"), "20260103100000");
}

#[test]
fn a_plain_current_is_adopted() {
    let site = Site::new();
    site.world.write("plain/current/page", "by hand");
    let relswitch = |command: &[&str]| {
        site.world
            .run(env!("CARGO_BIN_EXE_relswitch"))
            .args(["-C", "plain"])
            .args(command)
    };
    relswitch(&["init"]).succeed();
    relswitch(&["stage", "main"]).output().fails(65, "blocked");
    let adopted = relswitch(&["init", "--adopt"]).succeed().json()["adopted"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(site.world.read("plain/current/page"), "by hand");
    assert_eq!(relswitch(&["status"]).succeed().json()["current"]["id"], adopted);
}

#[test]
fn an_adoption_that_is_killed_anywhere_can_be_repeated() {
    let calls = "rename,renameat,renameat2,symlink,symlinkat,fsync";
    for call in 1.. {
        let site = Site::new();
        site.world.write("plain/current/page", "by hand");
        let binary = site.relswitch_binary();
        let adopt = ["-C", "plain", "init", "--adopt"];
        site.world.run(&binary).args(["-C", "plain", "init"]).succeed();
        let strace = site.world.run("strace").args(["-f", "-qq", "-o", "/dev/null"]);
        let killed = strace
            .args(["-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:signal=KILL:when={call}")])
            .arg(&binary)
            .args(adopt)
            .output();
        site.world.run(&binary).args(adopt).succeed();
        assert_eq!(site.world.read("plain/current/page"), "by hand", "{call}");
        let list = site.world.run(&binary).args(["-C", "plain", "list"]);
        let list = list.succeed().json();
        assert_eq!(
            (
                &list["releases"][0]["state"],
                list["releases"].as_array().unwrap().len()
            ),
            (&json!("current"), 1),
            "{call}"
        );
        if killed.status == 0 {
            assert!(call > 5, "{call}");
            break;
        }
    }
}

#[test]
fn a_current_that_is_no_release_is_left_alone() {
    let site = Site::new();
    site.world.write("cap/releases/20260101100000/page", "one");
    fs_err::os::unix::fs::symlink("/etc", site.world.path("cap/current")).unwrap();
    let adopt = || {
        site.world
            .run(env!("CARGO_BIN_EXE_relswitch"))
            .args(["-C", "cap", "init", "--adopt"])
            .output()
    };
    adopt().fails(65, "blocked");
    let described = site.world.path("cap/releases/20260101100000/.relswitch.json");
    assert!(!described.exists());
    fs_err::remove_file(site.world.path("cap/current")).unwrap();
    assert_eq!(adopt().expect(0).json()["adopted"], json!(["20260101100000"]));
}
