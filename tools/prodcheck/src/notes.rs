//! What was found, while looking.

use std::collections::{BTreeMap, BTreeSet};

use wire::host::{Finding, Unread};

use crate::table;

/// Collects findings, and what could not be looked at.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    found: BTreeMap<(&'static str, String), BTreeSet<String>>,
    unread: BTreeMap<String, String>,
}

impl Notes {
    /// Adds evidence for a finding.
    pub(crate) fn add(&mut self, id: &'static str, subject: impl Into<String>, evidence: impl Into<String>) {
        let found = self.found.entry((id, subject.into())).or_default();
        found.insert(evidence.into());
    }

    /// Notes that something could not be looked at.
    pub(crate) fn unread(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.unread.insert(what.into(), why.into());
    }

    /// Returns the findings by id and subject, and what could not be looked at.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, Vec<Unread>) {
        let unread = self.unread.into_iter();
        let unread = unread.map(|(what, why)| Unread { what, why }).collect();
        (
            self.found
                .into_iter()
                .filter_map(|((id, subject), evidence)| finding(id, subject, evidence))
                .collect(),
            unread,
        )
    }
}

fn finding(id: &str, subject: String, evidence: BTreeSet<String>) -> Option<Finding> {
    let row = table::of(id)?;
    Some(Finding {
        id: id.to_owned(),
        subject,
        evidence: evidence.into_iter().collect(),
        why: row.why.to_owned(),
        mend: row.mend.to_owned(),
        accepted: None,
    })
}
