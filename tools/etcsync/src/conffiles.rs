//! What packages say of the files that are about to change: advice, never a reason to stop.

use crate::{change::Change, place::Place};
use etc::TreePath;
use std::{collections::BTreeMap, ffi::OsString};

/// Where dpkg keeps what it knows.
const STATUS: &str = "/var/lib/dpkg/status";

/// Where dpkg keeps which files go elsewhere.
const DIVERSIONS: &str = "/var/lib/dpkg/diversions";

/// Under which names a package leaves its new version beside a file that was changed.
const WAITING: [&str; 4] = [".dpkg-dist", ".dpkg-new", ".ucf-dist", ".ucf-new"];

/// Notes which changes are about conffiles, and whose new versions wait beside them.
pub(crate) fn note(place: &Place, changes: &mut [Change]) {
    if changes.is_empty() || !place.is_etc() {
        return;
    }
    let status = fs_err::read_to_string(STATUS).unwrap_or_default();
    let packages = packages(&status);
    let diversions = fs_err::read_to_string(DIVERSIONS).unwrap_or_default();
    let diverted = diverted(&diversions);
    for change in changes {
        if let Some(package) = packages.get(change.path.as_bytes()) {
            let note = format!("a conffile of {package}: an upgrade will ask about it, or keep this one");
            change.op.notes.push(note);
        }
        if let Some(waiting) = waiting(place, &change.path) {
            let note = format!("{waiting} waits beside it, the package's own new version");
            change.op.notes.push(note);
        }
        if let Some((to, by)) = diverted.get(change.path.as_bytes()) {
            let note = format!("diverted by {by} to {to}: the package's own file goes there");
            change.op.notes.push(note);
        }
    }
}

/// Returns the package of each conffile, by its path below `/etc`.
fn packages(status: &str) -> BTreeMap<&[u8], &str> {
    let (mut packages, mut package, mut listing) = (BTreeMap::new(), "", false);
    for line in status.lines() {
        if let Some(name) = line.strip_prefix("Package: ") {
            package = name;
        }
        match line.strip_prefix(' ') {
            Some(entry) if listing => {
                let path = entry
                    .split(' ')
                    .next()
                    .and_then(|path| path.strip_prefix("/etc/"));
                packages.extend(path.map(|path| (path.as_bytes(), package)));
            }
            Some(_) => {}
            None => listing = line == "Conffiles:",
        }
    }
    packages
}

/// Returns the path of a package's new version of a file, if one waits beside it.
pub(crate) fn waiting(place: &Place, path: &TreePath) -> Option<String> {
    let (folder, name) = place.root.parent_of(path.as_path()).ok()?;
    WAITING.iter().find_map(|ending| {
        let mut beside: OsString = name.clone();
        beside.push(ending);
        folder.stat(&beside).ok()??;
        Some(format!("{path}{ending}"))
    })
}

/// Returns who had a file below `/etc` diverted, and where to: three lines each.
fn diverted(text: &str) -> BTreeMap<&[u8], (&str, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let diversions = lines.as_chunks::<3>().0.iter();
    let below =
        diversions.filter_map(|[from, to, by]| Some((from.strip_prefix("/etc/")?.as_bytes(), (*to, *by))));
    below.collect()
}

#[cfg(test)]
mod tests {
    use super::packages;

    #[test]
    fn conffiles_are_those_of_the_paragraph() {
        let status = "Package: cron\nConffiles:\n /etc/default/cron 00\n /etc/crontab 11 obsolete\nDescription: x\n /etc/no\n\n\
                      Package: other\nDepends: a,\n b\n";
        let found = packages(status);
        let names: Vec<_> = found
            .iter()
            .map(|(path, name)| (String::from_utf8_lossy(path).into_owned(), *name))
            .collect();
        assert_eq!(
            names,
            [
                ("crontab".to_owned(), "cron"),
                ("default/cron".to_owned(), "cron")
            ]
        );
    }
}
