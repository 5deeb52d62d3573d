//! What goes wrong, and what must not follow from it.

use crate::{ETCSYNC, apply, chmod, give, link, mode, ops, plan, sync, tree, world};
use kit::World;
use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, net::UnixListener},
    process::Command,
};

#[test]
fn a_stale_plan_changes_nothing() {
    let world = world();
    let old = plan(&world);
    world.write("root/cron.d/app", "# came in between\n");
    let before = tree(&world.path("root"));
    apply(&world, &old).fails(65, "stale-plan");
    assert_eq!(tree(&world.path("root")), before);

    let old = plan(&world);
    world.write("etc/cron.d/app", "0 0 * * * root /bin/true\n");
    apply(&world, &old).fails(65, "stale-plan");
    assert_eq!(tree(&world.path("root")), before);

    let old = plan(&world);
    sync(&world).expect(0);
    apply(&world, &old).fails(65, "stale-plan");
}

#[test]
fn a_plan_that_was_doctored_is_refused() {
    let world = world();
    let mut doctored = plan(&world).json();
    doctored["ops"].as_array_mut().unwrap().remove(0);
    let doctored = doctored.to_string();
    world
        .run(ETCSYNC)
        .args(["apply", "-"])
        .stdin(doctored)
        .output()
        .fails(65, "stale-plan");
    assert_eq!(tree(&world.path("root")).len(), 0);
}

#[test]
fn rubbish_and_failures_on_stdin() {
    let world = world();
    let apply = |stdin: &str| world.run(ETCSYNC).args(["apply", "-"]).stdin(stdin).output();
    apply("").fails(65, "no-input");
    apply("{\"schema\":\"etcsync.plan/1\",").fails(65, "bad-document");
    apply("{\"schema\":\"lock/1\"}").fails(65, "bad-document");
    let failure = r#"{"schema":"error/1","tool":"etcsync","kind":"network","message":"m"}"#;
    let passed = apply(failure).expect(75);
    assert_eq!(passed.text(), failure);
    refuses(&world, "nowhere", "root", "not-found");
    refuses(&world, "etc", "nowhere", "not-found");
}

/// Plans what no plan can be made of.
#[track_caller]
fn refuses(world: &World, layer: &str, root: &str, kind: &str) {
    let plan = world.run(ETCSYNC).args(["plan", layer, "--root", root]);
    plan.output().fails(65, kind);
}

#[test]
fn drift_is_refused_until_it_is_meant() {
    let world = world();
    sync(&world).expect(0);
    world.write("root/cron.d/app", "# by hand\n");
    let drifted = plan(&world);
    assert_eq!(drifted.json()["ops"][0]["drift"], true);
    apply(&world, &drifted).fails(65, "drift");
    assert_eq!(world.read("root/cron.d/app"), "# by hand\n");
    world
        .run(ETCSYNC)
        .args(["apply", "--overwrite-drift"])
        .stdin(drifted.stdout)
        .succeed();
    assert_eq!(world.read("root/cron.d/app"), "*/5 * * * * root /bin/true\n");
    world
        .run(ETCSYNC)
        .args(["rollback", "--root", "root"])
        .output()
        .expect(0);
    // What was written by hand was not etcsync's, so the generation before is what it wrote then.
    assert_eq!(world.read("root/cron.d/app"), "*/5 * * * * root /bin/true\n");
}

#[test]
fn a_folder_for_a_file_is_refused_until_it_is_meant() {
    let world = world();
    world.write("root/nginx", "a file\n");
    world.folder("root/cron.d/app");
    let plan = plan(&world);
    assert!(ops(&plan).contains(&"retype nginx".to_owned()));
    let before = tree(&world.path("root"));
    apply(&world, &plan).fails(65, "blocked");
    assert_eq!(tree(&world.path("root")), before);
    world
        .run(ETCSYNC)
        .args(["apply", "--retype"])
        .stdin(plan.stdout)
        .succeed();
    assert!(world.path("root/nginx/sites-available/app").is_file());
    assert!(world.path("root/cron.d/app").is_file());
    world
        .run(ETCSYNC)
        .args(["rollback", "--retype", "--root", "root"])
        .succeed();
    assert_eq!(tree(&world.path("root")), before);
}

#[test]
fn a_folder_that_is_in_use_is_never_removed() {
    let world = world();
    world.write("root/cron.d/app/inside", "x\n");
    let plan = plan(&world);
    world
        .run(ETCSYNC)
        .args(["apply", "--retype"])
        .stdin(plan.stdout)
        .output()
        .fails(65, "blocked");
    assert_eq!(world.read("root/cron.d/app/inside"), "x\n");
}

#[test]
fn links_on_the_way_are_not_followed() {
    let world = world();
    world.folder("outside");
    link(&world, "root/cron.d", "../outside");
    let plan = plan(&world);
    let op = plan.json()["ops"]
        .as_array()
        .unwrap()
        .iter()
        .find(|op| op["path"] == "cron.d/app")
        .cloned()
        .unwrap();
    assert!(op["blocked"].as_str().unwrap().contains("symbolic link"), "{op}");
    apply(&world, &plan).fails(65, "blocked");
    assert_eq!(tree(&world.path("outside")).len(), 0);
}

/// Whoever means the folder behind a link says so: the hint names the command, and that one works, with the
/// same care as any other.
#[test]
fn the_folder_behind_a_link_is_named_as_a_root() {
    let world = world();
    world.write("outside/other", "# somebody's\n");
    link(&world, "root/cron.d", "../outside");
    let outside = world.path("outside").canonicalize().unwrap();
    let command = format!("etcsync plan etc/cron.d --root {}", outside.display());
    let whole = plan(&world);
    for flags in [&[][..], &["--retype"]] {
        let apply = world.run(ETCSYNC).args(["apply", "-"]).args(flags);
        let refused = apply
            .stdin(whole.stdout.clone())
            .output()
            .fails(65, "blocked")
            .json();
        let hint = refused["hint"].as_str().unwrap();
        assert!(hint.ends_with(&format!(": {command}")), "{hint}");
    }

    let named = || {
        let plan = world.run(ETCSYNC).args(command.split(' ').skip(1));
        apply(&world, &plan.succeed())
    };
    let outside = |command: &str| world.run(ETCSYNC).args([command, "--root", "outside"]);
    named().expect(0);
    assert_eq!(world.read("outside/app"), "*/5 * * * * root /bin/true\n");
    assert_eq!(world.read("outside/other"), "# somebody's\n");
    world.write("outside/app", "# by hand\n");
    let drift = outside("status").succeed().json();
    assert_eq!(drift["drift"][0]["path"], "app");
    named().fails(65, "drift");
    outside("rollback").arg("--overwrite-drift").succeed();
    assert_eq!(
        tree(&world.path("outside")).into_keys().collect::<Vec<_>>(),
        ["other"]
    );
}

/// The command that a hint names is for a shell to read.
#[test]
fn odd_names_in_a_hint_are_quoted() {
    let world = World::new();
    world.write("the layer/dir/app", "x\n");
    world.folder("root");
    world.folder("it's outside");
    link(&world, "root/dir", "../it's outside");
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "the layer", "--root", "root"])
        .succeed();
    let refused = apply(&world, &plan).fails(65, "blocked").json();
    let (_, command) = refused["hint"]
        .as_str()
        .unwrap()
        .split_once("its own: etcsync ")
        .unwrap();
    let typed = world
        .run("sh")
        .args(["-c", &format!("{ETCSYNC} {command} | {ETCSYNC} apply -")]);
    typed.succeed();
    assert_eq!(world.read("it's outside/app"), "x\n");
}

#[test]
fn a_link_in_the_place_of_a_file_is_replaced_not_followed() {
    let world = world();
    world.write("outside", "precious\n");
    world.folder("root/cron.d");
    link(&world, "root/cron.d/app", "../../outside");
    sync(&world).expect(0);
    assert_eq!(world.read("outside"), "precious\n");
    assert!(
        fs_err::symlink_metadata(world.path("root/cron.d/app"))
            .unwrap()
            .is_file()
    );
    world.run(ETCSYNC).args(["rollback", "--root", "root"]).succeed();
    assert_eq!(
        fs_err::read_link(world.path("root/cron.d/app")).unwrap(),
        std::path::Path::new("../../outside")
    );
}

#[test]
fn pipes_and_sockets_are_never_opened() {
    let world = world();
    world.folder("root/cron.d");
    let pipe = world.path("root/cron.d/app");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    give(&pipe);
    apply(&world, &plan(&world)).fails(65, "blocked");
    // One that has taken the place of a file that etcsync wrote does not make it wait either.
    fs_err::remove_file(&pipe).unwrap();
    sync(&world).expect(0);
    fs_err::remove_file(&pipe).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    give(&pipe);
    apply(&world, &plan(&world)).fails(65, "blocked");
    let _socket = UnixListener::bind(world.path("etc/socket")).unwrap();
    refuses(&world, "etc", "root", "unsupported");
}

/// A device is neither opened nor replaced, and never an answer to what shall be there.
#[test]
fn devices_are_never_opened() {
    if !kit::has_root() {
        return; // Nobody else can make one.
    }
    let world = world();
    world.folder("root/cron.d");
    let device = |name: &str| {
        let mut make = Command::new("mknod");
        make.arg(world.path(name)).args(["c", "1", "3"]);
        assert!(make.status().unwrap().success());
    };
    device("root/cron.d/app");
    let plan = plan(&world);
    assert!(plan.text().contains("a device is there"), "{}", plan.text());
    apply(&world, &plan).fails(65, "blocked");
    device("etc/device");
    refuses(&world, "etc", "root", "unsupported");
}

/// What only a lint says of a private file quotes nothing of it.
#[test]
fn a_finding_quotes_nothing_private() {
    let world = world();
    world.write("etc/cron.d/app", "hush * * * * root true\n");
    world.write("etc.attrs", "cron.d/app mode=0600\n");
    let plan = plan(&world);
    assert_eq!(plan.json()["lint"][0]["rule"], "cron-field");
    let failure = apply(&world, &plan).fails(65, "lint");
    for text in [plan.text(), failure.text(), failure.stderr] {
        assert!(!text.contains("hush"), "{text}");
    }
    world.write("etc.attrs", "");
    assert!(crate::plan(&world).text().contains("hush"));
}

/// A file that everybody may read is private all the same in a folder that not everybody may enter: one
/// that is there, one that a rule makes, and one deeper down.
#[test]
fn what_is_in_a_closed_folder_is_private() {
    let world = World::new();
    world.write("etc/there/app", "hush one\n");
    world.write("etc/made/below/app", "hush two\n");
    world.write("etc/open/app", "loud\n");
    world.write("etc/cron.d/app", "hush * * * * root true\n");
    world.write("etc.attrs", "made/ mode=0750\ncron.d/ mode=0700\n");
    world.folder("root/there");
    chmod(&world, "root/there", 0o700);
    let plan = plan(&world);
    let secret: Vec<_> = plan.json()["ops"].as_array().unwrap().clone();
    let secret = secret.iter().filter(|op| op["secret"] == true);
    let secret: Vec<_> = secret.map(|op| op["path"].as_str().unwrap()).collect();
    assert_eq!(secret, ["cron.d/app", "made/below/app", "there/app"]);
    let diff = world
        .run(ETCSYNC)
        .args(["diff", "-"])
        .stdin(plan.stdout.clone())
        .succeed();
    assert!(diff.text().contains("+loud"), "{}", diff.text());
    for text in [plan.text(), diff.text()] {
        assert!(!text.contains("hush"), "{text}");
    }
}

/// A plan is a look: nothing is opened for writing, nothing made, renamed or removed.
#[test]
fn a_plan_opens_nothing_for_writing() {
    let world = world();
    sync(&world).expect(0);
    world.write("etc/cron.d/app", "0 0 * * * root /bin/true\n");
    world
        .run("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "calls",
            "-e",
            "trace=%file,ftruncate,fchmod,fchown",
        ])
        .arg(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .succeed();
    let calls = world.read("calls");
    assert!(calls.contains("openat"), "{calls}");
    let writing = [
        "O_WRONLY", "O_RDWR", "O_CREAT", "rename", "unlink", "mkdir", "symlink", "chmod", "chown",
    ];
    let written = calls
        .lines()
        .find(|line| writing.iter().any(|word| line.contains(word)));
    assert_eq!(written, None);
}

#[test]
fn names_that_are_not_text() {
    let world = world();
    let name = OsStr::from_bytes(b"etc/app\xff.conf");
    world.write(name, "odd\n");
    let target = OsStr::from_bytes(b"odd\xfe");
    std::os::unix::fs::symlink(target, world.path("etc/link")).unwrap();
    let plan = plan(&world);
    assert!(plan.text().contains("path_b64"), "{}", plan.text());
    apply(&world, &plan).expect(0);
    let placed = world.path(OsStr::from_bytes(b"root/app\xff.conf"));
    assert_eq!(fs_err::read_to_string(&placed).unwrap(), "odd\n");
    assert_eq!(
        fs_err::read_link(world.path("root/link")).unwrap().as_os_str(),
        target
    );
    world.run(ETCSYNC).args(["rollback", "--root", "root"]).succeed();
    assert!(!placed.exists());
}

#[test]
fn what_a_daemon_would_ignore_is_not_applied() {
    let world = world();
    world.write("etc/cron.d/app.sh", "* * * * * root true\n");
    let plan = plan(&world);
    assert_eq!(plan.json()["lint"][0]["rule"], "cron-name");
    apply(&world, &plan).fails(65, "lint");
    assert_eq!(tree(&world.path("root")).len(), 0);
}

#[test]
fn mistakes_in_the_rules_are_named_with_their_line() {
    let world = world();
    let plan = || {
        world
            .run(ETCSYNC)
            .args(["plan", "etc", "--root", "root"])
            .output()
    };
    world.write("etc.attrs", "\nnginx/** mode=abc\n");
    let failure = plan().fails(65, "bad-syntax").json();
    assert_eq!(
        (failure["file"].as_str(), failure["line"].as_u64()),
        (Some("etc.attrs"), Some(2))
    );
    world.write("etc.attrs", "define nginx check=[\"true\"]\n");
    plan().fails(65, "bad-syntax");
    world.write("etc.attrs", "nginx/** reload=mine\n");
    plan().fails(65, "bad-syntax");
}

/// Kills the run at its first step, its second, and so on; each time the next run must succeed,
/// and `recover` must find one of the two ends.
#[test]
fn killed_at_any_step_the_root_is_before_or_after() {
    let mut steps = 0;
    for step in 1..200 {
        let world = World::new();
        first_generation(&world);
        let before = tree(&world.path("root"));
        second_generation(&world);
        let plan = plan(&world);
        let ran = world
            .run(ETCSYNC)
            .args(["apply", "-"])
            .env("ETCSYNC_CRASH_AT", step.to_string())
            .stdin(plan.stdout)
            .output();
        if ran.status == 0 {
            steps = step;
            break;
        }
        assert_eq!(ran.status, 128 + 9, "{}", ran.stderr);
        let recover = world.run(ETCSYNC).args(["recover", "--root", "root"]).succeed();
        let after_recover = tree(&world.path("root"));
        let went_back = after_recover == before;
        sync(&world).expect(0);
        let after = tree(&world.path("root"));
        assert_eq!(after, expected_after(), "step {step}");
        assert!(
            went_back || after_recover == after,
            "step {step}: {after_recover:?}"
        );
        assert_eq!(ops(&crate::plan(&world)), [""; 0], "step {step}");
        let leftover = fs_err::read_dir(world.path("root"))
            .unwrap()
            .any(|entry| entry.unwrap().file_name().as_bytes().starts_with(b"."));
        assert!(!leftover, "step {step}: {}", recover.stderr);
    }
    assert!(steps > 15, "the run had {steps} steps");
}

fn first_generation(world: &World) {
    world.write("root/replaced", "the distribution's\n");
    world.write("etc/replaced", "one\n");
    world.write("etc/dropped/file", "one\n");
    world.write("etc/kept", "kept\n");
    sync(world).expect(0);
}

fn second_generation(world: &World) {
    world.write("etc/replaced", "two\n");
    world.write("etc/new/folder/file", "two\n");
    link(world, "etc/link", "new/folder");
    fs_err::remove_dir_all(world.path("etc/dropped")).unwrap();
}

fn expected_after() -> std::collections::BTreeMap<String, String> {
    let world = World::new();
    first_generation(&world);
    second_generation(&world);
    sync(&world).expect(0);
    tree(&world.path("root"))
}

/// As the test before, but nobody calls `recover`: a plan made on the half-changed root must
/// hold for the apply that recovers it.
#[test]
fn after_a_kill_the_usual_pipe_just_works() {
    for step in [1, 3, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15] {
        let world = World::new();
        first_generation(&world);
        second_generation(&world);
        let plan = plan(&world);
        world
            .run(ETCSYNC)
            .args(["apply", "-"])
            .env("ETCSYNC_CRASH_AT", step.to_string())
            .stdin(plan.stdout)
            .output()
            .expect(128 + 9);
        sync(&world).expect(0);
        assert_eq!(tree(&world.path("root")), expected_after(), "step {step}");
    }
}

#[test]
fn two_at_once_take_turns() {
    let world = world();
    let plan = plan(&world);
    let lock = world.run(ETCSYNC).args(["status", "--root", "root"]).succeed();
    drop(lock);
    let state = find_state(&world);
    let held = fs_err::File::options()
        .create(true)
        .append(true)
        .open(state.join("lock"))
        .unwrap();
    give(&state.join("lock"));
    held.file().lock().unwrap();
    apply(&world, &plan).fails(75, "lock-held");
    assert_eq!(tree(&world.path("root")).len(), 0);
    drop(held);
    let start = |_| {
        world
            .run(ETCSYNC)
            .args(["apply", "-", "--wait", "20"])
            .stdin(plan.stdout.clone())
            .spawn()
    };
    let children: Vec<_> = (0..3).map(start).collect();
    let ended: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    let codes: Vec<_> = ended.iter().map(|output| output.status.code()).collect();
    assert_eq!(
        codes.iter().filter(|code| **code == Some(0)).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(
        codes.iter().filter(|code| **code == Some(65)).count(),
        2,
        "the others' plans are stale: {codes:?}"
    );
    assert_eq!(ops(&crate::plan(&world)), [""; 0]);
}

/// Returns the folder of the state of `root`, making it.
fn find_state(world: &World) -> std::path::PathBuf {
    let real = world.path("root").canonicalize().unwrap();
    let output = Command::new("sh")
        .args(["-c", "printf %s \"$1\" | sha256sum | cut -c1-12", "-"])
        .arg(real)
        .output()
        .unwrap();
    let key = String::from_utf8(output.stdout).unwrap();
    let name = format!("home/.local/state/etcsync/{}", key.trim());
    let folder = world.folder(&name);
    chmod(world, &name, 0o700);
    folder
}

#[test]
fn an_unreadable_file_is_unknown_and_stops_the_apply() {
    let world = world();
    world.write("root/cron.d/app", "x\n");
    chmod(&world, "root/cron.d/app", 0o000);
    let plan = plan(&world);
    assert!(
        ops(&plan).contains(&"unknown cron.d/app".to_owned()),
        "{:?}",
        ops(&plan)
    );
    apply(&world, &plan).fails(74, "no-access");
    assert_eq!(mode(&world, "root/cron.d/app"), 0);
}

/// Somebody else's root is refused before anything is made ready for it, and the hint says what to do.
#[test]
fn a_root_of_somebody_else_is_refused_at_once() {
    let world = World::new();
    world.write("etc/etcsync-was-here", "x\n");
    world.write("etc/share/etcsync-was-here", "x\n");
    let plan = world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "/usr"])
        .succeed();
    let failure = apply(&world, &plan).fails(74, "no-access").json();
    assert_eq!(failure["file"], "/usr");
    assert_eq!(
        failure["hint"],
        "run it as root, or for a root of your own: plan with --root"
    );
    let state = fs_err::read_dir(world.path("home/.local/state/etcsync")).unwrap();
    let state = state.map(|entry| entry.unwrap().path()).next().unwrap();
    assert_eq!(tree(&state).into_keys().collect::<Vec<_>>(), ["lock"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_at_once() {
    let world = world();
    world.folder("root/nginx");
    chmod(&world, "root/nginx", 0o555);
    let before = tree(&world.path("root"));
    let failure = sync(&world).fails(74, "no-access").json();
    assert_eq!(failure["file"], "root/nginx");
    assert_eq!(tree(&world.path("root")), before);
    chmod(&world, "root/nginx", 0o755);
    sync(&world).expect(0);
}

/// The system refuses one of the renames, each in its turn: those before are taken back.
#[test]
fn a_rename_that_fails_leaves_everything_as_it_was() {
    let world = world();
    world.write("root/cron.d/app", "# before\n");
    let before = tree(&world.path("root"));
    let plan = plan(&world);
    let mut failed = 0;
    for number in 1..20 {
        let inject = format!("inject=renameat2:error=EIO:when={number}");
        let strace = world
            .run("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]);
        let ran = strace
            .arg(ETCSYNC)
            .args(["apply", "-"])
            .stdin(plan.stdout.clone())
            .output();
        if ran.status == 0 {
            break;
        }
        if ran.status == 3 {
            let failure = ran.fails(3, "apply-failed").json();
            assert_eq!(
                failure["report"]["done"].as_array().map(Vec::len),
                Some(0),
                "{failure:#}"
            );
            failed += 1;
        }
        assert_eq!(tree(&world.path("root")), before, "rename {number}");
    }
    assert!(failed > 2, "{failed} renames failed");
}

#[test]
fn findings_outside_of_what_is_asked_for_stop_nobody() {
    let world = world();
    world.write("etc/cron.d/app.sh", "* * * * * root true\n");
    let only = |path: &str| {
        world
            .run(ETCSYNC)
            .args(["plan", "etc", "--root", "root", "--only", path])
            .succeed()
    };
    assert_eq!(only("cron.d").json()["lint"].as_array().map(Vec::len), Some(1));
    let nginx = only("nginx");
    assert_eq!(nginx.json()["lint"].as_array().map(Vec::len), Some(0));
    apply(&world, &nginx).expect(0);
}

#[test]
fn where_no_more_threads_can_be_had_one_does_it_all() {
    let world = world();
    for number in 0..300 {
        world.write(format!("etc/many/{number}"), format!("{number}\n"));
    }
    // The tool itself, and no thread beside it.
    let alone = |command: &[&str]| world.run(ETCSYNC).with_tasks(1).args(command);
    let planned = alone(&["plan", "etc", "--root", "root"]).succeed();
    assert_eq!(planned.json()["ops"], plan(&world).json()["ops"]);
    alone(&["apply", "-"]).stdin(planned.stdout).succeed();
    assert_eq!(ops(&plan(&world)).len(), 0);
    alone(&["status", "--root", "root"]).succeed();
    alone(&["rollback", "--root", "root"]).succeed();
}
