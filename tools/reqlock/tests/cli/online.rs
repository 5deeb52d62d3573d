//! What an index says by and by: dates, yanked versions, pages that change, `--check --online`.

use crate::workplace::Workplace;
use kit::wheel::Wheel;

fn lock(place: &Workplace, more: &[&str]) -> kit::Ran {
    let run = place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt"]);
    run.args(more).output()
}

fn online(place: &Workplace, more: &[&str]) -> (i32, String) {
    let ran = lock(place, &[&["--check", "--online"], more].concat());
    let problems = ran.json()["problems"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let told = problems
        .iter()
        .map(|one| format!("{} {}", text(&one["package"]), text(&one["message"])));
    (ran.status, told.collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_online_check_says_what_would_be_locked_instead() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\naddon\n");
    assert_eq!(lock(&place, &[]).status, 0);
    let before = place.world.read("requirements.txt");
    assert_eq!(online(&place, &[]), (0, String::new()));
    // A newer version is no fault, unless one asks for it.
    place.add(Wheel::new("addon", "0.2"));
    assert_eq!(online(&place, &[]), (0, String::new()));
    assert_eq!(
        online(&place, &["-U"]),
        (1, "addon would be 0.2, not 0.1".to_owned())
    );
    assert_eq!(online(&place, &["-P", "helper"]), (0, String::new()));
    // Yanked, and gone.
    place.publish(&Wheel::new("helper", "2.0"), |file| {
        file.yanked = Some("it burns".to_owned());
    });
    assert_eq!(
        online(&place, &[]),
        (1, "helper 2.0 was yanked: it burns".to_owned())
    );
    place.index.remove(&Wheel::new("addon", "0.1").file_name());
    let (status, told) = online(&place, &[]);
    assert_eq!(status, 1);
    assert!(told.contains("addon would be 0.2, not 0.1"), "{told}");
    assert_eq!(place.world.read("requirements.txt"), before, "nothing is written");
    // Without --online nothing of this is asked.
    place.index.forget();
    assert_eq!(lock(&place, &["--check"]).status, 0);
    assert_eq!(place.index.requests().len(), 0);
    assert_eq!(lock(&place, &["--check", "-U"]).status, 2);
}

#[test]
fn what_an_index_says_of_a_project_is_told() {
    let place = Workplace::new();
    place.world.write("requirements.in", "addon\n");
    let say = |status: &str| {
        place
            .index
            .set(|settings| settings.status = Some(status.to_owned()));
    };
    say("active");
    assert_eq!(lock(&place, &[]).expect(0).stderr, "");
    assert_eq!(online(&place, &[]), (0, String::new()));
    for status in ["archived", "deprecated"] {
        say(status);
        assert_eq!(online(&place, &[]), (1, format!("- addon is {status}")));
        let warned = lock(&place, &[]).expect(0).stderr;
        assert!(warned.contains(&format!("addon is {status}")), "{warned}");
    }
    say("quarantined");
    let (status, told) = online(&place, &[]);
    assert!(
        status == 1 && told.contains("addon 0.1 is in quarantine"),
        "{told}"
    );
    lock(&place, &["-U"]).fails(65, "no-version");
    // What nobody has heard of is nothing to worry about.
    say("delighted");
    assert_eq!(online(&place, &[]), (0, String::new()));
}

#[test]
fn a_lock_that_would_not_be_found_any_more_is_told() {
    let place = Workplace::new();
    place.world.write("requirements.in", "addon\n");
    lock(&place, &[]).expect(0);
    place.index.remove(&Wheel::new("addon", "0.1").file_name());
    let (status, told) = online(&place, &[]);
    let expected = "- no index has a package named addon\n- requirements.in:1 asks for addon";
    assert_eq!((status, told.as_str()), (1, expected));
    // An index that cannot be asked is no answer.
    place.index.fault(
        "/simple/",
        kit::index::Fault::Status(503),
        kit::index::Times::Always,
    );
    lock(&place, &["--check", "--online", "--refresh"]).fails(75, "http-5xx");
}

#[test]
fn a_hash_that_nobody_offers_any_more_is_told() {
    let place = Workplace::new();
    place.world.write("requirements.in", "addon\n");
    lock(&place, &[]);
    place.index.remove(&Wheel::new("addon", "0.1").file_name());
    place.add(Wheel::new("addon", "0.1").file("other.py", ""));
    let (status, told) = online(&place, &[]);
    assert!(
        status == 1 && told.contains("addon has no file with sha256:"),
        "{told}"
    );
}

/// Publishes a version, uploaded on a day.
fn publish(place: &Workplace, version: &str, day: &str) {
    place.publish(&Wheel::new("dated", version), |file| {
        file.uploaded = Some(format!("{day}T10:00:00.123456Z"));
    });
}

const FORMS: [(&str, &str); 3] = [
    ("requirements.txt", "old.txt"),
    ("pylock.toml", "pylock.old.toml"),
    ("lock.json", "old.json"),
];

#[test]
fn upgrades_read_like_a_change_log() {
    let place = Workplace::new();
    publish(&place, "1.0", "2026-01-02");
    place.world.write("requirements.in", "dated\n");
    let forms = ["-o", "pylock.toml", "-o", "lock.json"];
    lock(&place, &forms).expect(0);
    let text = place.world.read("requirements.txt");
    assert!(
        text.contains("    # released 2026-01-02\n    # via requirements.in:1\n"),
        "{text}"
    );
    let pylock = place.world.read("pylock.toml");
    assert!(
        pylock.contains("upload-time = 2026-01-02T10:00:00.123456Z"),
        "{pylock}"
    );
    for (form, old) in FORMS {
        fs_err::copy(place.world.path(form), place.world.path(old)).unwrap();
    }
    publish(&place, "1.1", "2026-03-04");
    let report = lock(&place, &[&["-U"], &forms[..]].concat()).expect(0).json();
    assert_eq!(
        report["changes"][0],
        serde_json::json!({"name": "dated", "from": "1.0", "from_released": "2026-01-02", "to": "1.1",
            "released": "2026-03-04", "via": ["requirements.in:1"]})
    );
    for (form, old) in FORMS {
        let ran = place
            .bare()
            .args(["--format", "text", "--diff", old, form])
            .succeed();
        let line = "dated 1.0 (2026-01-02) -> 1.1 (2026-03-04)  [requirements.in:1]";
        assert_eq!(ran.text(), format!("{line}\n1 package locked, 1 changed\n"));
    }
}

#[test]
fn a_version_that_was_yanked_says_so() {
    let place = Workplace::new();
    place.world.write("requirements.in", "dated==1\n");
    place.world.write("old.txt", "dated==0.1\n");
    place.publish(&Wheel::new("dated", "1.0"), |file| {
        file.yanked = Some("no good".to_owned());
    });
    lock(&place, &[]).expect(0);
    assert!(
        place
            .world
            .read("requirements.txt")
            .contains("    # yanked no good\n")
    );
    let diff = ["--format", "text", "--diff", "old.txt", "requirements.txt"];
    let text = place.bare().args(diff).succeed().text();
    assert!(text.contains("0.1 -> 1.0, yanked: no good"), "{text}");
}

#[test]
fn another_index_is_told() {
    let place = Workplace::new();
    place.world.write("requirements.in", "addon\n");
    lock(&place, &["-o", "lock.json"]).expect(0);
    let other = kit::index::Index::start();
    let wheel = Wheel::new("addon", "0.1");
    other.add(&wheel.file_name(), wheel.bytes());
    let run = place
        .reqlock()
        .args(["requirements.in", "-o", "lock.json", "--format", "text"]);
    let ran = run.env("PIP_INDEX_URL", other.url()).succeed();
    assert!(
        ran.text()
            .contains(&format!("addon 0.1, now from {}", other.url())),
        "{}",
        ran.text()
    );
}

#[test]
fn pages_are_trusted_for_as_long_as_their_index_says_and_asked_again_before_a_refusal() {
    let place = Workplace::new();
    place.index.set(|settings| settings.max_age = Some(600));
    place.world.write("requirements.in", "helper\n");
    let lock = |more: &[&str]| {
        place.index.forget();
        let ran = place.reqlock().arg("requirements.in").args(more).succeed();
        (
            crate::workplace::pins(&crate::workplace::without_header(&ran.text())),
            place.index.requests().len(),
        )
    };
    assert_eq!(lock(&[]).0, "helper==2.0");
    place.add(Wheel::new("helper", "2.1"));
    assert_eq!(lock(&[]), ("helper==2.0".to_owned(), 0));
    // Whoever asks for what the old page lacks gets the new one.
    place.world.write("requirements.in", "helper>2\n");
    assert_eq!(lock(&[]).0, "helper==2.1");
    place.add(Wheel::new("helper", "2.2"));
    assert_eq!(lock(&["--refresh"]).0, "helper==2.2");
    assert_eq!(lock(&["--no-cache"]).0, "helper==2.2");
}
