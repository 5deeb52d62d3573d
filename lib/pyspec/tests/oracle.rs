//! Compares the crate with Python's own libraries, in bulk.
//!
//! `tests/oracle/compare.py` asks `packaging` (and pip) and this crate the same questions; here it
//! talks to the code of `examples/oracle` over a pair of pipes. The Python that it needs is made by
//! `scripts/bootstrap`; without it these tests fail, unless `TEST_SKIP_ORACLES=1` says otherwise.

#![expect(
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the crate itself does no I/O; its test runs a program and shows what that found"
)]

#[path = "../examples/oracle/serve/mod.rs"]
mod serve;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// What `scripts/bootstrap` installs, packaging and pip, and what the answers were compared with.
const PINNED: &str = "packaging 26.3 and pip 26.3";

#[test]
fn versions() {
    compare("versions");
}

#[test]
fn specifiers() {
    compare("specifiers");
}

#[test]
fn markers() {
    compare("markers");
}

#[test]
fn requirements() {
    compare("requirements");
}

#[test]
fn names() {
    compare("names");
}

#[test]
fn filenames() {
    compare("filenames");
}

#[test]
fn machines() {
    compare("machines");
}

#[test]
fn requirements_files() {
    compare("requirements_files");
}

#[test]
fn pylocks() {
    compare("pylocks");
}

#[test]
fn documents() {
    compare("documents");
}

/// Runs one group of comparisons and fails if a difference has no reason.
fn compare(group: &str) {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/compare.py");
    let mut child = Command::new(&python)
        .args(["-E", "-s", "-B", "-X", "utf8"])
        .arg(&script)
        .arg(group)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", python.display()));
    let (requests, answers) = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    // What it says is read at the same time, lest it wait for a reader.
    let server = thread::spawn(move || serve::serve(requests, answers));
    let output = child.wait_with_output().unwrap();
    let served = server.join().unwrap();
    let findings = String::from_utf8_lossy(&output.stderr);
    eprintln!("{findings}");
    assert!(
        output.status.success(),
        "{group}: {} ({served:?})\n{findings}",
        output.status
    );
}

/// Finds the Python that has the pinned `packaging`; `None` if these tests are to be skipped.
fn python() -> Option<PathBuf> {
    if env_var("TEST_SKIP_ORACLES").as_deref() == Some("1") {
        eprintln!("SKIPPED: TEST_SKIP_ORACLES=1, so nothing was compared with Python's packaging");
        return None;
    }
    let oracles = env_var("PYDEPLOY_ORACLES").map_or_else(default_oracles, PathBuf::from);
    let python = oracles.join("bin/python");
    let found = Command::new(&python)
        .args([
            "-I",
            "-c",
            "import packaging, pip; print('packaging', packaging.__version__, 'and pip', pip.__version__)",
        ])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    assert!(
        found == PINNED,
        "no {PINNED} in {} (found {found:?}): run scripts/bootstrap, point PYDEPLOY_ORACLES \
         to an environment that has it, or set TEST_SKIP_ORACLES=1 to go without these comparisons",
        python.display()
    );
    Some(python)
}

/// Gives the place where `scripts/bootstrap` puts it.
fn default_oracles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracles")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the crate reads no environment; its test has to"
)]
fn env_var(name: &str) -> Option<String> {
    env::var(name).ok()
}
