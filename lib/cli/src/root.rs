//! Not as root.

use crate::Failure;
use std::os::unix::fs::MetadataExt;
use wire::Kind;

/// Refuses to go on as root, unless it is allowed by flag or by `PYDEPLOY_ALLOW_ROOT=1`.
///
/// # Errors
///
/// The effective user is uid 0.
pub fn refuse_root(allow: bool) -> Result<(), Failure> {
    let allowed = allow || std::env::var_os("PYDEPLOY_ALLOW_ROOT").is_some_and(|value| value == "1");
    if allowed || !is_root() {
        return Ok(());
    }
    Err(Failure::new(Kind::Root, "refusing to run as root"))
}

/// Says whether the effective user is uid 0: the owner of our own entry in /proc.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
