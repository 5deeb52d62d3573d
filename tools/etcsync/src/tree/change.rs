//! One change: an op of a plan with its path as the system takes it, and true digests.

use crate::{tree::entry, tree::entry::Attributes};
use cli::Failure;
use etc::TreePath;
use std::collections::BTreeSet;
use wire::etc::{Entry, Op, OpKind};

/// An op and its path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The path below the root.
    pub(crate) path: TreePath,
    /// The op, its digests not veiled.
    pub(crate) op: Op,
    /// What hangs on the file that is there.
    pub(crate) attributes: Attributes,
}

impl Change {
    /// Makes the change of a path from one entry to another.
    pub(crate) fn new(path: TreePath, before: Entry, after: Entry) -> Self {
        let op = Op {
            op: kind(&before, &after),
            path: path.text(),
            path_b64: path.b64(),
            layer: None,
            before,
            after,
            drift: false,
            secret: false,
            blocked: None,
            services: Vec::new(),
            notes: Vec::new(),
        };
        Self {
            path,
            op,
            attributes: Attributes::new(),
        }
    }

    /// Takes an op from a journal.
    pub(crate) fn read(op: Op, attributes: Attributes) -> Result<Self, Failure> {
        Ok(Self {
            path: TreePath::from_wire(&op.path, op.path_b64.as_deref())?,
            op,
            attributes,
        })
    }

    /// Says when it is done: folders, files, links; then what goes: links, files, folders; and
    /// last what takes the place of a folder.
    pub(crate) fn rank(&self) -> u8 {
        match (&self.op.before, &self.op.after) {
            (_, Entry::Folder { .. }) => 0,
            (Entry::Folder { .. }, Entry::File { .. } | Entry::Link { .. }) => 6,
            (_, Entry::File { .. }) => 1,
            (_, Entry::Link { .. }) => 2,
            (Entry::Link { .. }, _) => 3,
            (Entry::File { .. }, _) => 4,
            _ => 5,
        }
    }
}

/// Puts changes, with their numbers, into the order in which they are done.
pub(crate) fn in_order(changes: &[Change]) -> Vec<(usize, &Change)> {
    let mut ordered: Vec<(usize, &Change)> = changes.iter().enumerate().collect();
    ordered.sort_by(|(_, one), (_, other)| {
        let inside_out = one.rank() >= 3;
        let paths = if inside_out {
            other.path.cmp(&one.path)
        } else {
            one.path.cmp(&other.path)
        };
        one.rank().cmp(&other.rank()).then(paths)
    });
    ordered
}

/// Returns the folders that changes are in.
pub(crate) fn folders(changes: &[Change]) -> BTreeSet<&[u8]> {
    changes.iter().map(|change| change.path.folder()).collect()
}

/// Returns what changes one entry into the other.
fn kind(before: &Entry, after: &Entry) -> OpKind {
    match (before, after) {
        (Entry::Unknown { .. }, _) => OpKind::Unknown,
        (Entry::Absent, _) => OpKind::Create,
        (_, Entry::Absent) => OpKind::Delete,
        _ if entry::is_folder(before) != entry::is_folder(after) => OpKind::Retype,
        _ if entry::digest(before).is_some() && entry::digest(before) == entry::digest(after) => OpKind::Meta,
        _ => OpKind::Replace,
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, in_order};
    use etc::TreePath;
    use wire::etc::{Entry, Mode};

    fn change(path: &str, before: Entry, after: Entry) -> Change {
        Change::new(TreePath::new(path).unwrap(), before, after)
    }

    fn file() -> Entry {
        Entry::File {
            digest: "sha256:00".to_owned(),
            size: None,
            mode: Mode(0o644),
            uid: None,
            gid: None,
        }
    }

    fn folder() -> Entry {
        Entry::Folder {
            mode: Mode(0o755),
            uid: None,
            gid: None,
        }
    }

    fn link() -> Entry {
        crate::tree::entry::link(b"x")
    }

    #[test]
    fn targets_come_before_links_and_links_go_before_targets() {
        let changes = [
            change("a/old-folder", folder(), Entry::Absent),
            change("a/old-folder/file", file(), Entry::Absent),
            change("a/old-link", link(), Entry::Absent),
            change("b/link", Entry::Absent, link()),
            change("c/new", Entry::Absent, folder()),
            change("c/new/file", Entry::Absent, file()),
            change("c/new/sub", Entry::Absent, folder()),
        ];
        let order: Vec<String> = in_order(&changes)
            .iter()
            .map(|(_, change)| change.path.text())
            .collect();
        let expected = [
            "c/new",
            "c/new/sub",
            "c/new/file",
            "b/link",
            "a/old-link",
            "a/old-folder/file",
            "a/old-folder",
        ];
        assert_eq!(order, expected);
    }
}
