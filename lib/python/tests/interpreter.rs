//! Real interpreters, asked for real.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use kit::PYTHON;
use python::{Cache, Error, Interpreter, ask, default_index};

fn system_python(cache: &Cache) -> Interpreter {
    ask(OsStr::new(PYTHON), cache).unwrap()
}

fn python_says(program: &Path, script: &str) -> String {
    let output = Command::new(program).args(["-c", script]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Writes a shim: a script that counts its runs and starts the real interpreter.
fn shim(folder: &Path) -> (PathBuf, PathBuf) {
    let (shim, count) = (folder.join("python3"), folder.join("count"));
    let text = format!(
        "#!/bin/sh\necho run >>'{}'\nexec {PYTHON} \"$@\"\n",
        count.display()
    );
    kit::write_program(&shim, text.as_bytes());
    (shim, count)
}

#[test]
fn tags_and_markers_are_those_of_packaging() {
    let interpreter = system_python(&Cache::none());
    let script = "from pip._vendor.packaging.tags import sys_tags; print(*sys_tags(), sep='\\n')";
    let expected = python_says(Path::new(PYTHON), script);
    // As sets: releases of `packaging` differ in where they rank `linux_*`, and older ones lack one tag.
    let expected = expected
        .lines()
        .map(str::to_owned)
        .chain(["cp311-none-any".into()]);
    let expected: BTreeSet<String> = expected.collect();
    let tags = interpreter.target.tags().list().iter();
    let tags: BTreeSet<String> = tags.map(ToString::to_string).collect();
    let different: Vec<&String> = tags.symmetric_difference(&expected).collect();
    assert!(different.is_empty(), "{different:?}");
    let script = "import json; from pip._vendor.packaging.markers import default_environment as e; \
                  print(json.dumps(e(), sort_keys=True))";
    let markers = serde_json::to_string(&interpreter.document.markers).unwrap();
    assert_eq!(
        markers,
        python_says(Path::new(PYTHON), script)
            .replace("\": \"", "\":\"")
            .replace("\", \"", "\",\"")
    );
}

#[test]
fn the_document_says_the_same_again() {
    let interpreter = system_python(&Cache::none());
    let text = serde_json::to_string(&interpreter.document).unwrap();
    let read: wire::target::Target = wire::read(text.as_bytes()).unwrap();
    assert_eq!(python::target::read(&read).unwrap(), interpreter.target);
    assert!(
        interpreter.document.name.starts_with("cp3."),
        "{}",
        interpreter.document.name
    );
}

#[test]
fn an_answer_is_kept_until_the_executable_changes() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let first = system_python(&cache);
    let kept: Vec<_> = fs_err::read_dir(folder.path().join("cache")).unwrap().collect();
    assert_eq!(kept.len(), 1);
    let path = kept[0].as_ref().unwrap().path();
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replace("\"cpython\"", "\"kept\"")).unwrap();
    assert_eq!(
        system_python(&cache).document.markers["implementation_name"],
        "kept"
    );
    let stale = text
        .replace("\"cpython\"", "\"kept\"")
        .replace("\"inode\":", "\"inode\":1");
    fs_err::write(&path, stale).unwrap();
    assert_eq!(system_python(&cache).document, first.document);
    fs_err::write(&path, "rubbish").unwrap();
    assert_eq!(system_python(&cache).document, first.document);
}

#[test]
fn a_shim_leads_to_the_real_one_and_is_asked_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let (shim, count) = shim(folder.path());
    let cache = Cache::at(folder.path().join("cache"));
    for runs in 1..=2 {
        let interpreter = ask(shim.as_os_str(), &cache).unwrap();
        assert_eq!(interpreter.executable, Path::new(PYTHON).canonicalize().unwrap());
        assert_eq!(fs_err::read_to_string(&count).unwrap().lines().count(), runs);
    }
}

#[test]
fn an_environment_leads_to_its_base() {
    let base = Path::new(PYTHON).canonicalize().unwrap();
    for way in ["--symlinks", "--copies"] {
        let folder = tempfile::tempdir().unwrap();
        let venv = folder.path().join("venv");
        let made = Command::new(PYTHON)
            .args(["-m", "venv", "--without-pip", way])
            .arg(&venv)
            .status()
            .unwrap();
        assert!(made.success());
        let cache = Cache::at(folder.path().join("cache"));
        let interpreter = ask(venv.join("bin/python").as_os_str(), &cache).unwrap();
        assert_eq!(interpreter.executable, base, "{way}");
        assert_eq!(
            interpreter.document,
            system_python(&Cache::none()).document,
            "{way}"
        );
    }
}

#[test]
fn what_is_no_python_is_refused() {
    let fails = |program: &str| ask(OsStr::new(program), &Cache::none()).unwrap_err();
    assert!(matches!(fails("/no/such/python"), Error::NotFound { .. }));
    assert!(matches!(fails("no-such-python"), Error::NotFound { .. }));
    assert!(matches!(fails("/bin/true"), Error::NotPython { .. }));
    assert!(matches!(fails("/bin/false"), Error::NotPython { .. }));
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    kit::write_program(&text, b"not a program");
    assert!(matches!(fails(text.to_str().unwrap()), Error::NotPython { .. }));
}

#[test]
fn the_default_index_is_pips() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    let interpreter = system_python(&cache);
    let expected = python_says(
        Path::new(PYTHON),
        "import pip._internal.models.index as i; print(i.PyPI.simple_url)",
    );
    for _ in 0..2 {
        assert_eq!(
            default_index(&interpreter, &cache).unwrap().as_deref(),
            Some(expected.as_str())
        );
    }
}

#[test]
fn a_target_is_a_name_or_a_document() {
    let named =
        |name: &str| python::target::named::<Error>(name, |_| Ok(br#"{"schema":"error/1"}"#.to_vec()));
    assert_eq!(named("cp312-win_amd64").unwrap().name(), "cp312-win_amd64");
    assert!(matches!(named("cp312"), Err(Error::BadName(_))));
    for file in ["-", "prod.json", "targets/prod"] {
        let refused = named(file).unwrap_err().to_string();
        assert!(refused.contains(file), "{refused}");
    }
}
