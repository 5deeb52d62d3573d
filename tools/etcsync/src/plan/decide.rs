//! Deciding: from what is wanted, found and remembered to changes. Pure.

use crate::{
    plan::wanted::Wanted, root::look::Found, state::remembered::Managed, tree::along::Along,
    tree::change::Change, tree::entry,
};
use etc::TreePath;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use wire::etc::{Entry, OpKind};

/// What is to be done, and what is then remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decision {
    /// The changes, sorted by path.
    pub(crate) changes: Vec<Change>,
    /// How many paths are as wanted.
    pub(crate) same: u64,
    /// What etcsync then looks after.
    pub(crate) managed: Arc<BTreeMap<TreePath, Managed>>,
}

/// Decides for every path that is wanted; what was found must cover them.
pub(crate) fn decide(
    wanted: &BTreeMap<TreePath, Wanted>,
    found: &BTreeMap<TreePath, Found>,
    managed: &Arc<BTreeMap<TreePath, Managed>>,
) -> Decision {
    let mut decision = Decision {
        managed: Arc::clone(managed),
        ..Decision::default()
    };
    let (mut found, mut managed) = (Along::new(found), Along::new(managed));
    for (path, wanted) in wanted {
        let Some(found) = found.at(path) else { continue };
        let known = managed.at(path);
        let change = change(path, wanted, found, known);
        if let Some(known) = then(wanted, found, known, change.is_some()) {
            let managed = Arc::make_mut(&mut decision.managed);
            match known {
                Some(known) => _ = managed.insert(path.clone(), known),
                None => _ = managed.remove(path),
            }
        }
        match change {
            Some(change) => decision.changes.push(change),
            None => decision.same += 1,
        }
    }
    decision
}

/// Says that a path is as wanted, and that what is known of it stays as it is: there is nothing to
/// decide.
pub(crate) fn is_settled(wanted: &Wanted, found: &Found, known: Option<&Managed>) -> bool {
    entry::same(&found.entry, &wanted.entry) && then(wanted, found, known, false).is_none()
}

fn change(path: &TreePath, wanted: &Wanted, found: &Found, known: Option<&Managed>) -> Option<Change> {
    let taken_away = known.is_some_and(|known| known.wrote != Entry::Absent);
    let gone = wanted.dropped && found.entry == Entry::Absent && taken_away;
    if gone || entry::same(&found.entry, &wanted.entry) {
        return None;
    }
    let mut change = Change::new(path.clone(), found.entry.clone(), wanted.entry.clone());
    let op = &mut change.op;
    if wanted.dropped && matches!(op.op, OpKind::Create | OpKind::Replace | OpKind::Meta) {
        op.op = OpKind::Restore;
    }
    op.layer = wanted.layer.filter(|_| entry::is_file(&op.after));
    op.drift = known.is_some_and(|known| !entry::same(&known.wrote, &found.entry));
    op.secret = wanted.secret || is_private(&op.before) || is_private(&op.after);
    op.services = wanted
        .check
        .iter()
        .chain(&wanted.reload)
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    op.blocked = found
        .blocked
        .clone()
        .or_else(|| standing_in_the_way(wanted, &found.entry));
    op.notes = notes(op.op, known.is_some(), found);
    Some(change)
}

/// A file that not everybody may read is nobody's business in a plan either.
fn is_private(entry: &Entry) -> bool {
    matches!(entry, Entry::File { mode, .. } if mode.0 & 0o004 == 0)
}

fn standing_in_the_way(wanted: &Wanted, found: &Entry) -> Option<String> {
    match (found, &wanted.entry) {
        (Entry::Special { what }, _) => Some(format!("a {what} is there")),
        (Entry::Folder { .. }, Entry::Absent) if !wanted.dropped => {
            Some("it is a folder, and absent is for files and links".to_owned())
        }
        _ => None,
    }
}

fn notes(op: OpKind, known: bool, found: &Found) -> Vec<String> {
    let mut notes = Vec::new();
    let replaces = matches!(
        op,
        OpKind::Replace | OpKind::Meta | OpKind::Delete | OpKind::Retype
    );
    if replaces && !known {
        notes.push("not etcsync's until now; the original is kept".to_owned());
    }
    if found.names > 1 {
        notes.push(format!(
            "the file has {} names, and only this one is changed",
            found.names
        ));
    }
    notes
}

/// Says how what etcsync knows of a path changes: what it writes, and what was there before it
/// first did. `None` is no change, `Some(None)` forgets the path.
/// A path that is as wanted without its doing stays nobody's.
fn then(wanted: &Wanted, found: &Found, known: Option<&Managed>, changes: bool) -> Option<Option<Managed>> {
    let wrote = || wanted.entry.clone();
    match known {
        known if wanted.dropped => known.map(|_| None),
        Some(known) if known.wrote == wanted.entry => None,
        Some(known) if !entry::is_folder(&wanted.entry) || changes => Some(Some(Managed {
            wrote: wrote(),
            ..known.clone()
        })),
        None if changes => Some(Some(Managed {
            wrote: wrote(),
            original: found.entry.clone(),
            concerns: wanted.concerns(),
            attributes: BTreeMap::new(),
        })),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Wanted, decide};
    use crate::{
        root::look::Found,
        state::remembered::{Concerns, Managed},
        tree::entry,
    };
    use etc::TreePath;
    use std::{collections::BTreeMap, sync::Arc};
    use wire::etc::{Entry, Mode, OpKind};

    fn file(content: &str, mode: u32) -> Entry {
        let digest = format!("sha256:{content}");
        Entry::File {
            digest,
            size: Some(1),
            mode: Mode(mode),
            uid: None,
            gid: None,
        }
    }

    fn folder(mode: u32) -> Entry {
        Entry::Folder {
            mode: Mode(mode),
            uid: None,
            gid: None,
        }
    }

    fn managed_as(wrote: Entry, original: Entry) -> Managed {
        Managed {
            wrote,
            original,
            concerns: Concerns::default(),
            attributes: BTreeMap::new(),
        }
    }

    fn one<T>(value: T) -> BTreeMap<TreePath, T> {
        BTreeMap::from([(TreePath::new("p").unwrap(), value)])
    }

    fn decision(wanted: Option<Entry>, found: &Entry, managed: Option<(Entry, Entry)>) -> Decision {
        let known = managed.map(|(wrote, original)| managed_as(wrote, original));
        let original = known.as_ref().map(|known| known.original.clone());
        let dropped = wanted.is_none();
        let wanted = Wanted {
            entry: wanted.or(original).unwrap(),
            layer: None,
            dropped,
            secret: false,
            check: Vec::new(),
            reload: Vec::new(),
        };
        let found = Found {
            entry: found.clone(),
            blocked: None,
            names: 1,
        };
        decide(
            &one(wanted),
            &one(found),
            &Arc::new(known.map(one).unwrap_or_default()),
        )
    }

    fn ops(decision: &Decision) -> Vec<(OpKind, bool)> {
        decision
            .changes
            .iter()
            .map(|change| (change.op.op, change.op.drift))
            .collect()
    }

    #[test]
    fn new_changed_and_equal_files() {
        let a = file("a", 0o644);
        assert_eq!(
            ops(&decision(Some(a.clone()), &Entry::Absent, None)),
            [(OpKind::Create, false)]
        );
        assert_eq!(
            ops(&decision(Some(a.clone()), &file("b", 0o644), None)),
            [(OpKind::Replace, false)]
        );
        assert_eq!(
            ops(&decision(Some(a.clone()), &file("a", 0o600), None)),
            [(OpKind::Meta, false)]
        );
        let equal = decision(Some(a.clone()), &a, None);
        assert_eq!((ops(&equal).len(), equal.same, equal.managed.len()), (0, 1, 0));
    }

    #[test]
    fn existing_folders_are_left_alone() {
        assert_eq!(ops(&decision(Some(folder(0o755)), &folder(0o700), None)), []);
        assert_eq!(
            ops(&decision(Some(folder(0o755)), &file("a", 0o644), None)),
            [(OpKind::Retype, false)]
        );
    }

    #[test]
    fn drift_is_a_difference_from_what_etcsync_wrote() {
        let (a, b, c) = (file("a", 0o644), file("b", 0o644), file("c", 0o644));
        let known = Some((a.clone(), Entry::Absent));
        assert_eq!(
            ops(&decision(Some(b.clone()), &a, known.clone())),
            [(OpKind::Replace, false)]
        );
        assert_eq!(
            ops(&decision(Some(b.clone()), &c, known.clone())),
            [(OpKind::Replace, true)]
        );
        assert_eq!(
            ops(&decision(Some(b), &Entry::Absent, known.clone())),
            [(OpKind::Create, true)]
        );
        assert_eq!(
            ops(&decision(Some(c.clone()), &c, known)),
            [],
            "the same change was made by hand"
        );
    }

    #[test]
    fn what_nobody_asks_for_goes_back_to_what_it_was() {
        let (a, b, c) = (file("a", 0o644), file("b", 0o644), file("c", 0o644));
        let made = Some((a.clone(), Entry::Absent));
        let replaced = Some((a.clone(), b.clone()));
        assert_eq!(ops(&decision(None, &a, made.clone())), [(OpKind::Delete, false)]);
        assert_eq!(ops(&decision(None, &c, made.clone())), [(OpKind::Delete, true)]);
        assert_eq!(ops(&decision(None, &Entry::Absent, made)), []);
        assert_eq!(
            ops(&decision(None, &a, replaced.clone())),
            [(OpKind::Restore, false)]
        );
        let back = decision(None, &b, replaced);
        assert_eq!((ops(&back).len(), back.managed.len()), (0, 0));
    }

    #[test]
    fn the_first_original_is_remembered() {
        let (a, b, c) = (file("a", 0o644), file("b", 0o644), file("c", 0o644));
        let first = decision(Some(b.clone()), &a, None);
        assert_eq!(*first.managed, one(managed_as(b.clone(), a.clone())));
        let second = decision(Some(c.clone()), &b, Some((b.clone(), a.clone())));
        assert_eq!(*second.managed, one(managed_as(c, a)));
    }

    #[test]
    fn what_not_everybody_may_read_is_secret() {
        let found = decision(Some(file("a", 0o640)), &Entry::Absent, None);
        assert!(found.changes[0].op.secret);
        let found = decision(Some(file("a", 0o644)), &file("b", 0o600), None);
        assert!(found.changes[0].op.secret);
    }

    #[test]
    fn what_is_no_file_is_in_the_way() {
        let pipe = Entry::Special {
            what: "named pipe".to_owned(),
        };
        let found = decision(Some(file("a", 0o644)), &pipe, None);
        assert_eq!(
            found.changes[0].op.blocked.as_deref(),
            Some("a named pipe is there")
        );
        let found = decision(Some(Entry::Absent), &folder(0o755), None);
        assert!(found.changes[0].op.blocked.is_some());
        let found = decision(Some(Entry::Absent), &entry::link(b"x"), None);
        assert_eq!(ops(&found), [(OpKind::Delete, false)]);
    }
}
