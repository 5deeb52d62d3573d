//! Links that point nowhere.

use super::{Host, Notes};
use crate::TreePath;

/// Where a daemon refuses to start over a link that points nowhere.
const ENABLED: [&str; 4] = [
    "nginx/sites-enabled",
    "apache2/sites-enabled",
    "apache2/mods-enabled",
    "apache2/conf-enabled",
];

pub(super) fn lint(target: &[u8], host: &dyn Host, notes: &mut Notes<'_>) {
    let shown = String::from_utf8_lossy(target).into_owned();
    match resolve(notes.path, target) {
        None => notes.warning(
            "leaves-root",
            format!("the link leads out of the root, to {shown}"),
        ),
        Some(path) if host.exists(&path) => {}
        Some(_) if ENABLED.iter().any(|folder| notes.is_in(folder)) => {
            notes.error(
                "dangling-link",
                None,
                format!("{shown} will not be there, and the daemon will not start"),
            );
        }
        Some(_) => notes.warning("dangling-link", format!("{shown} will not be there")),
    }
}

/// Returns the path below the root that a link means, links on the way not followed; nothing
/// if it leads out. An absolute target below `/etc` means the root, whichever it is.
fn resolve(link: &TreePath, target: &[u8]) -> Option<TreePath> {
    let (below_etc, folder) = (target.strip_prefix(b"/etc/"), link.parent());
    if below_etc.is_none() && target.starts_with(b"/") {
        return None;
    }
    let mut names: Vec<&[u8]> = match &folder {
        Some(folder) if below_etc.is_none() => folder.as_bytes().split(|b| *b == b'/').collect(),
        _ => Vec::new(),
    };
    let rest = below_etc.unwrap_or(target);
    for name in rest.split(|b| *b == b'/') {
        match name {
            b"" | b"." => {}
            b".." => _ = names.pop()?,
            name => names.push(name),
        }
    }
    TreePath::new(names.join(&b'/')).ok()
}
