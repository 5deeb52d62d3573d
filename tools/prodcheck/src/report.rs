//! What was found, for people.

use anstyle::AnsiColor;
use cli::{Page, Report, counted};
use serde::Serialize;
use wire::host::{Accepted, Audit, Finding, Kind, List};

use crate::table::{Row, TABLE};

/// The report of a look at a host.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Shown(pub(crate) Audit);

impl Report for Shown {
    fn people(&self, page: &mut Page) {
        let audit = &self.0;
        for kind in audit.findings.chunk_by(|one, next| one.id == next.id) {
            show(kind, page);
        }
        for gone in &audit.gone {
            page.line(format_args!(
                "gone from the baseline: {}  {}",
                gone.id, gone.subject
            ));
        }
        for unread in &audit.unread {
            page.line(format_args!("not looked at: {}: {}", unread.what, unread.why));
        }
        let open = counted(audit.open as usize, "finding");
        let accepted = audit.findings.len() - audit.open as usize;
        page.line(match accepted {
            0 => open,
            accepted => format!("{open}, {accepted} more accepted"),
        });
    }
}

/// Shows the findings of one kind: what was seen of each, and once what to do.
fn show(kind: &[Finding], page: &mut Page) {
    let Some(first) = kind.first() else { return };
    page.line(page.paint(AnsiColor::Red, &first.id));
    for Finding {
        subject,
        evidence,
        accepted,
        ..
    } in kind
    {
        match accepted {
            None => page.line(format_args!("  {subject}: {}", evidence.join("; "))),
            Some(Accepted::Allowed) => page.line(format_args!("  {subject} (allowed)")),
            Some(Accepted::Baseline) => page.line(format_args!("  {subject} (in the baseline)")),
        }
    }
    if kind.iter().any(|finding| finding.accepted.is_none()) {
        page.line(format_args!("  why: {}", first.why));
        page.line(format_args!("  mend: {}", first.mend));
    }
}

/// Returns the list of what is looked for, as a text.
pub(crate) fn list() -> String {
    TABLE
        .iter()
        .map(|row| format!("{}\n    {}\n    {}\n", row.id, row.what, row.why))
        .collect()
}

/// The same list for programs.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Listed(List);

impl Listed {
    pub(crate) fn new() -> Self {
        let kind = |row: &Row| Kind {
            id: row.id.to_owned(),
            what: row.what.to_owned(),
            why: row.why.to_owned(),
            mend: row.mend.to_owned(),
        };
        let kinds = TABLE.iter().map(kind).collect();
        Self(List {
            kinds,
            ..List::default()
        })
    }
}

impl Report for Listed {
    fn people(&self, page: &mut Page) {
        page.line(list().trim_end());
    }
}
