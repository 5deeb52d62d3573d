//! Code that others than the user who deploys can change.

use std::path::{Path, PathBuf};

use disk::{Entry, FileKind};

use super::App;
use crate::host::Host;
use crate::notes::Notes;

/// How many paths are named; the rest is counted.
const NAMED: usize = 5;

pub(super) fn look(host: &Host, app: &App, notes: &mut Notes) {
    let whole = ["releases", ".relswitch", "repo.git/hooks", "work", "host"];
    let tops = whole.map(|name| app.path.join(name));
    for top in folders(host, app, notes) {
        let is_whole = tops.iter().any(|whole| top.starts_with(whole));
        let faults = faults(host, app, &top, is_whole, notes);
        let more = faults.len().saturating_sub(NAMED);
        for fault in faults.into_iter().take(NAMED) {
            notes.add("release-writable", top.display().to_string(), fault);
        }
        if more > 0 {
            notes.add(
                "release-writable",
                top.display().to_string(),
                format!("and {more} more"),
            );
        }
    }
}

/// Returns the folders to report on: the application's own, each release, and what is beside them.
fn folders(host: &Host, app: &App, notes: &mut Notes) -> Vec<PathBuf> {
    let beside = [
        ".relswitch",
        "repo.git",
        "repo.git/hooks",
        "work",
        "host",
        "wheels",
    ];
    let mut folders = vec![app.path.clone(), app.path.join("releases")];
    folders.extend(beside.iter().map(|name| app.path.join(name)));
    folders.extend(host.list(&app.path.join("releases"), notes));
    folders.retain(|folder| host.has(folder));
    folders
}

/// Returns what others can change at a path, and below it if it is looked at whole.
fn faults(host: &Host, app: &App, top: &Path, is_whole: bool, notes: &mut Notes) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(step) = host.step(top).filter(|step| step.mode & 0o002 != 0) {
        faults.push(format!(". has mode {:04o}", step.mode));
    }
    let is_collection = top == app.path.join("releases");
    if is_whole && !is_collection {
        host.walk(top, notes, &mut |item, _| {
            let path = item.path.strip_prefix(top).unwrap_or(item.path);
            faults.extend(fault(host, app, item.entry).map(|why| format!("{} {why}", path.display())));
            true
        });
    }
    faults
}

/// Says who else can change a file or folder.
fn fault(host: &Host, app: &App, entry: &Entry) -> Option<String> {
    if entry.kind == FileKind::Link {
        return None;
    }
    if entry.uid != app.uid && entry.uid != 0 {
        return Some(format!("belongs to {}", host.accounts.name(entry.uid)));
    }
    let by_group = entry.mode & 0o020 != 0 && !host.accounts.is_own_group(entry.uid, entry.gid);
    (entry.mode & 0o002 != 0 || by_group).then(|| format!("has mode {:04o}", entry.mode))
}
