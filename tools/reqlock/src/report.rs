//! What a run tells: the lock, and what changed.

use cli::Page;
use lock::Lock;
use pyspec::name::Name;
use serde::Serialize;
use std::collections::BTreeMap;
use wire::lock::Change;

/// The document `lock/1` with the changes against the lock before.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Report {
    document: wire::lock::Lock,
    /// Whether there was no lock before.
    #[serde(skip)]
    is_first: bool,
}

impl Report {
    /// Compares the new lock with the old; `left_out` are files that were added to versions locked before.
    pub(crate) fn new(new: &Lock, old: Option<&Lock>, left_out: &BTreeMap<Name, Vec<String>>) -> Self {
        let mut document = new.to_document();
        if let Some(old) = old {
            document.changes = changes(&old.to_document(), &document, left_out);
        }
        Self {
            document,
            is_first: old.is_none(),
        }
    }
}

impl cli::Report for Report {
    fn people(&self, page: &mut Page) {
        for change in &self.document.changes {
            page.line(told(change));
        }
        let locked = cli::counted(self.document.packages.len(), "package");
        match self.document.changes.len() {
            _ if self.is_first => page.line(format_args!("{locked} locked")),
            0 => page.line(format_args!("{locked} locked, nothing changed")),
            changed => page.line(format_args!("{locked} locked, {changed} changed")),
        }
    }
}

/// Says what changed, as a line of a change log.
fn told(change: &Change) -> String {
    let dated = |version: &String, day: &Option<String>| match day {
        Some(day) => format!("{version} ({day})"),
        None => version.clone(),
    };
    let from = change
        .from
        .as_ref()
        .map(|from| dated(from, &change.from_released));
    let to = change.to.as_ref().map(|to| dated(to, &change.released));
    let mut line = match (from, to) {
        (Some(from), Some(to)) if from == to => format!("{} {to}", change.name),
        (Some(from), Some(to)) => format!("{} {from} -> {to}", change.name),
        (None, Some(to)) => format!("{} added {to}", change.name),
        (Some(from), None) => format!("{} removed, was {from}", change.name),
        (None, None) => change.name.clone(),
    };
    if let Some(reason) = &change.yanked {
        line += &format!(", yanked: {reason}");
    }
    if let Some(index) = &change.new_index {
        line += &format!(", now from {index}");
    }
    if !change.new_files.is_empty() {
        line += &format!(
            ", with new files that were left out: {}",
            change.new_files.join(", ")
        );
    }
    if !change.via.is_empty() {
        line += &format!("  [{}]", change.via.join(", "));
    }
    line
}

/// Lists what two locks do not have in common, by name.
fn changes(
    old: &wire::lock::Lock,
    new: &wire::lock::Lock,
    left_out: &BTreeMap<Name, Vec<String>>,
) -> Vec<Change> {
    let (before, after) = (versions(old), versions(new));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| Change {
        name: name.clone(),
        from: before.get(name).cloned(),
        to: after.get(name).cloned(),
        from_released: released(old, name),
        released: released(new, name),
        yanked: of(new, name).find_map(|package| package.yanked.clone()),
        new_index: new_index(old, new, name),
        new_files: Name::parse(name)
            .ok()
            .and_then(|name| left_out.get(&name).cloned())
            .unwrap_or_default(),
        via: via(new, name),
    };
    let all = names.into_iter().map(change);
    all.filter(|change| {
        change.from != change.to || change.new_index.is_some() || !change.new_files.is_empty()
    })
    .collect()
}

fn of<'l>(lock: &'l wire::lock::Lock, name: &'l str) -> impl Iterator<Item = &'l wire::lock::Package> {
    lock.packages.iter().filter(move |package| package.name == name)
}

fn released(lock: &wire::lock::Lock, name: &str) -> Option<String> {
    of(lock, name)
        .filter_map(|package| package.released.clone())
        .max()
}

/// Returns the index that a package is from now, if both locks know that, and it was another before.
fn new_index(old: &wire::lock::Lock, new: &wire::lock::Lock, name: &str) -> Option<String> {
    let (before, now) = (of(old, name).next()?, of(new, name).next()?);
    let changed = match (&before.origin, &now.origin) {
        (Some(before), Some(now)) if before != now => Some(now.clone()),
        _ => None,
    };
    let named = || (before.index != now.index).then(|| now.index.clone());
    changed.or_else(|| Some(named()?.unwrap_or_else(|| "the usual index".to_owned())))
}

/// Returns the versions by name; several of one name, for different targets, are joined.
fn versions(lock: &wire::lock::Lock) -> BTreeMap<String, String> {
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    for package in &lock.packages {
        let all = versions.entry(package.name.clone()).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(&package.version);
    }
    versions
}

fn via(lock: &wire::lock::Lock, name: &str) -> Vec<String> {
    let all: std::collections::BTreeSet<String> = of(lock, name)
        .flat_map(|package| package.via.iter().cloned())
        .collect();
    all.into_iter().collect()
}
