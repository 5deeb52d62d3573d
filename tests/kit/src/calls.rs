//! System calls that change something, as strace writes them down: where a run may be ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The calls that change something, for strace's `trace=`.
pub const CHANGES: &str =
    "/^(openat|write|rename|symlink|link|mkdir|unlink|rmdir|fsync|fdatasync|syncfs|fchmod|chmod|ftruncate)";

/// Reads what `strace -f -y` wrote and returns the calls that change something in a folder, by the number that each has
/// in its process or thread: of `openat` and `write` those that make or fill a file there.
pub fn changes(trace: &str, folder: &Path) -> BTreeMap<String, BTreeSet<usize>> {
    let folder = format!("<{}/", folder.display());
    let mut made: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut found: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for line in trace.lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        // The rest of a call that another process came in between of was counted when it began.
        let Some((call, arguments)) = rest.split_once('(').filter(|_| !rest.starts_with('<')) else {
            continue;
        };
        let number = made.entry((process, call)).or_default();
        *number += 1;
        let changes = match call {
            "openat" => arguments.contains("O_CREAT"),
            "write" => arguments.split(',').next().unwrap().contains(&folder),
            _ => true,
        };
        if changes {
            found.entry(call.to_owned()).or_default().insert(*number);
        }
    }
    found
}
