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
    let shells = ["/bin/sh", "/bin/bash", "/usr/bin/fish"];
    for shell in shells.into_iter().filter(|shell| Path::new(shell).exists()) {
        let script = if shell.ends_with("fish") {
            "activate.fish"
        } else {
            "activate"
        };
        let source = venv.join("bin").join(script);
        let test = "before=\"$PATH\"; . \"$1\"; command -v python; echo \"$VIRTUAL_ENV_PROMPT\"; deactivate; \
                    [ \"$before\" = \"$PATH\" ] && [ -z \"${VIRTUAL_ENV-}\" ] && echo back";
        let fish = "set before $PATH; source $argv[1]; command -v python; echo $VIRTUAL_ENV_PROMPT; deactivate; \
                    test \"$before\" = \"$PATH\"; and not set -q VIRTUAL_ENV; and echo back";
        let args: [&OsStr; 4] = ["-c".as_ref(), test.as_ref(), "sh".as_ref(), source.as_ref()];
        let found = if shell.ends_with("fish") {
            says(shell, &["-c".as_ref(), fish.as_ref(), source.as_ref()])
        } else {
            says(shell, &args)
        };
        let expected = format!("{}/bin/python\na b'c\nback", venv.display());
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{shell}");
    }
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
