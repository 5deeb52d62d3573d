//! What an administrator does with etcsync, when all goes well.

use crate::{ETCSYNC, apply, chmod, link, mode, ops, plan, sync, tree, world};
use kit::World;
use std::process::Command;

#[test]
fn a_mock_etc_comes_to_its_root_with_modes_by_rule() {
    let world = world();
    world.write("etc.attrs", "app/secret.env mode=0640 secret\n");
    world.write("etc/app/secret.env", "KEY=x\n");
    world.write("etc/sudoers.d/app", "app ALL=(ALL) NOPASSWD: /bin/true\n");
    let report = sync(&world).expect(0).json();
    assert_eq!(report["generation"], 1);
    assert_eq!(mode(&world, "root/cron.d/app"), 0o644, "not the checkout's 0664");
    assert_eq!(mode(&world, "root/init.d/app"), 0o755, "git keeps x");
    assert_eq!(mode(&world, "root/app/secret.env"), 0o640);
    assert_eq!(mode(&world, "root/sudoers.d/app"), 0o440);
    assert_eq!(mode(&world, "root/nginx"), 0o755);
    let found = tree(&world.path("root"));
    assert_eq!(found["nginx/sites-enabled/app"], "link ../sites-available/app");
    let again = plan(&world);
    assert_eq!(ops(&again), [""; 0]);
    assert_eq!(again.json()["summary"]["same"], 13);
}

#[test]
fn plans_are_the_same_bytes_and_name_nothing_but_the_root() {
    let world = world();
    world.write("etc/app/key", "private\n");
    world.write("etc.attrs", "app/key mode=0600\n");
    let (one, two) = (plan(&world), plan(&world));
    assert_eq!(one.stdout, two.stdout);
    let text = String::from_utf8(one.stdout).unwrap();
    assert!(!text.contains(world.root().to_str().unwrap()), "{text}");
    assert!(!text.contains("private"), "{text}");
    assert!(text.contains("hmac-sha256:"), "{text}");
    assert_eq!(tree(&world.path("root")).len(), 0, "a plan changes nothing");
}

#[test]
fn existing_folders_keep_mode_and_content() {
    let world = world();
    world.write("root/nginx/other", "mine\n");
    chmod(&world, "root/nginx", 0o700);
    world.folder("root/cron.d");
    chmod(&world, "root/cron.d", 0o711);
    world.write("etc.attrs", "nginx/ mode=0775\n");
    sync(&world).expect(0);
    assert_eq!(
        (mode(&world, "root/nginx"), mode(&world, "root/cron.d")),
        (0o700, 0o711)
    );
    assert_eq!(world.read("root/nginx/other"), "mine\n");
}

#[test]
fn the_result_is_rsync_s_but_for_the_modes() {
    let world = world();
    sync(&world).expect(0);
    let rsync = Command::new("rsync")
        .args(["-rl", "--chmod=D755,Fu=rw,Fgo=r"])
        .arg(world.path("etc/"))
        .arg(world.path("peer"))
        .status();
    assert!(rsync.unwrap().success());
    let (mut ours, mut peer) = (tree(&world.path("root")), tree(&world.path("peer")));
    // rsync has no rule for programs.
    assert_eq!(
        ours.remove("init.d/app"),
        Some("file 0755 #!/bin/sh\n".to_owned())
    );
    peer.remove("init.d/app");
    assert_eq!(ours, peer);
}

#[test]
fn only_what_etcsync_installed_goes_and_originals_come_back() {
    let world = world();
    world.write("root/cron.d/app", "# the distribution's\n");
    world.write("root/cron.d/other", "# somebody's\n");
    let first = plan(&world);
    assert!(ops(&first).contains(&"replace cron.d/app".to_owned()));
    assert!(
        first
            .text()
            .contains("not etcsync's until now; the original is kept"),
        "{}",
        first.text()
    );
    apply(&world, &first).expect(0);
    let shrunk = world.path("etc");
    fs_err::remove_dir_all(shrunk.join("cron.d")).unwrap();
    fs_err::remove_dir_all(shrunk.join("init.d")).unwrap();
    let second = plan(&world);
    assert_eq!(
        ops(&second),
        ["restore cron.d/app", "delete init.d", "delete init.d/app"]
    );
    apply(&world, &second).expect(0);
    assert_eq!(world.read("root/cron.d/app"), "# the distribution's\n");
    assert_eq!(world.read("root/cron.d/other"), "# somebody's\n");
    assert!(!world.path("root/init.d").exists());
    assert_eq!(ops(&plan(&world)), [""; 0]);
}

#[test]
fn folders_that_others_use_stay() {
    let world = world();
    sync(&world).expect(0);
    world.write("root/init.d/other", "#!/bin/sh\n");
    fs_err::remove_dir_all(world.path("etc/init.d")).unwrap();
    let report = sync(&world).expect(0).json();
    assert_eq!(report["notes"][0], "init.d: the folder is not empty and stays");
    assert!(world.path("root/init.d/other").exists());
    assert!(!world.path("root/init.d/app").exists());
    assert_eq!(ops(&plan(&world)), [""; 0]);
}

#[test]
fn later_layers_win_and_rules_say_what_is_absent() {
    let world = world();
    world.write("etc.prod/cron.d/app", "0 3 * * * root /bin/true\n");
    world.write(
        "etc.prod.attrs",
        "nginx/sites-enabled/default absent\ncron.d/app mode=0600\n",
    );
    world.folder("root/nginx/sites-enabled");
    link(
        &world,
        "root/nginx/sites-enabled/default",
        "../sites-available/default",
    );
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "etc", "etc.prod", "--root", "root"])
        .succeed();
    assert!(ops(&plan).contains(&"delete nginx/sites-enabled/default".to_owned()));
    apply(&world, &plan).expect(0);
    assert_eq!(world.read("root/cron.d/app"), "0 3 * * * root /bin/true\n");
    assert_eq!(mode(&world, "root/cron.d/app"), 0o600);
    assert!(fs_err::symlink_metadata(world.path("root/nginx/sites-enabled/default")).is_err());
    // Without the layer that says so, the default site comes back.
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    assert!(
        ops(&plan).contains(&"restore nginx/sites-enabled/default".to_owned()),
        "{:?}",
        ops(&plan)
    );
}

#[test]
fn a_plan_can_be_confined() {
    let world = world();
    let plan = world
        .run(ETCSYNC)
        .args([
            "plan",
            "etc",
            "--root",
            "root",
            "--only",
            "cron.d/",
            "--only",
            "nginx/sites-available/app",
        ])
        .succeed();
    let expected = [
        "create cron.d",
        "create cron.d/app",
        "create nginx",
        "create nginx/sites-available",
        "create nginx/sites-available/app",
    ];
    assert_eq!(ops(&plan), expected);
    apply(&world, &plan).expect(0);
    assert!(!world.path("root/init.d").exists());
}

#[test]
fn rollback_goes_back_one_generation_or_to_any() {
    let world = world();
    world.write("root/cron.d/app", "# before\n");
    let before = tree(&world.path("root"));
    sync(&world).expect(0);
    let one = tree(&world.path("root"));
    world.write("etc/cron.d/app", "1 1 1 1 1 root /bin/true\n");
    world.write("etc/new", "new\n");
    fs_err::remove_file(world.path("etc/init.d/app")).unwrap();
    sync(&world).expect(0);
    let two = tree(&world.path("root"));
    let rollback = |args: &[&str]| {
        world
            .run(ETCSYNC)
            .arg("rollback")
            .args(args)
            .args(["--root", "root"])
            .succeed()
    };
    assert_eq!(rollback(&[]).json()["generation"], 3);
    assert_eq!(tree(&world.path("root")), one);
    rollback(&["2"]);
    assert_eq!(tree(&world.path("root")), two);
    rollback(&["0"]);
    assert_eq!(tree(&world.path("root")), before);
    let log = world
        .run(ETCSYNC)
        .args(["log", "--root", "root"])
        .succeed()
        .json();
    assert_eq!(log["generations"].as_array().unwrap().len(), 5);
    world
        .run(ETCSYNC)
        .args(["rollback", "9", "--root", "root"])
        .output()
        .fails(65, "not-found");
    let plan = world
        .run(ETCSYNC)
        .args(["rollback", "1", "--plan", "--root", "root"])
        .succeed();
    apply(&world, &plan).expect(0);
    assert_eq!(tree(&world.path("root")), one);
}

#[test]
fn status_tells_what_others_changed() {
    let world = world();
    let status = |code| {
        world
            .run(ETCSYNC)
            .args(["status", "--exit-code", "--root", "root"])
            .output()
            .expect(code)
    };
    sync(&world).expect(0);
    status(0);
    world.write("root/cron.d/app", "# by hand\n");
    fs_err::remove_file(world.path("root/init.d/app")).unwrap();
    let found = status(1).json();
    assert_eq!(found["drift"][0]["path"], "cron.d/app");
    assert_eq!(found["drift"][0]["how"], "changed");
    assert_eq!(found["drift"][1]["how"], "missing");
    let text = world
        .run(ETCSYNC)
        .args(["status", "--format", "text", "--root", "root"])
        .succeed()
        .text();
    assert!(text.lines().count() <= 10, "{text}");
}

#[test]
fn rules_can_be_asked_for() {
    let world = World::new();
    world.write("etc.attrs", "app/* owner=app mode=0600\n");
    let asked = world
        .run(ETCSYNC)
        .args([
            "attrs",
            "--attrs",
            "etc.attrs",
            "app/x",
            "nginx/nginx.conf",
            "app/",
        ])
        .succeed();
    let expected = "app/ mode=0755 owner=root group=root\n\
                    app/x mode=0600 owner=app group=root\n\
                    nginx/nginx.conf mode=0644 owner=root group=root check=nginx reload=nginx\n";
    let mut lines: Vec<String> = asked.text().lines().map(sorted).collect();
    let mut wanted: Vec<String> = expected.lines().map(sorted).collect();
    lines.sort();
    wanted.sort();
    assert_eq!(lines, wanted);
    let builtin = world.run(ETCSYNC).args(["attrs", "--builtin"]).succeed().text();
    assert!(builtin.contains("define nginx check="), "{builtin}");
    let json = world
        .run(ETCSYNC)
        .args(["attrs", "--builtin", "--format", "json"])
        .succeed()
        .json();
    assert_eq!(json["services"]["nginx"]["check"][0][0], "nginx");
}

/// The words of a line, the first first, the others in order.
fn sorted(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    words[1..].sort_unstable();
    words.join(" ")
}

#[test]
fn plan_says_with_its_exit_code_whether_there_is_something_to_do() {
    let world = world();
    let plan = |code| {
        world
            .run(ETCSYNC)
            .args(["plan", "etc", "--exit-code", "--root", "root"])
            .output()
            .expect(code)
    };
    plan(1);
    sync(&world).expect(0);
    plan(0);
}

#[test]
fn what_is_available_is_enabled_by_rule() {
    let world = world();
    fs_err::remove_file(world.path("etc/nginx/sites-enabled/app")).unwrap();
    world.write(
        "etc/systemd/system/app.service",
        "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
    );
    world.write(
        "etc.attrs",
        "nginx/sites-available/app enable\nsystemd/system/app.service enable\n",
    );
    sync(&world).expect(0);
    let found = tree(&world.path("root"));
    assert_eq!(found["nginx/sites-enabled/app"], "link ../sites-available/app");
    let wants = "systemd/system/multi-user.target.wants";
    assert_eq!(
        found[&format!("{wants}/app.service")],
        "link /etc/systemd/system/app.service"
    );
    world.write("etc.attrs", "");
    sync(&world).expect(0);
    let found = tree(&world.path("root"));
    assert!(
        !found.contains_key("nginx/sites-enabled/app") && !found.contains_key(wants),
        "{found:?}"
    );
    world.write("etc.attrs", "cron.d/app enable\n");
    world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .output()
        .fails(65, "bad-syntax");
}

#[test]
fn differences_read_like_git_s_and_keep_secrets() {
    let world = world();
    world.write("root/cron.d/app", "*/9 * * * * root /bin/true\n");
    world.write("etc/app/key", "hush\n");
    world.write("etc.attrs", "app/key mode=0600\n");
    let diff = |arguments: &[&str]| world.run(ETCSYNC).args(["diff"]).args(arguments);
    let text = diff(&["etc", "--root", "root", "--only", "cron.d"])
        .succeed()
        .text();
    let expected = "diff --git a/cron.d/app b/cron.d/app\n--- a/cron.d/app\n+++ b/cron.d/app\n@@ -1 +1 @@\n\
                    -*/9 * * * * root /bin/true\n+*/5 * * * * root /bin/true\n";
    assert_eq!(text, expected);
    let plan = plan(&world);
    let all = diff(&["-"]).stdin(plan.stdout.clone()).succeed().text();
    assert!(
        all.contains("new file mode 100600\nthe content is secret\n"),
        "{all}"
    );
    assert!(!all.contains("hush"), "{all}");
    diff(&["-", "--exit-code"])
        .stdin(plan.stdout.clone())
        .output()
        .expect(1);
    let painted = diff(&["-", "--color", "always"])
        .stdin(plan.stdout.clone())
        .succeed()
        .text();
    assert!(painted.contains("\u{1b}["), "{painted}");
    world.write("etc/cron.d/app", "changed\n");
    diff(&["-"]).stdin(plan.stdout).output().fails(65, "stale-plan");
}

/// As people type it: the plan is kept, shown, and then done from the file.
#[test]
fn a_plan_that_was_read_is_applied() {
    let world = world();
    let typed = |line: &str| {
        let script = line.replace("etcsync", &format!("'{ETCSYNC}'"));
        world.run("sh").args(["-c", &script]).succeed()
    };
    let shown = typed("etcsync plan etc --root root | tee plan.json | etcsync diff -");
    assert!(
        shown.text().contains("diff --git a/cron.d/app b/cron.d/app\n"),
        "{}",
        shown.text()
    );
    assert!(
        shown.text().contains("\n+*/5 * * * * root /bin/true\n"),
        "{}",
        shown.text()
    );
    assert_eq!(tree(&world.path("root")).len(), 0);
    typed("etcsync apply - < plan.json");
    assert_eq!(world.read("root/cron.d/app"), "*/5 * * * * root /bin/true\n");
    assert_eq!(ops(&plan(&world)), [""; 0]);
    assert_eq!(
        typed("etcsync plan etc --root root | tee plan.json | etcsync diff").text(),
        ""
    );
}

/// A file with several names: the plan says so, and only the one below the root changes.
#[test]
fn other_names_of_a_file_keep_the_old_content() {
    let world = world();
    world.write("root/cron.d/app", "# before\n");
    fs_err::hard_link(world.path("root/cron.d/app"), world.path("other-name")).unwrap();
    let plan = plan(&world);
    let plan_text = plan.json().to_string();
    assert!(plan_text.contains("the file has 2 names"), "{plan_text}");
    apply(&world, &plan).expect(0);
    assert_eq!(world.read("other-name"), "# before\n");
    assert_eq!(world.read("root/cron.d/app"), "*/5 * * * * root /bin/true\n");
}
