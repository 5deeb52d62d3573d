//! The lock in its forms, and what is wrong with it.

use kit::wheel::Wheel;
use serde_json::json;

use crate::{demo, make, nothing_left, tool, world};

#[test]
fn every_form_of_the_lock_does() {
    let hash = format!("sha256:{}", demo().sha256());
    let package = json!({"name": "demo", "version": "1.0", "hashes": [hash]});
    let lock = json!({"schema": "lock/1", "packages": [package]});
    let file = json!({
        "name": demo().file_name(), "project": "demo", "version": "1.0", "hash": hash, "size": 1,
        "url": "https://index.example.com/demo", "targets": ["here"],
    });
    let wheelhouse = json!({
        "schema": "wheelhouse/1", "locked": true, "lock": lock, "targets": [{"name": "here", "digest": "sha256:0"}],
        "files": [file],
    });
    let pylock = format!(
        "lock-version = '1.0'\ncreated-by = 'tests'\n[[packages]]\nname = 'demo'\nversion = '1.0'\n\
         wheels = [{{ name = '{}', url = 'https://index.example.com/demo', hashes = {{ sha256 = '{}' }} }}]\n",
        demo().file_name(),
        demo().sha256()
    );
    for text in [demo().pin(), lock.to_string(), wheelhouse.to_string(), pylock] {
        let world = world(&[demo()]);
        let run = tool(&world)
            .args(["-r", "-", "-w", "wheels", "venv"])
            .stdin(text.as_str());
        run.succeed();
        world.run(world.path("venv/bin/demo")).succeed();
    }
}

#[test]
fn nothing_is_not_a_lock() {
    let world = world(&[]);
    for (text, kind) in [("", "no-input"), ("\n \n", "no-input")] {
        let run = tool(&world).args(["-r", "-", "-w", "wheels", "venv"]).stdin(text);
        run.output().fails(65, kind);
    }
    world.write("requirements.txt", "# nothing in it\n");
    make(&world).output().fails(65, "no-input");
    nothing_left(&world);
    make(&world).arg("--allow-empty").succeed();
    world
        .run(world.path("venv/bin/python"))
        .args(["-c", "import sys"])
        .succeed();
}

#[test]
fn a_failure_before_is_passed_on() {
    let world = world(&[demo()]);
    let text =
        r#"{"schema":"error/1","tool":"pyfetch","kind":"network","message":"the index cannot be reached"}"#;
    let ran = tool(&world)
        .args(["-r", "-", "-w", "wheels", "venv"])
        .stdin(text)
        .output()
        .expect(75);
    assert_eq!(ran.text(), text);
    assert_eq!(ran.stderr, "");
    nothing_left(&world);
}

#[test]
fn locks_that_are_none_are_refused_with_file_and_line() {
    let hash = demo().sha256();
    let cases = [
        ("demo==1.0\n".to_owned(), "missing-hash", 1),
        (format!("\ndemo>=1.0 --hash=sha256:{hash}\n"), "missing-hash", 2),
        (
            "demo==1.0 --hash=md5:0123456789abcdef0123456789abcdef\n".to_owned(),
            "bad-syntax",
            1,
        ),
        ("demo==\n".to_owned(), "bad-syntax", 1),
    ];
    for (text, kind, line) in cases {
        let world = world(&[demo()]);
        world.write("requirements.txt", &text);
        let document = make(&world).output().fails(65, kind).json();
        assert_eq!(document["file"], "requirements.txt", "{text}");
        assert_eq!(document["line"], line, "{text}");
        nothing_left(&world);
    }
}

#[test]
fn documents_must_be_complete() {
    let world = world(&[demo()]);
    for text in [
        r#"{"schema":"lock/1","packages":["#,
        r#"{"schema":"release/1"}"#,
        "{}",
    ] {
        let run = tool(&world).args(["-r", "-", "-w", "wheels", "venv"]).stdin(text);
        run.output().fails(65, "bad-document");
    }
    nothing_left(&world);
}

#[test]
fn a_wheel_that_is_not_there_is_named() {
    let world = world(&[demo()]);
    let zeros = "0".repeat(64);
    world.write("requirements.txt", format!("other==2 --hash=sha256:{zeros}\n"));
    let document = make(&world).output().fails(65, "no-wheel").json();
    assert!(
        document["message"].as_str().unwrap().contains("other==2"),
        "{document:#}"
    );
    world.write("requirements.txt", format!("demo==2 --hash=sha256:{zeros}\n"));
    let document = make(&world).output().fails(65, "no-wheel").json();
    assert_eq!(document["causes"][0], "there is demo-1.0-py3-none-any.whl");
    tool(&world)
        .args(["-r", "requirements.txt", "-w", "absent", "venv"])
        .output()
        .fails(65, "not-found");
    tool(&world)
        .args(["-r", "absent.txt", "-w", "wheels", "venv"])
        .output()
        .fails(65, "not-found");
    nothing_left(&world);
}

#[test]
fn what_a_lock_knows_of_passwords_stays_there() {
    let world = world(&[demo()]);
    let address = format!(
        "demo @ https://me:secret@files.example.com/{}",
        demo().file_name()
    );
    let lock = |hash: &str| world.write("requirements.txt", format!("{address}{hash}\n"));
    lock("");
    let ran = make(&world).output().fails(65, "missing-hash");
    assert!(
        !ran.stderr.contains("secret") && !ran.text().contains("secret"),
        "{}",
        ran.stderr
    );
    lock(&format!("#sha256={}", demo().sha256()));
    make(&world).succeed();
    let lock = world.read("venv/requirements.lock");
    let kept = format!(
        "{} \\\n    --hash=sha256:{}\n",
        demo().file_name(),
        demo().sha256()
    );
    assert!(lock.ends_with(&kept), "{lock}");
    let found = world.run("grep").args(["-r", "secret", "venv"]).output();
    assert_eq!(found.status, 1, "{}", found.text());
    let origin = world.read("venv/lib/python3.11/site-packages/demo-1.0.dist-info/direct_url.json");
    assert!(
        origin.contains(&format!("//files.example.com/{}\"", demo().file_name()))
            && origin.contains(&demo().sha256()),
        "{origin}"
    );
    tool(&world).args(["--verify", "venv"]).succeed();
}

#[test]
fn a_wheel_for_another_python_is_explained() {
    let foreign = Wheel::new("demo", "1.0").tag("cp312-cp312-manylinux_2_17_x86_64");
    let world1 = world(&[foreign]);
    let document = make(&world1).output().fails(65, "no-wheel").json();
    let cause = document["causes"][0].as_str().unwrap();
    assert!(
        cause.contains("cp312-cp312-manylinux_2_17_x86_64 is not for cp3.11"),
        "{cause}"
    );
    for requires in [">=3.12", "<3.11", ">=3.11.99"] {
        let world = world(&[demo().metadata(&format!("Requires-Python: {requires}"))]);
        let document = make(&world).output().fails(65, "no-wheel").json();
        assert!(
            document["message"].as_str().unwrap().contains(requires),
            "{document:#}"
        );
        nothing_left(&world);
    }
}

#[test]
fn a_built_wheel_is_taken_on_the_manifests_word_only_if_asked() {
    let world = world(&[demo()]);
    let source = "5".repeat(64);
    world.write("requirements.txt", format!("demo==1.0 --hash=sha256:{source}\n"));
    let built = json!({"sdist": "demo-1.0.tar.gz", "hash": format!("sha256:{source}"), "index": "", "url": "", "network_cut": true});
    let file = json!({
        "name": demo().file_name(), "project": "demo", "version": "1.0", "size": 1, "targets": [],
        "hash": format!("sha256:{}", demo().sha256()), "built": built,
    });
    let document = json!({
        "schema": "wheelhouse/1", "locked": true, "lock": {"schema": "lock/1", "packages": []}, "targets": [],
        "files": [file],
    });
    world.write("wheels/wheelhouse.json", document.to_string());
    make(&world).output().fails(65, "hash-mismatch");
    make(&world).arg("--trust-manifest").succeed();
    fs_err::remove_dir_all(world.path("venv")).unwrap();
    world.write(
        "wheels/wheelhouse.json",
        document.to_string().replace(&source, &"6".repeat(64)),
    );
    make(&world)
        .arg("--trust-manifest")
        .output()
        .fails(65, "hash-mismatch");
    world.write("wheels/wheelhouse.json", "{");
    make(&world)
        .arg("--trust-manifest")
        .output()
        .fails(65, "bad-document");
    nothing_left(&world);
}

#[test]
fn what_a_command_line_lacks_is_named() {
    let world = world(&[demo()]);
    let document = tool(&world).args(["-w", "wheels"]).output().expect(2).json();
    assert_eq!(document["kind"], "usage");
    assert_eq!(
        document["message"],
        "the following required arguments were not provided: --requirement <LOCK>, <DESTINATION>"
    );
    let document = tool(&world).arg("--no-such").output().expect(2).json();
    assert_eq!(document["message"], "unexpected argument '--no-such' found");
}
