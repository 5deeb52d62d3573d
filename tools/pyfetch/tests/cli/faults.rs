//! A network that misbehaves, a disk that does, and a run that is killed.

use std::time::Duration;

use crate::{Setting, demo, large, other};
use kit::index::{Fault, Times};

#[test]
fn what_may_pass_is_75_and_what_is_refused_is_77() {
    let cases = [
        (Fault::Html, 75, "not-a-package"),
        (Fault::Status(503), 75, "http-5xx"),
        (Fault::RetryAfter(429, 3600), 75, "http-429"),
        (Fault::NoAnswer, 75, "network"),
        (Fault::Status(401), 77, "http-401"),
        (Fault::Status(403), 77, "http-403"),
        (Fault::ChangedBytes, 65, "hash-mismatch"),
    ];
    let setting = Setting::with(&[other()]);
    for (fault, status, kind) in cases {
        setting.index.heal();
        setting.index.fault("/files/", fault, Times::Always);
        setting.fetch().output().fails(status, kind);
        assert!(setting.names().is_empty());
    }
    setting.index.heal();
    setting.index.fault("/simple/", Fault::Html, Times::Always);
    setting.fetch().output().fails(75, "not-a-package");
}

#[test]
fn a_closed_index_may_be_open_later() {
    let setting = Setting::with(&[other()]);
    let url = { kit::index::Index::start().url() };
    setting
        .fetch()
        .env("PIP_INDEX_URL", url)
        .output()
        .fails(75, "network");
}

#[test]
fn a_download_cut_at_every_tenth_comes_through() {
    let setting = Setting::with(&[large()]);
    let tenth = large().bytes().len() / 10;
    setting
        .index
        .fault("/files/", Fault::Cut { after: tenth }, Times::First(9));
    let document = setting.fetch().succeed().json();
    assert_eq!(document["run"]["bytes"], large().bytes().len());
    assert_eq!(setting.index.count("/files/"), 10);
}

#[test]
fn a_truncated_file_is_not_taken() {
    let setting = Setting::with(&[other()]);
    setting.index.set(|settings| settings.ranges = false);
    setting.index.fault("/files/", Fault::Truncated, Times::Always);
    setting.fetch().output().fails(75, "network");
    assert!(setting.names().is_empty());
}

#[test]
fn credentials_are_written_nowhere() {
    let setting = Setting::with(&[demo(), other()]);
    setting
        .index
        .set(|settings| settings.auth = Some(("me".into(), "hunter2".into())));
    let run = setting
        .fetch()
        .env("PIP_INDEX_URL", setting.index.url_with("me", "hunter2"))
        .arg("-v");
    let ran = run.succeed();
    for text in [
        &ran.text(),
        &ran.stderr,
        &setting.world.read("wheels/wheelhouse.json"),
        &setting.world.read("wheels/requirements.txt"),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn killed_in_the_middle_it_goes_on_where_it_was() {
    let setting = Setting::with(&[large(), other(), demo()]);
    let drip = Fault::Drip {
        bytes: 100_000,
        pause: Duration::from_millis(150),
    };
    setting.index.fault(&large().file_name(), drip, Times::First(1));
    setting
        .fetch()
        .killed_after(Duration::from_millis(900))
        .expect(137);
    assert!(
        setting.names().is_empty(),
        "nothing has its name before all is whole"
    );
    let partial = fs_err::read_dir(setting.world.path("wheels/.pyfetch"))
        .unwrap()
        .count();
    assert!(partial > 1, "something was on its way");
    setting.index.forget();
    let document = setting.fetch().succeed().json();
    assert_eq!(setting.names().len(), 5);
    let again = document["run"]["bytes"].as_u64().unwrap();
    assert!(again < large().bytes().len() as u64, "{again}");
    // The small files had arrived, and were not asked for again.
    assert_eq!(setting.index.count(&other().file_name()), 0);
    let left = fs_err::read_dir(setting.world.path("wheels/.pyfetch")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().contains("part")),
        "{left:?}"
    );
}

#[test]
fn two_runs_wait_for_each_other_or_say_so() {
    let setting = Setting::with(&[large()]);
    let drip = Fault::Drip {
        bytes: 200_000,
        pause: Duration::from_millis(200),
    };
    setting.index.fault("/files/", drip, Times::First(1));
    let first = setting.fetch().spawn();
    std::thread::sleep(Duration::from_millis(500));
    setting.fetch().arg("--no-wait").output().fails(75, "lock-held");
    let second = setting.fetch().succeed().json();
    assert_eq!(second["run"]["kept"], 1);
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(setting.index.count("/files/"), 1);
}

#[test]
fn a_full_disk_is_said_with_the_path() {
    let setting = Setting::with(&[large()]);
    // A limit on the size of files is the full disk that needs no root.
    let run = setting.world.run("/usr/bin/env").args([
        "sh",
        "-c",
        "trap '' XFSZ; ulimit -f 100; exec \"$@\"",
        "sh",
    ]);
    setting.fetch().arg("--show-config").succeed();
    let copy = setting.world.path("bin/pyfetch");
    let tool = if copy.exists() {
        copy
    } else {
        env!("CARGO_BIN_EXE_pyfetch").into()
    };
    let run = run
        .arg(tool)
        .args(["--python", kit::PYTHON, "-r", "requirements.txt", "-o", "wheels"]);
    let document = run
        .env("PIP_INDEX_URL", setting.index.url())
        .output()
        .fails(74, "io")
        .json();
    assert!(
        document["message"].as_str().unwrap().contains(".part"),
        "{document:#}"
    );
    assert!(setting.names().is_empty());
    setting.fetch().succeed();
}

#[test]
fn a_check_needs_no_place_to_write() {
    let setting = Setting::with(&[other()]);
    setting.fetch().succeed();
    let wheels = setting.world.path("wheels");
    let mode =
        |mode| fs_err::set_permissions(&wheels, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    mode(0o555);
    setting.fetch().arg("--check").succeed();
    mode(0o755);
}

#[test]
fn a_name_that_would_leave_the_folder_is_no_file() {
    let setting = Setting::with(&[other()]);
    let bytes = other().bytes();
    setting.index.remove(&other().file_name());
    let mut evil = kit::index::Published::new(&format!("../{}", other().file_name()), bytes);
    evil.project = "other".into();
    setting.index.publish(evil);
    setting.fetch().output().fails(65, "no-version");
    assert!(!setting.world.path(other().file_name()).exists());
}

#[test]
fn the_keyring_is_asked_for_the_password_of_a_name() {
    let setting = Setting::with(&[other()]);
    setting
        .index
        .set(|settings| settings.auth = Some(("me".into(), "hunter2".into())));
    let keyring = setting
        .world
        .write("tools/keyring", "#!/bin/sh\necho \"$@\" >> asked\necho hunter2\n");
    fs_err::set_permissions(keyring, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", setting.world.path("tools").display());
    let url = setting.index.url().replace("http://", "http://me@");
    setting
        .fetch()
        .env("PIP_INDEX_URL", url.clone())
        .env("PATH", path.clone())
        .succeed();
    assert_eq!(
        setting.world.read("asked"),
        format!("get {} me\n", setting.index.url())
    );
    let run = setting
        .bare()
        .args(["-r", "requirements.txt", "-o", "again"])
        .env("PIP_KEYRING_PROVIDER", "disabled");
    run.env("PIP_INDEX_URL", url)
        .env("PATH", path)
        .output()
        .fails(77, "http-401");
}

#[test]
fn a_yanked_file_that_was_locked_is_taken_with_a_warning() {
    let setting = Setting::with(&[other()]);
    let mut file = kit::index::Published::new(&other().file_name(), other().bytes());
    file.yanked = Some("eats data".into());
    setting.index.publish(file);
    let ran = setting.fetch().succeed();
    assert!(ran.stderr.contains("eats data"), "{}", ran.stderr);
}
