//! What packages say of the files that are about to change: advice, never a reason to stop.

use crate::{place::Place, root::current, tree::change::Change};
use etc::TreePath;
use std::{collections::BTreeMap, ffi::OsString, fs::File, process::Command};

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
        if let Some(conffile) = packages.get(change.path.as_bytes()) {
            let (package, state) = (conffile.package, state(place, change, conffile.md5));
            let note =
                format!("a conffile of {package}{state}: an upgrade will ask about it, or keep this one");
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

/// What dpkg knows of a conffile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Conffile<'a> {
    package: &'a str,
    /// The digest of the file as it came with the package, in hexadecimal.
    md5: &'a str,
}

/// Says whether the file that is there is as the package brought it, if that can be told.
fn state(place: &Place, change: &Change, packaged: &str) -> &'static str {
    let file = current::open(place, &change.path, &change.op.before);
    match file.ok().flatten().and_then(md5) {
        Some(found) if found == packaged => ", as packaged until now",
        Some(_) => ", modified already",
        None => "",
    }
}

/// Has the digest made that dpkg uses, which nothing else needs any more.
fn md5(file: File) -> Option<String> {
    let output = Command::new("md5sum").stdin(file).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_ascii_whitespace().next().map(str::to_owned)
}

/// Returns the conffiles of packages, by their paths below `/etc`.
fn packages(status: &str) -> BTreeMap<&[u8], Conffile<'_>> {
    let (mut packages, mut package, mut listing) = (BTreeMap::new(), "", false);
    for line in status.lines() {
        if let Some(name) = line.strip_prefix("Package: ") {
            package = name;
        }
        match line.strip_prefix(' ') {
            Some(entry) if listing => {
                let mut words = entry.split(' ');
                let path = words.next().and_then(|path| path.strip_prefix("/etc/"));
                let md5 = words.next().unwrap_or_default();
                packages.extend(path.map(|path| (path.as_bytes(), Conffile { package, md5 })));
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
            .map(|(path, found)| {
                (
                    String::from_utf8_lossy(path).into_owned(),
                    (found.package, found.md5),
                )
            })
            .collect();
        assert_eq!(
            names,
            [
                ("crontab".to_owned(), ("cron", "11")),
                ("default/cron".to_owned(), ("cron", "00"))
            ]
        );
    }
}
