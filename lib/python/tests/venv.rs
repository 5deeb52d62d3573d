//! Environments laid out here, started for real.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kit::PYTHON;
use python::venv::{self, Options};
use python::{Cache, ask};

/// Makes an environment in a folder of that name; the first is removed when dropped.
fn make(name: &OsStr, change: impl FnOnce(&mut Options)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let destination = folder.path().join(name);
    let interpreter = ask(OsStr::new(PYTHON), &Cache::none()).unwrap();
    let mut options = Options::new(&destination);
    change(&mut options);
    fs_err::create_dir(&destination).unwrap();
    venv::write(&venv::plan(&interpreter, &options), &destination, None).unwrap();
    (folder, destination)
}

fn says(program: impl AsRef<OsStr>, args: &[&OsStr]) -> Vec<u8> {
    let output = Command::new(program)
        .args(args)
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout.trim_ascii_end().to_vec()
}

const FACTS: &str = "import os, site, sys, sysconfig; \
    sys.stdout.buffer.write(os.fsencode('\\n'.join([sys.prefix, sys.base_prefix, sysconfig.get_path('purelib'), \
    str(sysconfig.get_path('purelib') in sys.path), str(site.ENABLE_USER_SITE)])))";

#[test]
fn python_takes_it_for_one_of_its_environments() {
    for name in [
        OsString::from("plain"),
        OsString::from("a b'c"),
        OsString::from_vec(b"caf\xe9".to_vec()),
    ] {
        let (_folder, venv) = make(&name, |_| ());
        for program in ["python", "python3", "python3.11"] {
            let found = says(venv.join("bin").join(program), &["-c".as_ref(), FACTS.as_ref()]);
            let purelib = venv.join("lib/python3.11/site-packages");
            let expected: Vec<&[u8]> = vec![
                venv.as_os_str().as_encoded_bytes(),
                b"/usr",
                purelib.as_os_str().as_encoded_bytes(),
                b"True",
                b"False",
            ];
            assert_eq!(
                found,
                expected.join(&b'\n'),
                "{}",
                String::from_utf8_lossy(&found)
            );
        }
    }
}

#[test]
fn it_equals_what_the_standard_library_makes() {
    let (folder, ours) = make(OsStr::new("ours"), |options| options.system_site_packages = true);
    let theirs = folder.path().join("theirs");
    let args = ["-m", "venv", "--without-pip", "--system-site-packages"];
    assert!(
        Command::new(PYTHON)
            .args(args)
            .arg(&theirs)
            .status()
            .unwrap()
            .success()
    );
    let script = "import sys, sysconfig, json; p = lambda s: s.replace(sys.prefix, 'PREFIX'); \
                  print(json.dumps([list(map(p, sys.path)), {k: p(v) for k, v in sysconfig.get_paths().items()}]))";
    let facts = |venv: &Path| says(venv.join("bin/python"), &["-c".as_ref(), script.as_ref()]);
    assert_eq!(String::from_utf8(facts(&ours)), String::from_utf8(facts(&theirs)));
}

#[test]
fn activation_puts_it_first_and_back() {
    let (_folder, venv) = make(OsStr::new("a b'c"), |_| ());
    for shell in shells() {
        assert_eq!(activated(shell, &venv, &venv), expected(&venv), "{shell}");
    }
}

#[test]
fn what_is_relocatable_is_activated_where_it_is() {
    let (folder, venv) = make(OsStr::new("first"), |options| options.relocatable = true);
    let moved = folder.path().join("a \"$b'c");
    fs_err::rename(&venv, &moved).unwrap();
    let moved = fs_err::canonicalize(moved).unwrap();
    let link = folder.path().join("link");
    fs_err::os::unix::fs::symlink(&moved, &link).unwrap();
    for shell in shells() {
        assert_eq!(activated(shell, &moved, &moved), expected(&moved), "{shell}");
        if !is_silent(shell) {
            assert_eq!(
                activated(shell, &link, folder.path()),
                expected(&moved),
                "{shell}"
            );
        }
    }
}

#[test]
fn a_shell_that_does_not_say_where_it_reads_is_told_so() {
    let (folder, venv) = make(OsStr::new("venv"), |options| options.relocatable = true);
    for shell in shells().filter(|shell| is_silent(shell)) {
        let output = Command::new(shell)
            .args(["-euc", ". venv/bin/activate; echo \"${VIRTUAL_ENV-unset}\""])
            .current_dir(folder.path())
            .env_remove("VIRTUAL_ENV")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{said}");
        assert!(said.contains("cd to the environment"), "{said}");
    }
    assert!(venv.exists());
}

fn shells() -> impl Iterator<Item = &'static str> {
    let known = ["/bin/sh", "/bin/bash", "/bin/zsh", "/usr/bin/fish"];
    known.into_iter().filter(|shell| Path::new(shell).exists())
}

/// Says whether a shell does not tell a script that it reads where that is.
fn is_silent(shell: &str) -> bool {
    shell == "/bin/sh"
}

/// Activates an environment in a folder and leaves it again; returns what is seen meanwhile.
fn activated(shell: &str, venv: &Path, folder: &Path) -> String {
    let test = "before=\"$PATH\"; . \"$1\"; command -v python; echo \"$VIRTUAL_ENV_PROMPT\"; deactivate; \
                [ \"$before\" = \"$PATH\" ] && [ -z \"${VIRTUAL_ENV-}\" ] && echo back";
    let fish = "set --path before $PATH; source $argv[1]; command -v python; echo $VIRTUAL_ENV_PROMPT; deactivate; \
                test \"$before\" = \"$PATH\"; and not set -q VIRTUAL_ENV; and echo back";
    let mut command = Command::new(shell);
    match shell.ends_with("fish") {
        true => command.args(["-c", fish]).arg(venv.join("bin/activate.fish")),
        false => command.args(["-c", test, "sh"]).arg(venv.join("bin/activate")),
    };
    let output = command
        .current_dir(folder)
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{shell}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn expected(venv: &Path) -> String {
    let name = venv.file_name().unwrap().to_string_lossy();
    format!("{}/bin/python\n{name}\nback\n", venv.display())
}

#[test]
fn options_are_honoured() {
    let (_folder, venv) = make(OsStr::new("v"), |options| {
        options.activation = false;
        options.prompt = Some("two\nlines".to_owned());
    });
    assert!(!venv.join("bin/activate").exists());
    let text = fs_err::read_to_string(venv.join("pyvenv.cfg")).unwrap();
    assert!(text.contains("\nprompt = two lines\n"), "{text}");
    assert!(
        text.contains("\ninclude-system-site-packages = false\n"),
        "{text}"
    );
}
