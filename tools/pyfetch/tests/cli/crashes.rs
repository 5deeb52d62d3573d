//! A run that is ended anywhere, and a disk that is full or closed.

use std::path::PathBuf;

use crate::{Setting, demo, large, other};
use kit::Run;
use kit::calls::{CHANGES, changes};
use kit::wheel::Wheel;

/// Where the binary is, for programs that start it.
pub(crate) fn binary(setting: &Setting) -> PathBuf {
    setting.fetch().arg("--show-config").succeed();
    let copy = setting.world.path("bin/pyfetch");
    if copy.exists() {
        copy
    } else {
        env!("CARGO_BIN_EXE_pyfetch").into()
    }
}

/// The arguments of [`Setting::fetch`], for a program that starts the tool.
fn through(setting: &Setting, program: &str, arguments: &[&str]) -> Run {
    let run = setting.world.run(program).args(arguments).arg(binary(setting));
    let run = run.args([
        "--python",
        kit::PYTHON,
        "-r",
        "requirements.txt",
        "-o",
        "wheels",
        "--retries",
        "1",
    ]);
    run.env("PIP_INDEX_URL", setting.index.url())
}

/// Runs a script as the owner of user and mount namespaces, in which it may mount.
fn mounting(setting: &Setting, script: &str, arguments: &[&str]) -> Run {
    let script = format!("{script} && exec \"$@\"");
    through(setting, "/usr/bin/unshare", &["-rm", "sh", "-c", &script, "sh"]).args(arguments)
}

/// The wheels that are complete somewhere, whether they have their names yet or not.
fn arrived(setting: &Setting, wheels: &[Wheel]) -> Vec<String> {
    let is_here = |wheel: &&Wheel| {
        let partial = format!("wheels/.pyfetch/{}.part", wheel.sha256());
        let places = [partial, format!("wheels/{}", wheel.file_name())];
        places
            .iter()
            .any(|place| fs_err::read(setting.world.path(place)).is_ok_and(|bytes| bytes == wheel.bytes()))
    };
    wheels.iter().filter(is_here).map(Wheel::file_name).collect()
}

#[test]
fn killed_at_any_step_it_has_nothing_half_done_and_fetches_nothing_twice() {
    let steps = [
        ("mkdir", 2..=2),
        ("openat", 40..=40),
        ("write", 4..=4),
        ("syncfs", 1..=1),
        ("rename", 1..=6),
        ("fsync", 1..=2),
        ("unlink", 1..=1),
    ];
    let steps = steps
        .into_iter()
        .flat_map(|(call, times)| times.map(move |nth| (call, nth)));
    killed_at(steps, &[], 8);
}

#[test]
#[ignore = "a minute and more: make test-long"]
fn killed_at_every_call() {
    let setting = Setting::with(&three());
    let trace = setting.world.path("trace");
    let traced = [
        "-f",
        "-y",
        "-o",
        trace.to_str().unwrap(),
        "-e",
        &format!("trace={CHANGES}"),
    ];
    // With one connection all is done by one thread, in one order.
    through(&setting, "/usr/bin/strace", &traced)
        .args(["--jobs", "1"])
        .succeed();
    forget(&setting);
    let found = changes(&setting.world.read("trace"), setting.world.root());
    for call in ["openat", "write", "rename", "fsync", "syncfs"] {
        assert!(found.contains_key(call), "{found:?}");
    }
    let steps: Vec<_> = found
        .iter()
        .flat_map(|(call, numbers)| numbers.iter().map(|number| (call.as_str(), *number)))
        .collect();
    killed_at(steps.iter().copied(), &["--jobs", "1"], steps.len() * 9 / 10);
}

fn three() -> [Wheel; 3] {
    let third = Wheel::new("third", "3").file("third.py", "x = 3\n");
    [demo(), other(), third]
}

/// Has the next run begin as the first one did: with no wheelhouse, and nothing known of the interpreter or the pages.
fn forget(setting: &Setting) {
    for folder in ["wheels", "home/.cache"] {
        fs_err::remove_dir_all(setting.world.path(folder)).unwrap();
    }
}

/// Ends runs at these calls, and looks after each at what is there, and at what the next run does.
fn killed_at<'a>(steps: impl IntoIterator<Item = (&'a str, usize)>, options: &[&str], at_least: usize) {
    let wheels = three();
    let setting = Setting::with(&wheels);
    let mut killed = 0;
    for (call, nth) in steps {
        let inject = format!("inject={call}:signal=KILL:when={nth}");
        let traced = ["-f", "-o", "/dev/null", "-e", &inject];
        let run = through(&setting, "/usr/bin/strace", &traced).args(options);
        killed += usize::from(run.output().status != 0);
        for name in setting.names().iter().filter(|name| name.ends_with(".whl")) {
            let wheel = wheels.iter().find(|wheel| wheel.file_name() == *name).unwrap();
            let bytes = fs_err::read(setting.world.path("wheels").join(name)).unwrap();
            assert!(bytes == wheel.bytes(), "{call} {nth}: {name} is not whole");
        }
        let here = arrived(&setting, &wheels);
        setting.index.forget();
        let document = setting.fetch().succeed().json();
        assert_eq!(document["files"].as_array().unwrap().len(), 3);
        for name in here {
            assert_eq!(
                setting.index.count(&name),
                0,
                "{call} {nth}: {name} was fetched again"
            );
        }
        // Whatever had its name is known to be ours.
        setting.world.write("requirements.txt", "# nothing\n");
        setting.fetch().args(["--allow-empty", "--prune"]).succeed();
        let left = setting.names();
        assert_eq!(left, ["requirements.txt", "wheelhouse.json"], "{call} {nth}");
        setting.lock(&wheels);
        forget(&setting);
    }
    assert!(killed >= at_least, "{killed} runs were ended of {at_least}");
}

#[test]
fn a_disk_that_is_full_is_said_and_what_arrived_is_kept() {
    let setting = Setting::with(&[large()]);
    setting.world.folder("wheels");
    // 64 pages: less than the file, more than what stands around it.
    let full = mounting(&setting, "mount -t tmpfs -o size=256k none wheels", &[]);
    let document = full.output().fails(74, "disk-full").json();
    assert!(
        document["message"].as_str().unwrap().contains(".part"),
        "{document:#}"
    );
    setting.fetch().succeed();
}

#[test]
fn a_disk_that_is_closed_can_be_checked_and_not_filled() {
    let setting = Setting::with(&[other()]);
    setting.fetch().succeed();
    let close = "mount --bind wheels wheels && mount -o remount,bind,ro wheels";
    mounting(&setting, close, &["--check"]).succeed();
    setting.world.write("requirements.txt", "# nothing\n");
    let more = mounting(&setting, close, &["--allow-empty", "--prune"]);
    more.output().fails(74, "read-only");
    assert!(setting.names().contains(&other().file_name()));
}

#[test]
fn where_the_network_cannot_be_cut_nothing_is_built() {
    let setting = crate::building::setting(crate::building::BACKEND);
    let none = "echo 0 > /proc/sys/user/max_net_namespaces";
    let run = |more: &[&str]| {
        let script = format!("{none} && exec \"$@\"");
        let run = through(&setting, "/usr/bin/unshare", &["-r", "sh", "-c", &script, "sh"]);
        run.arg("--allow-root").args(more)
    };
    run(&[]).output().fails(77, "no-isolation");
    assert!(setting.names().is_empty());
    let document = run(&["--build-network", "allow"]).succeed().json();
    assert_eq!(document["files"][0]["built"]["network_cut"], false);
}
