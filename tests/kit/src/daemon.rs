//! What a test needs of the machine, and daemons that it waits for.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long anything is waited for: a busy machine is slow, and one that hangs is to be told.
const LONGEST: Duration = Duration::from_secs(120);

/// Says whether a daemon is here; fails the test if not, unless `TEST_SKIP_DAEMONS=1` asks to do without.
#[track_caller]
pub fn has(program: &str) -> bool {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let found = folders
        .iter()
        .any(|folder| Path::new(folder).join(program).exists());
    if !found {
        let allowed = std::env::var_os("TEST_SKIP_DAEMONS").is_some_and(|value| value == "1");
        assert!(
            allowed,
            "{program} is missing: run scripts/bootstrap, or set TEST_SKIP_DAEMONS=1"
        );
        skipped(&format!("{program} is missing"));
    }
    found
}

/// Says whether the tests run as root, for a test that can be told by nobody else.
pub fn has_root() -> bool {
    if !crate::is_root() {
        skipped("this one needs root");
    }
    crate::is_root()
}

/// Says that a test is skipped: past the capture of the harness, so that it is heard.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    _ = std::io::stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes());
}

/// Waits for something to become true.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONGEST, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
