//! Killed before every system call that changes something: the environment is whole or absent, and the next run succeeds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use kit::World;
use kit::wheel::Wheel;

use crate::faults::binary;
use crate::{demo, make, world};

/// The calls that change something; of `openat` only those that create.
const CALLS: &str = "mkdir,mkdirat,openat,write,pwrite64,writev,link,linkat,symlink,symlinkat,rename,renameat,renameat2,\
    unlink,unlinkat,rmdir,chmod,fchmod,fchmodat,?fchmodat2,utimensat,ftruncate,fallocate,copy_file_range,sendfile,ioctl,\
    flock,fsync,fdatasync,syncfs,socketpair,clone3";

/// Runs the tool under strace, on one processor: then one thread does everything, in one order.
fn traced(world: &World, options: &[&str], pyc: &str) -> kit::Ran {
    let run = world
        .run("/usr/bin/taskset")
        .args(["-c", "0", "/usr/bin/strace", "-qq"]);
    let run = run
        .args(options)
        .arg(binary(world))
        .args(["--python", kit::PYTHON, "--pyc", pyc]);
    run.args(["-r", "requirements.txt", "-w", "wheels", "venv"])
        .output()
}

/// Lists the calls of a run that changes something: each by its name, and how often it was made before.
fn calls(world: &World, pyc: &str) -> Vec<(String, usize)> {
    let traced_calls = format!("trace={CALLS}");
    traced(world, &["-o", "trace", "-e", &traced_calls], pyc).expect(0);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for line in world.read("trace").lines() {
        let Some((name, rest)) = line.split_once('(') else {
            continue;
        };
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        if name != "openat" || rest.contains("O_CREAT") {
            found.push((name.to_owned(), *count));
        }
    }
    reset(world);
    found
}

fn reset(world: &World) {
    for path in ["venv", "home/.cache/pyvenv-offline"] {
        if world.path(path).exists() {
            fs_err::remove_dir_all(world.path(path)).unwrap();
        }
    }
}

/// Kills runs before each of the calls, and lets the next run put things right.
fn kill_at(wheels: &[Wheel], pyc: &str, choose: impl Fn(usize, usize) -> bool + Sync) {
    let first = world(wheels);
    // The interpreter's answer is kept before: asking is another process.
    make(&first).succeed();
    reset(&first);
    let calls = calls(&first, pyc);
    assert!(calls.len() > 60, "{calls:?}");
    for name in ["linkat", "renameat2", "mkdirat", "openat", "syncfs"] {
        assert!(calls.iter().any(|(call, _)| call == name), "no {name}");
    }
    let chosen: Vec<_> = (0..calls.len()).filter(|at| choose(*at, calls.len())).collect();
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let world = world(wheels);
        make(&world).succeed();
        reset(&world);
        while let Some(at) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            killed.fetch_add(
                usize::from(kill_once(&world, &calls[*at], pyc)),
                Ordering::Relaxed,
            );
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let killed = killed.into_inner();
    assert!(
        killed * 10 > chosen.len() * 9,
        "{killed} of {} were killed",
        chosen.len()
    );
}

/// Kills one run; says whether it was killed.
fn kill_once(world: &World, (name, count): &(String, usize), pyc: &str) -> bool {
    let inject = format!("inject={name}:signal=KILL:when={count}");
    let ran = traced(world, &["-o", "/dev/null", "-e", &inject], pyc);
    let killed = ran.status == 128 + 9;
    assert!(killed || ran.status == 0, "{name} {count}: {}", ran.stderr);
    if world.path("venv").exists() {
        world.run(world.path("venv/bin/demo")).succeed();
        let verify = world.run(binary(world)).args(["--verify", "venv"]);
        verify.succeed();
        fs_err::remove_dir_all(world.path("venv")).unwrap();
    }
    make(world).args(["--pyc", pyc]).succeed();
    world.run(world.path("venv/bin/demo")).succeed();
    let left = |folder: &str| {
        let names = fs_err::read_dir(world.path(folder)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".tmp-")).collect::<Vec<_>>()
    };
    assert_eq!(left("."), Vec::<String>::new(), "{name} {count}");
    // What is left in the store is swept by the next run that puts something there.
    world.run(binary(world)).arg("--store-verify").succeed();
    reset(world);
    killed
}

fn two() -> [Wheel; 2] {
    [
        demo(),
        Wheel::new("other", "2").file("other.py", "").file("a/b.txt", "x"),
    ]
}

#[test]
fn killed_before_every_call() {
    kill_at(&two(), "none", |_, _| true);
}

#[test]
#[ignore = "long: make test-long"]
fn killed_before_every_call_with_bytecode() {
    kill_at(&two(), "checked", |_, _| true);
}

#[test]
#[ignore = "long: make test-long"]
fn killed_at_some_calls_of_a_large_run() {
    let large = |number: usize| {
        let name = format!("package{number}");
        let file = |wheel: Wheel, at: usize| {
            wheel.file(&format!("{name}/sub{}/m{at}.py", at % 5), format!("x = {at}\n"))
        };
        (0..20).fold(Wheel::new(&name, "1"), file)
    };
    let wheels: Vec<Wheel> = (0..64).map(large).chain([demo()]).collect();
    // Without bytecode: what compiles is killed at every call above, and here would take most of the time.
    kill_at(&wheels, "none", |at, all| {
        at % (all / 30).max(1) == 0 || at + 12 > all
    });
}
