//! Whom changes concern, and how many there are.

use crate::{plan::decide::Decision, plan::wanted::Wanted, tree::change::Change};
use etc::TreePath;
use std::collections::{BTreeMap, BTreeSet};
use wire::etc::{OpKind, Reload, Summary};

/// Returns the reloads of changes, with those that are pending from before.
pub(crate) fn reloads(
    changes: &[Change],
    wanted: &BTreeMap<TreePath, Wanted>,
    commands: &dyn Fn(&str) -> Vec<Vec<String>>,
    pending: &[Reload],
) -> Vec<Reload> {
    let mut why: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for change in changes {
        for service in wanted.get(&change.path).iter().flat_map(|wanted| &wanted.reload) {
            why.entry(service.clone()).or_default().insert(change.path.text());
        }
    }
    for reload in pending {
        why.entry(reload.name.clone())
            .or_default()
            .extend(reload.why.iter().cloned());
    }
    let known = |name: &str| pending.iter().find(|reload| reload.name == name);
    let mut reloads: Vec<Reload> = why
        .into_iter()
        .map(|(name, why)| {
            let now = commands(&name);
            let before = known(&name)
                .map(|reload| reload.commands.clone())
                .unwrap_or_default();
            let commands = if now.is_empty() { before } else { now };
            Reload {
                name,
                commands,
                why: why.into_iter().collect(),
            }
        })
        .filter(|reload| !reload.commands.is_empty())
        .collect();
    // systemd must know of changed units before it is asked to start them.
    reloads.sort_by_key(|reload| (reload.name != "systemd", reload.name.clone()));
    reloads
}

/// Counts the changes.
pub(crate) fn summary(decision: &Decision) -> Summary {
    let changes = &decision.changes;
    let count = |kind| changes.iter().filter(|change| change.op.op == kind).count() as u64;
    Summary {
        create: count(OpKind::Create),
        replace: count(OpKind::Replace),
        meta: count(OpKind::Meta),
        delete: count(OpKind::Delete),
        restore: count(OpKind::Restore),
        retype: count(OpKind::Retype),
        unknown: count(OpKind::Unknown),
        same: decision.same,
        blocked: changes
            .iter()
            .filter(|change| change.op.blocked.is_some())
            .count() as u64,
        drift: changes.iter().filter(|change| change.op.drift).count() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::reloads;
    use crate::{plan::wanted::Wanted, tree::change::Change};
    use etc::TreePath;
    use wire::etc::{Entry, Mode};

    fn file(content: &str, mode: u32) -> Entry {
        Entry::File {
            digest: format!("sha256:{content}"),
            size: Some(1),
            mode: Mode(mode),
            uid: None,
            gid: None,
        }
    }

    #[test]
    fn systemd_reads_its_units_before_anything_else_is_told() {
        let paths = ["nginx/app", "systemd/app", "app/app"].map(|path| TreePath::new(path).unwrap());
        let change = |path: &TreePath| Change::new(path.clone(), Entry::Absent, file("a", 0o644));
        let wanted = |path: &TreePath| Wanted {
            entry: file("a", 0o644),
            layer: None,
            dropped: false,
            secret: false,
            check: Vec::new(),
            reload: vec![path.text().replace("/app", "")],
        };
        let wanted = paths.iter().map(|path| (path.clone(), wanted(path))).collect();
        let commands = |name: &str| vec![vec![name.to_owned()]];
        let reloads = reloads(&paths.each_ref().map(change), &wanted, &commands, &[]);
        let names: Vec<_> = reloads.iter().map(|reload| reload.name.as_str()).collect();
        assert_eq!(names, ["systemd", "app", "nginx"]);
    }
}
