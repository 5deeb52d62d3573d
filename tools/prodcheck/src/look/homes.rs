//! What lies in homes and in the folders of applications: keys, passwords, ways out.

use std::path::{Path, PathBuf};

use disk::FileKind;
use wire::Progress;

use super::App;
use crate::host::{Host, Item};
use crate::notes::Notes;
use crate::read::{ini, key, ssh, url};

/// Files with names and passwords, by the ends of their paths.
const CREDENTIALS: [&str; 5] = [
    ".netrc",
    ".git-credentials",
    ".pypirc",
    ".aws/credentials",
    ".my.cnf",
];

/// Folders that hold no one's keys: those of packages (their tests have some), of git, of caches.
const PASSED_OVER: [&str; 5] = [
    "site-packages",
    "dist-packages",
    "objects",
    "node_modules",
    ".cache",
];

/// Homes that are looked at whole; of the others only what programs look for there.
const HOMES: [&str; 2] = ["/home", "/root"];

/// No key is longer.
const LONGEST: u64 = 64 * 1024;

pub(super) fn look(host: &Host, apps: &[App], notes: &mut Notes, progress: &dyn Progress) {
    let places = places(host, apps);
    // Homes are the one thing on a host that can be large.
    progress.begin("looking through homes", places.len() as u64, None);
    for path in places {
        host.walk(&path, notes, &mut |item, notes| visit(host, item, notes));
        progress.advance(1, 0);
    }
    progress.end();
}

/// Returns the folders to look through.
fn places(host: &Host, apps: &[App]) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = apps.iter().map(|app| app.path.clone()).collect();
    for user in &host.accounts.users {
        let home = &user.home;
        if HOMES.iter().any(|folder| home.starts_with(folder)) {
            places.push(home.clone());
        } else if home.is_absolute() && home.parent().is_some() {
            places.extend([".ssh", ".aws"].map(|name| home.join(name)));
        }
    }
    places.sort();
    places.dedup();
    places
}

fn visit(host: &Host, item: &Item<'_>, notes: &mut Notes) -> bool {
    let name = item.path.file_name().unwrap_or_default();
    match item.entry.kind {
        FileKind::Folder => return !PASSED_OVER.iter().any(|passed| name == *passed),
        FileKind::File if item.entry.size > 0 && item.entry.size <= LONGEST => {}
        _ => return false,
    }
    let path = item.path.display().to_string();
    if CREDENTIALS.iter().any(|ending| item.path.ends_with(ending)) {
        notes.add("stored-credentials", &*path, described(host, item, "it"));
    }
    let Some(bytes) = item.read(notes) else {
        return false;
    };
    if let Some(found) = key::find(&bytes) {
        private_key(host, item, found, true, notes);
    }
    if name == "config" {
        configuration(item.path, &String::from_utf8_lossy(&bytes), notes);
    }
    false
}

/// Looks into a file that is ssh's or git's configuration.
fn configuration(path: &Path, text: &str, notes: &mut Notes) {
    let shown = path.display().to_string();
    if path.ends_with(".ssh/config") && ssh::forwards(text) {
        notes.add("agent-forwarding", &*shown, "ForwardAgent is on");
    }
    if text.contains("[remote ") {
        remotes(&shown, text, notes);
    }
}

/// Notes a private key: that it is there, where none should be, and that everybody can read it.
pub(super) fn private_key(host: &Host, item: &Item<'_>, found: key::Key, is_astray: bool, notes: &mut Notes) {
    let path = item.path.display().to_string();
    let guard = if found.encrypted {
        "encrypted"
    } else {
        "not encrypted"
    };
    let evidence = described(host, item, &format!("{}, {guard},", found.kind));
    if is_astray {
        notes.add("private-key", &*path, &*evidence);
    }
    if item.entry.mode & 0o004 != 0 && everybody_gets_to(host, item.path) {
        notes.add("private-key-readable", path, evidence);
    }
}

fn everybody_gets_to(host: &Host, path: &Path) -> bool {
    let trail = host.trail(path.parent().unwrap_or(path));
    trail.steps.iter().all(|(_, step)| step.mode & 0o001 != 0)
}

fn described(host: &Host, item: &Item<'_>, what: &str) -> String {
    let owner = host.accounts.name(item.entry.uid);
    format!("{what} has mode {:04o} and belongs to {owner}", item.entry.mode)
}

fn remotes(path: &str, text: &str, notes: &mut Notes) {
    for setting in ini::settings(text) {
        let is_address = matches!(setting.name.as_str(), "url" | "pushurl");
        if is_address && setting.section.starts_with("remote ") && url::git_host(&setting.value).is_some() {
            let remote = setting.section.trim_start_matches("remote ").trim_matches('"');
            let address = url::redacted(&setting.value);
            notes.add("git-remote", path, format!("{remote} is {address}"));
        }
    }
}
