//! What goes wrong around it: kills, full disks, others at work, the wrong user.

use std::time::Duration;

use kit::wheel::Wheel;
use kit::{World, has_root};

use crate::{demo, make, nothing_left, tool, world};

/// A wheel that takes a while to install.
fn large() -> Wheel {
    let mut wheel = Wheel::new("large", "1");
    for number in 0..40u32 {
        let content: Vec<u8> = (0..100_000u32)
            .flat_map(|at| (at * (number + 3) / 5).to_le_bytes())
            .collect();
        wheel = wheel.file(&format!("large/{number}.bin"), content);
    }
    wheel
}

fn leftovers(world: &World) -> Vec<String> {
    let names = fs_err::read_dir(world.root()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".venv.")).collect()
}

/// Waits until the unfinished environment is there; `false` if the run ended before.
fn is_at_work(world: &World, child: &mut std::process::Child) -> bool {
    for _ in 0..10_000 {
        if !leftovers(world).is_empty() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it neither works nor ends");
}

#[test]
fn killed_anywhere_the_next_run_succeeds() {
    let world = world(&[demo(), large()]);
    let mut killed_at_work = 0;
    for milliseconds in [0, 0, 1, 2, 5, 10, 20, 40, 80] {
        let mut child = make(&world).spawn();
        if is_at_work(&world, &mut child) {
            std::thread::sleep(Duration::from_millis(milliseconds));
        }
        _ = child.kill();
        let status = child.wait().unwrap();
        killed_at_work += usize::from(!leftovers(&world).is_empty());
        if world.path("venv").exists() {
            world.run(world.path("venv/bin/demo")).succeed();
            fs_err::remove_dir_all(world.path("venv")).unwrap();
        } else {
            assert!(!status.success());
        }
    }
    make(&world).succeed();
    assert_eq!(leftovers(&world), Vec::<String>::new());
    world.run(world.path("venv/bin/demo")).succeed();
    assert!(killed_at_work > 0, "no run was killed while it wrote");
}

/// Where the binary is, for programs that start it.
pub(crate) fn binary(world: &World) -> std::path::PathBuf {
    let binary = env!("CARGO_BIN_EXE_pyvenv-offline");
    world.run(binary).arg("--version").succeed();
    let copy = world.path("bin/pyvenv-offline");
    if copy.exists() { copy } else { binary.into() }
}

#[test]
fn an_interrupt_cleans_up() {
    let world = world(&[large()]);
    let mut child = make(&world).spawn();
    let pid = child.id().to_string();
    if !is_at_work(&world, &mut child) {
        return;
    }
    world.run("/bin/kill").args(["-TERM", &pid]).output();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return;
    }
    assert_eq!(output.status.code(), Some(128 + 15));
    assert!(!world.path("venv").exists());
}

#[test]
fn an_existing_destination_is_refused() {
    let world = world(&[demo()]);
    world.write("venv/mine", "mine");
    make(&world).output().fails(2, "destination-exists");
    assert_eq!(world.read("venv/mine"), "mine");
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    fs_err::os::unix::fs::symlink("/no/such/place", world.path("venv")).unwrap();
    make(&world).output().fails(2, "destination-exists");
    fs_err::remove_file(world.path("venv")).unwrap();
    tool(&world)
        .args(["-r", "requirements.txt", "-w", "wheels", "a/b"])
        .output()
        .fails(65, "not-found");
}

#[test]
fn root_is_refused() {
    if !has_root() {
        return;
    }
    let world = world(&[demo()]);
    make(&world).as_caller().output().fails(77, "root");
    nothing_left(&world);
    make(&world).as_caller().arg("--allow-root").succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    make(&world).as_caller().env("PYDEPLOY_ALLOW_ROOT", "1").succeed();
}

#[test]
fn two_at_once_make_one() {
    let world = world(&[demo(), large()]);
    let children = [make(&world).spawn(), make(&world).spawn(), make(&world).spawn()];
    let codes: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().status.code().unwrap())
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 2).count(), 2, "{codes:?}");
    world.run(world.path("venv/bin/demo")).succeed();
    assert_eq!(leftovers(&world), Vec::<String>::new());
}

/// Runs the tool with a small tmpfs on `small`, as root of a user namespace; says what is in the folder then.
fn on_a_small_disk(world: &World, size: &str, options: &str) -> kit::Ran {
    let script = format!(
        "mount -t tmpfs -o size={size} none small; \"$0\" --allow-root --python {} -r requirements.txt -w wheels \
         {options}; status=$?; ls -A . small | grep -v offline >&2; exit $status",
        kit::PYTHON
    );
    let run = world
        .run("/usr/bin/unshare")
        .args(["--user", "--map-root-user", "--mount"]);
    run.args(["/bin/sh", "-c", &script]).arg(binary(world)).output()
}

#[test]
fn a_full_disk_leaves_nothing() {
    let world = world(&[demo(), large()]);
    world.folder("small");
    let place = [
        "small/venv --no-store",
        "small/venv --store store",
        "venv --store small/store",
    ];
    for (size, options) in ["16k", "400k", "4m", "15m"]
        .iter()
        .flat_map(|size| place.map(|one| (size, one)))
    {
        if options.contains("--store store") && *size != "16k" {
            // Links need little room.
            continue;
        }
        let ran = on_a_small_disk(&world, size, options).fails(74, "disk-full");
        let left = ran
            .stderr
            .lines()
            .any(|line| line.contains("venv") && !line.contains(' '));
        assert!(!left, "{size} {options}: {}", ran.stderr);
        let document = ran.json();
        assert!(
            document["message"].as_str().unwrap().contains("/small"),
            "{document}"
        );
    }
    // With room it is made, and nothing of before is in the way.
    on_a_small_disk(&world, "64m", "small/venv --store store").expect(0);
}

#[test]
fn what_gets_its_name_is_on_the_disk() {
    let world = world(&[demo()]);
    let traced = |options: &[&str]| {
        let run = world.run("/usr/bin/strace").args(["-f", "-qq", "-o", "trace"]);
        let run = run
            .args(options)
            .arg(binary(&world))
            .args(["--python", kit::PYTHON]);
        run.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
            .output()
    };
    traced(&["-e", "trace=syncfs,fsync,renameat2,linkat,pwrite64,write"]).expect(0);
    let trace = world.read("trace");
    let lines: Vec<&str> = trace.lines().collect();
    let named = lines
        .iter()
        .position(|line| line.contains("/.venv.tmp-") && line.contains("renameat2("));
    let (before, after) = lines.split_at(named.unwrap());
    let synced = before.iter().rposition(|line| line.contains("syncfs(")).unwrap();
    assert!(
        !before[synced..].iter().any(|line| line.contains("linkat(")),
        "{trace}"
    );
    assert!(
        after.iter().any(|line| line.contains(" fsync(")),
        "the name itself: {trace}"
    );
    // A disk that cannot keep it is no place for it.
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    let ran = traced(&["-e", "inject=syncfs:error=EIO"]);
    assert_eq!(ran.status, 74, "{}", ran.stderr);
    nothing_left(&world);
}

#[test]
fn it_opens_no_internet_socket() {
    let world = world(&[demo()]);
    let run = world
        .run("/usr/bin/strace")
        .args(["-f", "-qq", "-o", "trace", "-e", "trace=%network"]);
    let run = run.arg(binary(&world)).args(["--python", kit::PYTHON]);
    run.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
        .succeed();
    let trace = world.read("trace");
    assert!(!trace.contains("AF_INET"), "{trace}");
    let control = world
        .run("/usr/bin/strace")
        .args(["-f", "-qq", "-o", "control", "-e", "trace=%network"]);
    control
        .args([kit::PYTHON, "-c", "import socket; socket.socket()"])
        .succeed();
    assert!(
        world.read("control").contains("AF_INET"),
        "the watch sees sockets"
    );
}

#[test]
fn where_no_more_threads_can_be_had_one_does_it_all() {
    let wheels: Vec<_> = (0..5)
        .map(|number| Wheel::new(&format!("some{number}"), "1").file(&format!("some{number}.py"), "x = 1\n"))
        .collect();
    let world = world(&wheels);
    // So that the interpreter need not be asked any more: it is a process.
    make(&world).succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    fs_err::remove_dir_all(world.path("home/.cache/pyvenv-offline")).unwrap();
    // The tool itself, and no thread beside it.
    make(&world).args(["--pyc", "none"]).with_tasks(1).succeed();
    tool(&world).with_tasks(1).args(["--verify", "venv"]).succeed();
    // The bytecode is made by a process, while a thread syncs what is there already.
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    make(&world).with_tasks(4).succeed();
}
