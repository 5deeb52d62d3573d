//! Names that the reader of a folder passes over, or takes although it should not.

use super::{Notes, Subject};
use crate::TreePath;

/// Folders whose programs are run by run-parts.
pub(super) const RUN_PARTS: [&str; 9] = [
    "cron.hourly",
    "cron.daily",
    "cron.weekly",
    "cron.monthly",
    "update-motd.d",
    "network/if-up.d",
    "network/if-down.d",
    "ppp/ip-up.d",
    "ppp/ip-down.d",
];

/// Endings of files that editors, packages and people leave behind.
const LEFT_OVER: [&str; 10] = [
    "~",
    ".bak",
    ".old",
    ".orig",
    ".swp",
    ".save",
    ".dpkg-dist",
    ".dpkg-new",
    ".dpkg-old",
    ".ucf-dist",
];

pub(super) fn lint(subject: Subject<'_>, notes: &mut Notes<'_>) {
    let name = String::from_utf8_lossy(subject.path.name()).into_owned();
    let left_over = is_left_over(subject.path);
    if notes.is_in("cron.d") && !is_plain(&name) {
        notes.error(
            "cron-name",
            None,
            "cron ignores names with anything but letters, digits, - and _",
        );
    } else if RUN_PARTS.iter().any(|folder| notes.is_in(folder)) && !is_plain(&name) {
        notes.error(
            "run-parts-name",
            None,
            "run-parts ignores names with anything but letters, digits, - and _",
        );
    } else if notes.is_in("sudoers.d") && (name.contains('.') || name.ends_with('~')) {
        notes.error(
            "sudoers-name",
            None,
            "sudo ignores names that contain a dot or end in ~",
        );
    } else if notes.is_in("logrotate.d") && left_over {
        notes.error(
            "logrotate-name",
            None,
            "logrotate ignores names that end like this",
        );
    } else if (notes.is_in("apache2/sites-enabled") || notes.is_in("apache2/conf-enabled"))
        && !ends_in_conf(&name)
    {
        notes.error("apache-name", None, "apache reads names that end in .conf only");
    } else if notes.is_in("supervisor/conf.d") && !ends_in_conf(&name) {
        notes.error(
            "supervisor-name",
            None,
            "supervisord reads names that end in .conf only",
        );
    } else if notes.is_in("nginx/sites-enabled") && left_over {
        notes.warning(
            "left-over",
            "nginx reads whatever is in this folder, left-overs too",
        );
    }
}

/// Says whether a file looks like one that was left behind.
pub(super) fn is_left_over(path: &TreePath) -> bool {
    LEFT_OVER
        .iter()
        .any(|ending| path.name().ends_with(ending.as_bytes()))
}

fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn ends_in_conf(name: &str) -> bool {
    name.strip_suffix(".conf").is_some_and(|stem| !stem.is_empty())
}
