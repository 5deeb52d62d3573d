//! Who uses a release, and what a release's own commands leave behind: processes, daemons, clocks.

use std::path::{Path, PathBuf};
use std::process::Child;

use fs_err::File;
use kit::until;
use serde_json::json;

use crate::care::{removed, why};
use crate::world::Site;

/// A library that every program of the machine can be made to map.
fn library() -> String {
    let maps = fs_err::read_to_string("/proc/self/maps").unwrap();
    let library = maps
        .split_whitespace()
        .find(|word| word.contains("/libc.so") || word.contains("/libc-"));
    library.unwrap().to_owned()
}

/// Waits until a process is past its exec.
fn runs(child: &Child, program: &str) {
    let command = format!("/proc/{}/comm", child.id());
    until(program, || {
        fs_err::read_to_string(&command).is_ok_and(|name| name.trim() == program)
    });
}

/// Returns what a process has open.
fn open_files(process: impl std::fmt::Display) -> impl Iterator<Item = PathBuf> {
    let open = fs_err::read_dir(format!("/proc/{process}/fd")).unwrap();
    // While it starts, some are opened and closed.
    open.filter_map(|entry| fs_err::read_link(entry.unwrap().path()).ok())
}

#[test]
fn releases_in_use_are_kept_whichever_way_they_are_used() {
    let site = Site::with_commit();
    let ids: Vec<_> = (0..7).map(|_| site.deploy("main")).collect();
    let release = |index: usize| site.world.path(format!("app/releases/{}", ids[index]));
    let sleep = |program: &Path| site.world.run(program).arg("60");
    kit::copy_program(Path::new("/bin/sleep"), &release(2).join("sleep"));
    fs_err::copy(library(), release(4).join("library.so")).unwrap();
    let plain = Path::new("sleep");
    let mut children = [
        sleep(plain).cwd(release(0)).spawn(),
        site.world
            .run(kit::PYTHON)
            .args(["-I", "-c", "import time; time.sleep(60)"])
            .arg(release(1).join("page"))
            .spawn(),
        sleep(&release(2).join("sleep")).spawn(),
        sleep(plain)
            .stdin_from(File::open(release(3).join("page")).unwrap().into_parts().0)
            .spawn(),
        sleep(plain)
            .env("LD_PRELOAD", release(4).join("library.so").to_str().unwrap())
            .spawn(),
    ];
    for (index, program) in ["sleep", "python3", "sleep", "sleep", "sleep"].iter().enumerate() {
        runs(&children[index], program);
    }
    let maps = format!("/proc/{}/maps", children[4].id());
    until("the library is mapped", || {
        fs_err::read_to_string(&maps).is_ok_and(|maps| maps.contains("library.so"))
    });
    let report = site.relswitch("prune --keep 1").succeed().json();
    for (index, child) in children.iter().enumerate() {
        assert_eq!(why(&report, &ids[index]), "in-use", "{index}: {report:#}");
        let kept = &report["kept"][index];
        assert_eq!(kept["processes"], json!([child.id()]), "{kept}");
    }
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(removed(&report), ids[..5]);
}

/// Maps a file among so many others that its line is pages away from either end of the table, and closes it.
const MAPS_AMONG_MANY: &str = "
import ctypes, os, sys, time
mmap = ctypes.CDLL(None).mmap
mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
def map(path):
    with open(path, 'rb') as file:
        mmap(None, 1, 1, 2, file.fileno(), 0)
for path in [sys.executable] * 150 + [os.environ['MAPPED']] + [sys.executable] * 150:
    map(path)
time.sleep(60)
";

#[test]
fn releases_are_seen_wherever_in_a_long_text_they_stand() {
    let site = Site::with_commit();
    let (one, two) = (site.deploy("main"), site.deploy("main"));
    let page = |id: &str| site.world.path(format!("app/releases/{id}/page"));
    let python = |program: &str| site.world.run(kit::PYTHON).args(["-I", "-c", program]);
    let mapped = page(&two);
    let mut children = [
        python("import time; time.sleep(60)")
            .arg("x".repeat(20_000))
            .arg(page(&one))
            .spawn(),
        python(MAPS_AMONG_MANY)
            .env("MAPPED", mapped.to_str().unwrap())
            .spawn(),
    ];
    runs(&children[0], "python3");
    let maps = format!("/proc/{}/maps", children[1].id());
    until("its file is among others, and closed", || {
        let maps = fs_err::read_to_string(&maps).unwrap_or_default();
        let at = maps.find(mapped.to_str().unwrap());
        let open = open_files(children[1].id()).any(|open| open == mapped);
        at.is_some_and(|at| at > 8192 && maps.len() - at > 8192) && !open
    });
    site.deploy("main");
    site.deploy("main");
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(why(&report, &one), "in-use", "{report:#}");
    assert_eq!(why(&report, &two), "in-use", "{report:#}");
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn what_exec_runs_is_kept_even_where_proc_says_nothing() {
    let site = Site::with_commit();
    let one = site.deploy("main");
    // Its working folder is elsewhere, its program too: only the lock tells.
    let mut child = site.relswitch("exec -- sh -c 'cd /; exec sleep 60'").spawn();
    let release = site.world.path(format!("app/releases/{one}"));
    until("it is held", || disk::Lock::is_held(&release).unwrap());
    runs(&child, "sleep");
    site.deploy("main");
    site.deploy("main");
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(why(&report, &one), "in-use", "{report:#}");
    child.kill().unwrap();
    child.wait().unwrap();
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(removed(&report), [one]);
}

#[test]
fn processes_that_cannot_be_looked_at_are_counted_and_in_nobodys_way() {
    // Of another user's process nothing is seen but its command line.
    if !kit::has_root() {
        return;
    }
    let site = Site::with_commit();
    let ids = [0; 3].map(|_| site.deploy("main"));
    let mut other = site.world.run("sleep").arg("60").as_caller().spawn();
    runs(&other, "sleep");
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert!(report["unreadable_processes"].as_u64().unwrap() > 0, "{report:#}");
    assert_eq!(removed(&report), ids[..1]);
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_daemon_that_a_reload_starts_inherits_nothing() {
    let site = Site::with_commit();
    let id = site.ready("main");
    // The daemon keeps its output open, and outlives the switch: nobody waits for it.
    let reload = "sh -c \"sleep 60 & echo $! >pid\"";
    site.relswitch(&format!("switch {id} --reload '{reload}'"))
        .succeed();
    let pid = site.world.read("app/pid").trim().to_owned();
    let ours: Vec<_> = open_files(&pid)
        .map(|target| target.display().to_string())
        .filter(|target| target.contains("/app/"))
        .collect();
    site.world.run("kill").arg(&pid).succeed();
    // Its output and its errors go to files without a name, of which nobody else knows.
    assert_eq!(ours.len(), 2, "{ours:?}");
    assert!(
        ours.iter().all(|target| target.ends_with("(deleted)")),
        "{ours:?}"
    );
    site.relswitch("stage main").succeed();
}

#[test]
fn a_clock_that_goes_back_changes_no_order() {
    if !kit::has("faketime") {
        return;
    }
    let site = Site::with_commit();
    let one = site.deploy("main");
    let program = site.relswitch_binary();
    let yesterday = |arguments: &[&str]| {
        let run = site.world.run("faketime").arg("-f").arg("-1d").arg(&program);
        run.args(["-C", "app"]).args(arguments).succeed().text()
    };
    let two = yesterday(&["stage", "main", "--print", "id"]).trim().to_owned();
    assert!(two < one, "{two} {one}");
    for command in ["ready", "switch"] {
        yesterday(&[command, &two]);
    }
    let list = site.relswitch("list").succeed().json();
    let ids: Vec<_> = list["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|release| &release["id"])
        .collect();
    assert_eq!(ids, [&json!(one), &json!(two)]);
    assert_eq!(site.relswitch("status").succeed().json()["previous"], json!(one));
    let three = site.deploy("main");
    let report = site.relswitch("prune --keep 1").succeed().json();
    assert_eq!(
        (why(&report, &three), why(&report, &two)),
        ("current".into(), "previous".into())
    );
    assert_eq!(removed(&report), [one]);
    site.relswitch("rollback").succeed();
    assert_eq!(site.current(), Some(two));
}
