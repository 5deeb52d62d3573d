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
    let keyring = "#!/bin/sh\necho \"$@\" >> asked\necho hunter2\n";
    setting.world.program("tools/keyring", keyring);
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

#[test]
fn a_name_in_two_spellings_is_one_package() {
    let setting = Setting::new();
    let wheel =
        |name: &str, content: &str| kit::wheel::Wheel::new(name, "1.0").file("a.py", content.to_owned());
    let (first, second) = (wheel("Foo.Bar", "x = 1\n"), wheel("foo_bar", "x = 2\n"));
    let names = ["Foo.Bar-1.0-py3-none-any.whl", "foo_bar-1.0-py3-none-any.whl"];
    for (name, wheel) in names.iter().zip([&first, &second]) {
        let mut published = kit::index::Published::new(name, wheel.bytes());
        published.project = "foo-bar".into();
        setting.index.publish(published);
    }
    // The hash decides, whatever the spelling; asked for in two spellings it is one package.
    let line =
        |name: &str, wheel: &kit::wheel::Wheel| format!("{name}==1.0 --hash=sha256:{}\n", wheel.sha256());
    let lock = line("FOO-bar", &second) + &line("foo.bar", &second);
    setting.world.write("requirements.txt", lock);
    let document = setting.fetch().succeed().json();
    assert_eq!(document["files"].as_array().unwrap().len(), 1);
    assert_eq!(setting.names()[0], names[1]);
    // Two different ones under one name are no lock.
    let lock = line("Foo_Bar", &first) + &line("foo.bar", &second);
    setting.world.write("requirements.txt", lock);
    let document = setting.fetch().output().expect(65).json();
    assert!(
        document["message"].as_str().unwrap().contains("asked for twice"),
        "{document:#}"
    );
}

#[test]
fn redirects_lead_on_but_not_in_circles_and_take_no_password_along() {
    let setting = Setting::with(&[other()]);
    let (elsewhere, name) = (kit::index::Index::start(), other().file_name());
    elsewhere.add(&name, other().bytes());
    setting
        .index
        .set(|settings| settings.auth = Some(("me".into(), "hunter2".into())));
    let fetch = || {
        let url = setting.index.url_with("me", "hunter2");
        setting.fetch().env("PIP_INDEX_URL", url)
    };
    let circle = Fault::Redirect(setting.index.file_url(&name));
    setting.index.fault("/files/", circle, Times::Always);
    let document = fetch().output().fails(75, "network").json();
    assert!(
        document["message"].as_str().unwrap().contains("redirects"),
        "{document:#}"
    );
    setting.index.heal();
    setting
        .index
        .fault("/files/", Fault::Redirect(elsewhere.base()), Times::Always);
    fetch().succeed();
    let asked = elsewhere.requests().pop().unwrap();
    assert!(asked.path.contains(&name));
    assert_eq!(asked.header("authorization"), None);
}

#[test]
fn a_silence_has_an_end() {
    let setting = Setting::with(&[other()]);
    setting
        .index
        .set(|settings| settings.latency = Duration::from_secs(30));
    let begun = std::time::Instant::now();
    setting
        .fetch()
        .args(["--timeout", "0.5"])
        .output()
        .fails(75, "timeout");
    assert!(begun.elapsed() < Duration::from_secs(25));
}

#[test]
fn odd_answers_are_borne() {
    let setting = Setting::with(&[large()]);
    for (number, fault) in [
        Fault::IgnoreRange,
        Fault::WrongRange,
        Fault::Gzip,
        Fault::LyingLength(10),
        Fault::LyingLength(-10),
        Fault::Status(500),
        Fault::Status(503),
        Fault::RetryAfter(429, 1),
    ]
    .into_iter()
    .enumerate()
    {
        setting.index.heal();
        setting
            .index
            .fault("/files/", Fault::Cut { after: 50_000 }, Times::First(1));
        setting.index.fault("/files/", fault.clone(), Times::First(1));
        let folder = format!("wheels{number}");
        let run = setting.world.run(env!("CARGO_BIN_EXE_pyfetch"));
        let run = run
            .args([
                "--python",
                kit::PYTHON,
                "-r",
                "requirements.txt",
                "--timeout",
                "1",
            ])
            .args(["-o", &folder]);
        run.env("PIP_INDEX_URL", setting.index.url()).succeed();
        let got = fs_err::read(setting.world.path(&folder).join(large().file_name())).unwrap();
        assert!(got == large().bytes(), "{fault:?}");
    }
}

#[test]
fn where_no_more_threads_can_be_had_one_does_it_all() {
    let wheels = [demo(), other(), large()];
    let setting = Setting::with(&wheels);
    // The tool itself, and no thread beside it.
    setting
        .fetch_for("cp311-manylinux_2_28_x86_64")
        .with_tasks(1)
        .succeed();
    let names = setting.names();
    assert!(
        wheels.iter().all(|wheel| names.contains(&wheel.file_name())),
        "{names:?}"
    );
}
