//! `/etc`: what everybody can write, what leads out of it, what it holds.

use std::path::Path;

use disk::FileKind;

use super::{homes, supervisor};
use crate::host::{Host, Item};
use crate::notes::Notes;
use crate::read::key;

/// Nothing that is looked for is in a longer file.
const LONGEST: u64 = 256 * 1024;

pub(super) fn look(host: &Host, notes: &mut Notes) {
    host.walk(Path::new("/etc"), notes, &mut |item, notes| {
        match item.entry.kind {
            FileKind::Link => link(host, item, notes),
            FileKind::File => file(host, item, notes),
            FileKind::Folder | FileKind::Other => {}
        }
        let is_sticky = item.entry.kind == FileKind::Folder && item.entry.mode & 0o1000 != 0;
        if item.entry.kind != FileKind::Link && item.entry.mode & 0o002 != 0 && !is_sticky {
            let evidence = format!("it has mode {:04o}", item.entry.mode);
            notes.add("etc-writable", item.path.display().to_string(), evidence);
        }
        true
    });
}

fn link(host: &Host, item: &Item<'_>, notes: &mut Notes) {
    let Some(target) = item.target() else { return };
    let trail = host.trail(item.path);
    if let Some((place, step)) = trail.unprivileged() {
        let weak = host.owned(place, step);
        let evidence = format!("it leads to {}, where {weak}", target.display());
        notes.add("etc-leads-out", item.path.display().to_string(), evidence);
    }
}

fn file(host: &Host, item: &Item<'_>, notes: &mut Notes) {
    if item.entry.size > LONGEST {
        return;
    }
    let is_configuration = item
        .path
        .extension()
        .is_some_and(|ending| ending == "conf" || ending == "ini");
    let is_readable = item.entry.mode & 0o004 != 0;
    // A key that is not readable by everybody is where it belongs; nobody has to open it.
    if !is_configuration && !is_readable {
        return;
    }
    let Some(bytes) = item.read(notes) else { return };
    if let Some(found) = key::find(&bytes) {
        homes::private_key(host, item, found, false, notes);
    }
    if is_configuration {
        supervisor::look(item.path, &String::from_utf8_lossy(&bytes), notes);
    }
}
