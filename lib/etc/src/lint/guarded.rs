//! Files whose mistakes lock administrators out: they are checked come what may, and people are told.

use super::Notes;

const FILES: [&str; 8] = [
    "fstab",
    "nsswitch.conf",
    "passwd",
    "shadow",
    "group",
    "gshadow",
    "pam.conf",
    "ssh/sshd_config",
];

const FOLDERS: [&str; 2] = ["pam.d", "ssh/sshd_config.d"];

pub(super) fn lint(notes: &mut Notes<'_>) {
    if FILES.iter().any(|file| notes.is(file)) || FOLDERS.iter().any(|folder| notes.is_in(folder)) {
        notes.warning(
            "guarded",
            "a mistake here locks administrators out: keep a root shell open until you have logged in anew",
        );
    }
}
