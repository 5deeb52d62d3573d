//! Bad input and bad indexes.

use crate::workplace::Workplace;
use kit::{
    index::{Fault, Times},
    wheel::Wheel,
};

/// Locks requirements and insists on a failure; returns its document.
fn fails(place: &Workplace, requirements: &str, status: i32, kind: &str) -> serde_json::Value {
    place.world.write("requirements.in", requirements);
    place
        .reqlock()
        .arg("requirements.in")
        .output()
        .fails(status, kind)
        .json()
}

/// Returns message and causes, a line each.
fn told(document: &serde_json::Value) -> String {
    let causes = document["causes"].as_array().cloned().unwrap_or_default();
    let lines = std::iter::once(&document["message"])
        .chain(&causes)
        .filter_map(|line| line.as_str());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_unknown_package_is_named_with_its_line() {
    let document = fails(&Workplace::new(), "helper\nnonesuch>=1\n", 65, "unknown-package");
    assert_eq!(document["message"], "no index has a package named nonesuch");
    assert_eq!(
        (&document["file"], &document["line"]),
        (&"requirements.in".into(), &2.into())
    );
}

#[test]
fn a_version_that_is_not_there_names_those_that_are() {
    let document = fails(&Workplace::new(), "helper>=9\n", 65, "no-version");
    assert_eq!(
        document["message"],
        "no version of helper is >=9; there are 1.0 to 2.0"
    );
}

#[test]
fn a_package_without_a_usable_wheel_is_named_with_its_target() {
    let place = Workplace::new();
    place.add(Wheel::new("native", "1.0").tag("cp312-cp312-win_amd64"));
    let document = fails(&place, "native\n", 65, "no-wheel");
    let message = "no wheel of native fits: native 1.0 has no wheel for cp312-manylinux_2_28_x86_64";
    assert_eq!(document["message"], message);
    assert!(
        document["hint"]
            .as_str()
            .unwrap()
            .contains("--allow-sdist native")
    );
}

#[test]
fn a_package_of_sources_only_says_so() {
    let place = Workplace::new();
    place.index.add("old-1.0.tar.gz", b"source".to_vec());
    let document = fails(&place, "old\n", 65, "no-wheel");
    assert!(
        told(&document).contains("old 1.0 is there as a source distribution only"),
        "{document:#}"
    );
}

#[test]
fn a_conflict_is_explained() {
    let document = fails(&Workplace::new(), "framework>=2\nhelper<1.5\n", 65, "conflict");
    assert_eq!(
        told(&document),
        "requirements.in:1 and requirements.in:2 contradict each other\n\
         requirements.in:1 asks for framework>=2\n\
         requirements.in:2 asks for helper<1.5\n\
         framework 2.0 needs helper>=1.5"
    );
}

#[test]
fn malformed_requirements_are_named_with_file_and_line() {
    let place = Workplace::new();
    let document = fails(&place, "helper\nframework >== 1\n", 65, "bad-syntax");
    assert_eq!(
        (&document["file"], &document["line"]),
        (&"requirements.in".into(), &2.into())
    );
    place.world.write("sub/base.in", "helper\n\n<<<<<<< ours\n");
    let document = fails(&place, "-r sub/base.in\n", 65, "bad-syntax");
    assert_eq!(
        (&document["file"], &document["line"]),
        (&"sub/base.in".into(), &3.into())
    );
    fails(
        &place,
        "--index-url https://${NOT_SET}@index.example.com/simple\nhelper\n",
        65,
        "bad-syntax",
    );
    fails(&place, "-r nowhere.in\n", 65, "not-found");
    fails(&place, "-r requirements.in\n", 65, "bad-syntax");
}

#[test]
fn what_is_no_package_of_an_index_is_refused_with_its_line() {
    let place = Workplace::new();
    for line in [
        "-e git+https://me:secret@files.example.com/a#egg=a",
        "a @ git+ssh://me:secret@files.example.com/a",
        "a @ https://me:secret@files.example.com/latest.whl",
    ] {
        let document = fails(&place, &format!("helper\n{line}\n"), 65, "unsupported");
        assert_eq!(document["line"], 2);
        assert!(!document.to_string().contains("secret"), "{document:#}");
    }
}

#[test]
fn input_that_is_not_there_or_empty_is_named() {
    let place = Workplace::new();
    place.reqlock().arg("nowhere.in").output().fails(65, "not-found");
    place.reqlock().arg("-").stdin("").output().fails(65, "no-input");
    fails(&place, "# nothing yet\n", 65, "no-input");
    let empty = place
        .reqlock()
        .args(["requirements.in", "--allow-empty"])
        .succeed()
        .text();
    assert!(
        empty.starts_with("# reqlock 1\n") && !empty.contains("=="),
        "{empty}"
    );
}

#[test]
fn a_failure_on_standard_input_is_passed_on() {
    let place = Workplace::new();
    let failure = r#"{"schema":"error/1","tool":"other","kind":"network","message":"gone"}"#;
    let ran = place.reqlock().arg("-").stdin(failure).output().expect(75);
    assert_eq!(ran.text(), failure);
    assert_eq!(ran.stderr, "");
}

#[test]
fn without_an_index_links_are_all_there_is() {
    let place = Workplace::new();
    let wheel = Wheel::new("helper", "1.5");
    place
        .world
        .write(format!("links/{}", wheel.file_name()), wheel.bytes());
    let document = {
        place.world.write("requirements.in", "helper\nframework\n");
        let run = place
            .reqlock()
            .args(["requirements.in", "--no-index", "--find-links", "links"]);
        run.output().fails(65, "unknown-package").json()
    };
    assert_eq!(document["message"], "no index has a package named framework");
    // A folder in an input is relative to that input.
    place.world.write(
        "app/requirements.in",
        "--no-index\n--find-links ../links\nhelper\n",
    );
    let lock = place.reqlock().arg("app/requirements.in").succeed().text();
    assert!(
        lock.contains(&format!("helper==1.5 \\\n    --hash=sha256:{}", wheel.sha256())),
        "{lock}"
    );
    assert_eq!(place.index.requests().len(), 0);
}

#[test]
fn an_index_that_is_closed_may_pass() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    let run = place
        .reqlock()
        .env("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        .arg("requirements.in");
    run.output().fails(75, "network");
}

#[test]
fn faults_of_the_index_are_told_by_their_kind() {
    let cases = [
        (Fault::Status(503), 75, "http-5xx"),
        (Fault::Status(401), 77, "http-401"),
        (Fault::Status(403), 77, "http-403"),
        (Fault::RetryAfter(429, 1), 75, "http-429"),
        (Fault::Html, 75, "not-a-package"),
        (Fault::NoAnswer, 75, "network"),
    ];
    for (fault, status, kind) in cases {
        let place = Workplace::new();
        place.index.fault("/simple/", fault, Times::Always);
        fails(&place, "helper\n", status, kind);
    }
}

#[test]
fn metadata_with_another_hash_than_announced_is_refused() {
    let place = Workplace::new();
    place.index.fault(".metadata", Fault::ChangedBytes, Times::Always);
    fails(&place, "helper\n", 65, "hash-mismatch");
}

#[test]
fn a_version_whose_metadata_cannot_be_read_is_passed_over() {
    let place = Workplace::new();
    place.add(Wheel::new("helper", "9.0").metadata("Requires-Dist: ???\n"));
    assert_eq!(place.pins("helper\n"), "helper==2.0");
    let document = fails(&place, "helper>=9\n", 65, "conflict");
    assert!(
        told(&document).contains("helper 9.0 has metadata that cannot be read"),
        "{document:#}"
    );
}

#[test]
fn secrets_in_addresses_are_never_written() {
    let place = Workplace::new();
    place
        .index
        .set(|settings| settings.auth = Some(("me".to_owned(), "secret".to_owned())));
    place.world.write(
        "requirements.in",
        format!("--index-url {}\nhelper\n", place.index.url_with("me", "${TOKEN}")),
    );
    let run = || place.reqlock().env("TOKEN", "secret").arg("requirements.in");
    let outputs = ["-o", "a.txt", "-o", "pylock.toml", "-o", "a.json"];
    let report = run().args(outputs).args(["-v"]).succeed();
    let files = ["a.txt", "pylock.toml", "a.json"].map(|name| place.world.read(name));
    for text in files.iter().chain([&report.text(), &report.stderr]) {
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn usage_is_checked() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    for arguments in [
        &["requirements.in", "--target", "cp312"][..],
        &["requirements.in", "--no-binary", "-"],
        &["requirements.in", "-P", "???"],
        &["requirements.in", "--exclude", "???"],
        &[],
    ] {
        assert_eq!(place.bare().args(arguments).output().status, 2, "{arguments:?}");
    }
}

#[test]
fn without_an_index_the_way_to_set_one_is_told() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    let python = place.world.python_without_pip();
    let run = place.world.run(env!("CARGO_BIN_EXE_reqlock"));
    let ran = run.args(["requirements.in", "--python"]).arg(python).output();
    let hint = ran.fails(2, "no-index").json()["hint"].to_string();
    assert!(hint.contains("PIP_INDEX_URL"), "{hint}");
}

#[test]
fn a_wheel_that_is_something_else_than_its_name_says_is_passed_over() {
    let place = Workplace::new();
    place
        .index
        .add("helper-8.0-py3-none-any.whl", Wheel::new("helper", "7.0").bytes());
    // Names that say nothing, of kinds to come too, are nobody's business.
    for name in [
        "helper-9.0-variant-py3-none-any-x86_64_v3.whl",
        "helper-9.0.exe",
        "helper-.whl",
    ] {
        place.index.add(name, b"?".to_vec());
    }
    assert_eq!(place.pins("helper\n"), "helper==2.0");
    let document = fails(&place, "helper>=8\n", 65, "conflict");
    assert!(
        told(&document).contains("helper 8.0 says that it is helper 7.0"),
        "{document:#}"
    );
}

#[test]
fn a_lock_that_a_merge_left_in_conflict_is_told_by_its_line() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    place.world.write(
        "requirements.txt",
        "# reqlock 1\n<<<<<<< HEAD\nhelper==1.0\n=======\nhelper==2.0\n>>>>>>> other\n",
    );
    for more in [&["--check"][..], &[]] {
        let run = place
            .reqlock()
            .args(["requirements.in", "-o", "requirements.txt"])
            .args(more);
        let document = run.output().fails(65, "bad-syntax").json();
        assert_eq!(
            (&document["file"], &document["line"]),
            (&"requirements.txt".into(), &2.into())
        );
    }
    // So is one whose hashes are worth nothing.
    place.world.write(
        "requirements.txt",
        format!("helper==1.0 --hash=md5:{}\n", "0".repeat(32)),
    );
    let run = place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt", "--check"]);
    let document = run.output().expect(65).json();
    assert_eq!(document["line"], 1, "{document:#}");
}

#[test]
fn where_no_more_threads_can_be_had_one_does_it_all() {
    let place = Workplace::new();
    let lock = place.lock("framework[more]\n");
    // The tool itself, and no thread beside it.
    let alone = place.reqlock().arg("requirements.in").with_tasks(1).succeed();
    let alone = alone.text();
    assert!(alone.ends_with(&lock), "{alone}");
}
