//! Owners and modes that daemons insist on, and files that no validator reads.

use super::{Notes, names::RUN_PARTS};

/// Files whose mistakes lock administrators out, and which nothing can check beforehand.
const UNCHECKED: [&str; 4] = ["fstab", "nsswitch.conf", "passwd", "shadow"];

pub(super) fn lint(mode: u32, roots: bool, notes: &mut Notes<'_>) {
    if notes.is_in("logrotate.d") || notes.is("logrotate.conf") {
        if mode & 0o022 != 0 {
            notes.error(
                "logrotate-mode",
                None,
                "logrotate ignores files that others than root can write",
            );
        }
        if !roots {
            notes.error(
                "logrotate-owner",
                None,
                "logrotate ignores files that do not belong to root",
            );
        }
    }
    if RUN_PARTS.iter().any(|folder| notes.is_in(folder)) && mode & 0o111 == 0 {
        notes.error(
            "run-parts-mode",
            None,
            "run-parts passes over files that are not executable",
        );
    }
    if notes.is_in("pam.d") || UNCHECKED.iter().any(|path| notes.is(path)) {
        notes.warning(
            "unchecked",
            "a mistake here locks administrators out, and nothing checks it beforehand",
        );
    }
}
