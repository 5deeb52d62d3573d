//! What a run tells: the lock, and what changed.

use cli::Page;
use lock::Lock;
use serde::Serialize;
use std::collections::BTreeMap;
use wire::lock::Change;

/// The document `lock/1` with the changes against the lock before.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Report {
    document: wire::lock::Lock,
}

impl Report {
    /// Compares the new lock with the old.
    pub(crate) fn new(new: &Lock, old: Option<&Lock>) -> Self {
        let mut document = new.to_document();
        if let Some(old) = old {
            document.changes = changes(&old.to_document(), &document);
        }
        Self { document }
    }
}

impl cli::Report for Report {
    fn people(&self, page: &mut Page) {
        for change in &self.document.changes {
            let versions = match (&change.from, &change.to) {
                (Some(from), Some(to)) => format!("{from} -> {to}"),
                (None, Some(to)) => format!("added {to}"),
                (Some(from), None) => format!("removed, was {from}"),
                (None, None) => String::new(),
            };
            page.line(format_args!("{} {versions}", change.name));
        }
        page.line(format_args!(
            "{} locked, {} changed",
            cli::counted(self.document.packages.len(), "package"),
            self.document.changes.len()
        ));
    }
}

/// Lists what two locks do not have in common, by name.
fn changes(old: &wire::lock::Lock, new: &wire::lock::Lock) -> Vec<Change> {
    let (before, after) = (versions(old), versions(new));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    let change = |name: &String| Change {
        name: name.clone(),
        from: before.get(name).cloned(),
        to: after.get(name).cloned(),
        via: via(new, name),
    };
    differing.map(change).collect()
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
    let named = lock.packages.iter().filter(|package| package.name == name);
    let all: std::collections::BTreeSet<String> =
        named.flat_map(|package| package.via.iter().cloned()).collect();
    all.into_iter().collect()
}
