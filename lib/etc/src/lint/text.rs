//! Line ends that a reader takes for part of the line.

use super::Notes;

/// Where a carriage return before the line feed breaks the line.
const STRICT: [&str; 10] = [
    "crontabs",
    "pam.d",
    "cron.d",
    "cron.hourly",
    "cron.daily",
    "cron.weekly",
    "cron.monthly",
    "sudoers.d",
    "init.d",
    "profile.d",
];

const STRICT_FILES: [&str; 4] = ["sudoers", "crontab", "nsswitch.conf", "fstab"];

pub(super) fn lint(content: &[u8], notes: &mut Notes<'_>) {
    if !is_strict(notes) && !content.starts_with(b"#!") {
        return;
    }
    let mut lines = content.split(|byte| *byte == b'\n');
    if let Some(at) = lines.position(|line| line.ends_with(b"\r")) {
        let line = u32::try_from(at + 1).ok();
        notes.error(
            "line-ends",
            line,
            "the line ends in CR LF, and the CR is taken for part of it",
        );
    }
}

/// Says whether the lines of a file are looked at, whatever it is.
pub(super) fn is_strict(notes: &Notes<'_>) -> bool {
    STRICT.iter().any(|folder| notes.is_in(folder)) || STRICT_FILES.iter().any(|file| notes.is(file))
}
