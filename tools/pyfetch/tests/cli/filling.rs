//! Filling a wheelhouse, again and again.

use crate::{Setting, demo, other, strings};
use kit::index::{Fault, Published, Times};
use kit::wheel::Wheel;

#[test]
fn a_lock_becomes_a_wheelhouse() {
    let setting = Setting::with(&[demo(), other()]);
    let ran = setting.fetch().args(["--emit-lock", "exact.txt"]).succeed();
    let document = ran.json();
    assert_eq!(document["schema"], "wheelhouse/1");
    assert_eq!(document["locked"], true);
    assert_eq!(document["lock"]["schema"], "lock/1");
    assert_eq!(
        strings(&document["run"]["fetched"]),
        [demo().file_name(), other().file_name()]
    );
    let expected = [
        &demo().file_name(),
        &other().file_name(),
        "requirements.txt",
        "wheelhouse.json",
    ];
    assert_eq!(setting.names(), expected.map(String::from));
    assert_eq!(
        fs_err::read(setting.world.path("wheels").join(demo().file_name())).unwrap(),
        demo().bytes()
    );
    assert_eq!(
        setting.world.read("exact.txt"),
        setting.world.read("wheels/requirements.txt")
    );
    assert!(setting.world.read("exact.txt").contains(&demo().sha256()));
    let manifest: serde_json::Value =
        serde_json::from_str(&setting.world.read("wheels/wheelhouse.json")).unwrap();
    assert!(manifest.get("run").is_none());
    assert_eq!(manifest["files"], document["files"]);
    assert_eq!(
        document["files"][0]["hash"],
        format!("sha256:{}", demo().sha256())
    );
    assert_eq!(
        document["files"][0]["url"],
        setting.index.file_url(&demo().file_name())
    );
}

#[test]
fn a_second_run_sends_no_request_and_changes_nothing() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().succeed();
    let manifest = fs_err::metadata(setting.world.path("wheels/wheelhouse.json"))
        .unwrap()
        .modified()
        .unwrap();
    setting.index.forget();
    let document = setting.fetch().succeed().json();
    assert_eq!(setting.index.requests().len(), 0);
    assert_eq!(document["run"]["kept"], 2);
    assert_eq!(
        fs_err::metadata(setting.world.path("wheels/wheelhouse.json"))
            .unwrap()
            .modified()
            .unwrap(),
        manifest
    );
    // Even when every file is read, and when the memory of their looks is gone.
    setting.fetch().arg("--paranoid").succeed();
    fs_err::remove_file(setting.world.path("wheels/.pyfetch/stat.json")).unwrap();
    setting.fetch().succeed();
    assert_eq!(setting.index.requests().len(), 0);
}

#[test]
fn only_what_is_new_is_asked_for() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().succeed();
    setting.index.forget();
    let third = Wheel::new("third", "3").file("third.py", "");
    setting.publish(&third);
    setting.lock(&[demo(), other(), third.clone()]);
    let document = setting.fetch().succeed().json();
    assert_eq!(strings(&document["run"]["fetched"]), [third.file_name()]);
    assert_eq!(setting.index.requests().len(), 2);
}

#[test]
fn a_file_that_went_bad_is_fetched_again_without_a_page() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().succeed();
    setting.index.forget();
    let place = format!("wheels/{}", other().file_name());
    setting.world.write(&place, "somebody else's bytes");
    setting.fetch().succeed();
    assert_eq!(fs_err::read(setting.world.path(&place)).unwrap(), other().bytes());
    assert_eq!(
        (setting.index.count("/simple/"), setting.index.count("/files/")),
        (0, 1)
    );
}

#[test]
fn a_bad_file_stays_until_the_good_one_is_here() {
    let setting = Setting::with(&[other()]);
    setting
        .world
        .write(format!("wheels/{}", other().file_name()), "old");
    setting.index.fault("/files/", Fault::Status(404), Times::Always);
    setting.fetch().output().fails(65, "not-found");
    assert_eq!(
        setting.world.read(format!("wheels/{}", other().file_name())),
        "old"
    );
    setting.index.heal();
    let ran = setting.fetch().succeed();
    assert!(ran.stderr.contains("is replaced"), "{}", ran.stderr);
    assert_eq!(
        fs_err::read(setting.world.path("wheels").join(other().file_name())).unwrap(),
        other().bytes()
    );
}

#[test]
fn prune_removes_what_earlier_runs_left_and_nothing_else() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().succeed();
    setting.world.write("wheels/foreign-1.0-py3-none-any.whl", "mine");
    // Put there by somebody else, then used by us, it is still theirs.
    let theirs = Wheel::new("theirs", "1.0").file("theirs.py", "");
    setting.publish(&theirs);
    kit::give(&theirs.write_to(setting.world.path("wheels")));
    setting.lock(&[demo(), other(), theirs.clone()]);
    assert_eq!(setting.fetch().succeed().json()["run"]["kept"], 3);
    setting.lock(&[other()]);
    let document = setting.fetch().succeed().json();
    assert_eq!(strings(&document["run"]["stale"]), [demo().file_name()]);
    assert!(setting.names().contains(&demo().file_name()));
    let document = setting.fetch().arg("--prune").succeed().json();
    assert_eq!(strings(&document["run"]["removed"]), [demo().file_name()]);
    let expected = [
        "foreign-1.0-py3-none-any.whl",
        &other().file_name(),
        "requirements.txt",
        &theirs.file_name(),
        "wheelhouse.json",
    ];
    assert_eq!(setting.names(), expected.map(String::from));
}

#[test]
fn check_says_what_is_missing_without_a_network() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().succeed();
    setting.index.forget();
    setting
        .bare()
        .args(["-r", "requirements.txt", "-o", "nowhere", "--check"])
        .output()
        .expect(1);
    let ran = setting.fetch().arg("--check").succeed();
    assert_eq!(ran.json()["good"], 2);
    fs_err::remove_file(setting.world.path("wheels").join(demo().file_name())).unwrap();
    setting
        .world
        .write(format!("wheels/{}", other().file_name()), "other bytes");
    let document = setting.fetch().arg("--check").output().expect(1).json();
    let missing = document["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 2);
    assert!(
        missing[0]["why"]
            .as_str()
            .unwrap()
            .contains("no wheel of this version")
    );
    assert!(missing[1]["why"].as_str().unwrap().contains("its hash"));
    assert_eq!(setting.index.requests().len(), 0);
}

#[test]
fn several_targets_share_what_they_can() {
    let tagged = |tag: &str| {
        Wheel::new("native", "1.0")
            .tag(tag)
            .file("native.py", tag.to_owned())
    };
    let (linux, mac, windows) = (
        tagged("cp312-cp312-manylinux_2_17_x86_64"),
        tagged("cp312-cp312-macosx_11_0_arm64"),
        tagged("cp312-cp312-win_amd64"),
    );
    let setting = Setting::new();
    [&linux, &mac, &windows, &other()]
        .iter()
        .for_each(|wheel| setting.publish(wheel));
    let lock = format!(
        "native==1.0 --hash=sha256:{} --hash=sha256:{} --hash=sha256:{}\n{}\n",
        linux.sha256(),
        mac.sha256(),
        windows.sha256(),
        other().pin() + " ; sys_platform != 'darwin'"
    );
    let lock = lock
        .replace(&other().pin(), "other==2.0")
        .replace("darwin'", &format!("darwin' --hash=sha256:{}", other().sha256()));
    setting.world.write("requirements.txt", lock);
    let document = setting
        .fetch_for("cp312-manylinux_2_28_x86_64")
        .args(["--target", "cp312-macosx_14_0_arm64"])
        .succeed()
        .json();
    let files = document["files"].as_array().unwrap();
    let said: Vec<(&str, usize)> = files
        .iter()
        .map(|file| {
            (
                file["name"].as_str().unwrap(),
                file["targets"].as_array().unwrap().len(),
            )
        })
        .collect();
    let names = [mac.file_name(), linux.file_name(), other().file_name()];
    assert_eq!(said, [(names[0].as_str(), 1), (&names[1], 1), (&names[2], 1)]);

    // Every file, whoever can use it.
    let every = setting.fetch_for("cp312-manylinux_2_28_x86_64");
    every.arg("--all-files").succeed();
    assert!(setting.names().contains(&windows.file_name()));
}

#[test]
fn a_target_without_a_wheel_is_told_with_the_nearest() {
    let setting = Setting::new();
    let mac = Wheel::new("native", "1.0").tag("cp312-cp312-macosx_11_0_arm64");
    let late = Wheel::new("late", "1.0");
    setting.publish(&mac);
    let mut published = Published::new(&late.file_name(), late.bytes());
    published.requires_python = Some(">=3.14".into());
    setting.index.publish(published);
    setting.lock(&[mac, late]);
    let run = setting.fetch_for("cp312-manylinux_2_28_x86_64");
    let message = run.output().fails(65, "no-wheel").json()["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("native") && message.contains("another platform"),
        "{message}"
    );
    assert!(
        message.contains("late") && message.contains(">=3.14"),
        "{message}"
    );
}

#[test]
fn an_html_index_will_do() {
    let setting = Setting::with(&[demo(), other()]);
    setting.index.set(|settings| settings.json = false);
    setting.fetch().succeed();
    assert_eq!(setting.names().len(), 4);
}

#[test]
fn a_folder_of_links_will_do_and_needs_no_index() {
    let setting = Setting::new();
    setting.world.folder("links");
    for wheel in [demo(), other()] {
        kit::give(&wheel.write_to(setting.world.path("links")));
    }
    setting.lock(&[demo(), other()]);
    setting.fetch().args(["--no-index", "-f", "links"]).succeed();
    assert_eq!(setting.names().len(), 4);
    assert_eq!(setting.index.requests().len(), 0);
}

#[test]
fn the_index_that_has_the_locked_hash_wins() {
    let setting = Setting::with(&[other()]);
    let imposter = kit::index::Index::start();
    imposter.add(&other().file_name(), b"not that".to_vec());
    let run = setting
        .fetch()
        .env("PIP_INDEX_URL", imposter.url())
        .env("PIP_EXTRA_INDEX_URL", setting.index.url());
    let document = run.succeed().json();
    assert_eq!(document["files"][0]["index"], setting.index.url());
}

#[test]
fn plain_pip_installs_from_it() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().succeed();
    let pip =
        setting
            .world
            .run(kit::PYTHON)
            .args(["-m", "pip", "install", "--no-index", "--find-links", "wheels"]);
    let pip = pip.args([
        "--require-hashes",
        "-r",
        "wheels/requirements.txt",
        "--target",
        "site",
        "--quiet",
    ]);
    pip.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").succeed();
    assert!(setting.world.path("site/demo.py").exists() && setting.world.path("site/other.py").exists());
}

#[test]
fn a_manifest_that_lies_about_names_is_not_followed() {
    let setting = Setting::with(&[other()]);
    setting.fetch().succeed();
    let path = setting.world.path("wheels/wheelhouse.json");
    let text = fs_err::read_to_string(&path).unwrap();
    let name = format!("\"name\": \"{}\"", other().file_name());
    assert!(text.contains(&name));
    fs_err::write(&path, text.replace(&name, "\"name\": \"../outside.whl\"")).unwrap();
    setting.fetch().succeed();
    assert!(!setting.world.path("outside.whl").exists());
    assert_eq!(setting.names().len(), 3);
}

#[test]
fn refresh_says_what_the_index_says_differently_now() {
    let setting = Setting::with(&[demo(), other()]);
    setting.fetch().arg("--refresh").output().fails(65, "not-found");
    setting.fetch().succeed();
    let document = setting.fetch().arg("--refresh").succeed().json();
    assert_eq!(
        (
            document["checked"].as_u64(),
            document["findings"].as_array().map(Vec::len)
        ),
        (Some(2), Some(0))
    );

    setting.publish(&Wheel::new("demo", "1.1"));
    setting.publish(&Wheel::new("demo", "2.0rc1"));
    let document = setting.fetch().arg("--refresh").succeed().json();
    assert_eq!(
        (
            document["findings"][0]["kind"].as_str(),
            document["findings"][0]["detail"].as_str()
        ),
        (Some("newer"), Some("1.1"))
    );

    setting.publish(&other().file("evil.py", ""));
    let mut yanked = Published::new(&demo().file_name(), demo().bytes());
    yanked.yanked = Some("eats data".into());
    setting.index.publish(yanked);
    let document = setting.fetch().arg("--refresh").output().expect(1).json();
    let kinds: Vec<&str> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["yanked", "newer", "changed"]);
    let kept = fs_err::read(setting.world.path("wheels").join(other().file_name())).unwrap();
    assert_eq!(kept, other().bytes());

    setting.index.remove(&other().file_name());
    let document = setting.fetch().arg("--refresh").output().expect(1).json();
    assert_eq!(document["findings"][2]["kind"], "withdrawn");
}

#[test]
fn refresh_does_not_take_the_page_at_its_word_when_told_so() {
    let setting = Setting::with(&[other()]);
    setting.fetch().succeed();
    setting.index.fault("/files/", Fault::ChangedBytes, Times::Always);
    setting.fetch().arg("--refresh").succeed();
    let document = setting
        .fetch()
        .args(["--refresh", "--paranoid"])
        .output()
        .expect(1)
        .json();
    assert_eq!(document["findings"][0]["kind"], "changed");
    let left = fs_err::read_dir(setting.world.path("wheels/.pyfetch")).unwrap();
    assert!(
        !left
            .into_iter()
            .any(|entry| entry.unwrap().file_name().to_string_lossy().contains("again"))
    );
}

#[test]
fn refresh_says_what_became_of_a_project_and_asks_where_a_file_came_from() {
    let setting = Setting::with(&[other()]);
    // The first index knows the project, but has not the file that was locked.
    let first = kit::index::Index::start();
    first.add("other-1.0-py3-none-any.whl", Wheel::new("other", "1.0").bytes());
    let fetch = || {
        let run = setting.fetch().env("PIP_INDEX_URL", first.url());
        run.env("PIP_EXTRA_INDEX_URL", setting.index.url())
    };
    fetch().succeed();
    let document = fetch().arg("--refresh").succeed().json();
    assert_eq!(
        document["findings"].as_array().map(Vec::len),
        Some(0),
        "{document:#}"
    );
    setting
        .index
        .set(|settings| settings.status = Some("archived".into()));
    let document = fetch().arg("--refresh").output().expect(1).json();
    let found = &document["findings"][0];
    assert_eq!(
        (found["kind"].as_str(), found["detail"].as_str()),
        (Some("status"), Some("archived"))
    );
}
