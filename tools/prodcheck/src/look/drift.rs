//! What the other tools' documents tell.

use cli::{Failure, Input};
use wire::environment::Verified;
use wire::etc::{Plan, Status as EtcStatus};
use wire::release::Status as ReleaseStatus;
use wire::{Document, Kind, ReadError};

use crate::notes::Notes;

/// How many differences of one environment are named; the rest is counted.
const NAMED: usize = 10;

/// Takes in a document of another tool.
pub(crate) fn document(input: &Input, notes: &mut Notes) -> Result<(), Failure> {
    let bad = |error: ReadError| Failure::new(Kind::BadDocument, error.to_string()).file(&input.name);
    let schema = wire::schema_of(&input.bytes).map_err(bad)?;
    match schema.as_str() {
        Plan::SCHEMA => plan(&wire::read(&input.bytes).map_err(bad)?, notes),
        EtcStatus::SCHEMA => etc(&wire::read(&input.bytes).map_err(bad)?, notes),
        Verified::SCHEMA => environment(&wire::read(&input.bytes).map_err(bad)?, notes),
        ReleaseStatus::SCHEMA => release(&wire::read(&input.bytes).map_err(bad)?, notes),
        other => {
            let message = format!("expected a document that tells of drift, found {other}");
            return Err(Failure::new(Kind::BadDocument, message).file(&input.name));
        }
    }
    Ok(())
}

fn plan(plan: &Plan, notes: &mut Notes) {
    for op in &plan.ops {
        let evidence = format!("the repository has another one: {}", op.op.name());
        notes.add("etc-drift", format!("{}/{}", plan.root, op.path), evidence);
    }
}

fn etc(status: &EtcStatus, notes: &mut Notes) {
    for drifted in &status.drift {
        let how = format!("{:?} since etcsync wrote it", drifted.how).to_lowercase();
        notes.add("etc-drift", format!("{}/{}", status.root, drifted.path), how);
    }
    for service in &status.pending {
        notes.add("etc-pending", &*status.root, format!("{service} was not told"));
    }
    if let Some(phase) = status.interrupted {
        let phase = format!("{phase:?}").to_lowercase();
        notes.add(
            "etc-pending",
            &*status.root,
            format!("interrupted in the phase {phase}"),
        );
    }
}

fn environment(verified: &Verified, notes: &mut Notes) {
    for finding in verified.findings.iter().take(NAMED) {
        let what = format!("{:?}: {}", finding.what, finding.path);
        notes.add("environment-drift", &*verified.path, what);
    }
    let more = verified.findings.len().saturating_sub(NAMED);
    if more > 0 {
        notes.add("environment-drift", &*verified.path, format!("and {more} more"));
    }
}

fn release(status: &ReleaseStatus, notes: &mut Notes) {
    let current = status.current.as_ref().map_or("current", |release| &release.id);
    let mut add = |evidence: String| notes.add("release-drift", current, evidence);
    for path in status.drift.iter().flatten().take(NAMED) {
        add(format!("{path} is not as its commit has it"));
    }
    for commit in &status.local_commits {
        add(format!("it lacks the commit {} made here", commit.commit));
    }
    if let Some(id) = &status.interrupted {
        add(format!("a switch to {id} was interrupted"));
    }
    if status.as_expected == Some(false) {
        add("it is not the commit expected".to_owned());
    }
}
