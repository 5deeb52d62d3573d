//! Owners and modes that daemons insist on.

use super::{Notes, names::RUN_PARTS};

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
}
