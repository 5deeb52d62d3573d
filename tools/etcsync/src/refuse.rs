//! Refusing, before anything is changed: a plan that no longer holds, and what a person has to
//! decide first.

use crate::{args::HowArgs, change::Change, entry, look::Look, place::Place, survey::Survey};
use cli::Failure;
use wire::{
    Kind,
    etc::{Entry, Level, OpKind, Plan},
};

/// Refuses a plan that would no longer be made just so.
pub(crate) fn stale(plan: &Plan, now: &Plan) -> Result<(), Failure> {
    difference(plan, now).map_or(Ok(()), Err)
}

/// Says how a plan differs from what would be planned now.
fn difference(plan: &Plan, now: &Plan) -> Option<Failure> {
    let stale = |message: String| Some(Failure::new(Kind::StalePlan, message));
    if plan == now {
        return None;
    }
    if plan.ownership != now.ownership {
        return stale("the plan was made by another user: whether owners count differs".to_owned());
    }
    if plan.generation != now.generation {
        return stale(format!(
            "the plan is for generation {}, and now is {}",
            plan.generation, now.generation
        ));
    }
    let moved = plan.ops.iter().find(|op| !now.ops.contains(op));
    let new = || now.ops.iter().find(|op| !plan.ops.contains(op));
    match (moved, new()) {
        (Some(op), _) => {
            let found = now.ops.iter().find(|other| other.path == op.path);
            let found = found.map_or("nothing to do".to_owned(), |op| {
                format!(
                    "{} of {} to {}",
                    op.op.name(),
                    entry::words(&op.before),
                    entry::words(&op.after)
                )
            });
            let planned = format!(
                "{} of {} to {}",
                op.op.name(),
                entry::words(&op.before),
                entry::words(&op.after)
            );
            Some(
                Failure::new(
                    Kind::StalePlan,
                    format!("planned was {planned}, now it is {found}"),
                )
                .file(&op.path),
            )
        }
        (None, Some(op)) => {
            Some(Failure::new(Kind::StalePlan, "the plan does not know of this path").file(&op.path))
        }
        (None, None) => stale("checks, reloads or findings are no longer what the plan says".to_owned()),
    }
}

/// Refuses what a person has to decide first.
pub(crate) fn undecided(survey: &Survey, how: &HowArgs) -> Result<(), Failure> {
    let fail =
        |kind, message: &str, change: &Change| Err(Failure::new(kind, message).file(change.path.text()));
    for change in &survey.changes {
        let op = &change.op;
        if let Some(why) = &op.blocked {
            return fail(Kind::Blocked, why, change);
        }
        if let Entry::Unknown { why } = &op.before {
            return fail(Kind::NoAccess, why, change);
        }
        if op.drift && !how.overwrite_drift {
            return fail(
                Kind::Drift,
                "somebody else changed it since etcsync wrote it",
                change,
            );
        }
        if op.op == OpKind::Retype && !how.retype {
            let message = format!(
                "{} is there, and {} is to be",
                entry::words(&op.before),
                entry::words(&op.after)
            );
            return fail(Kind::Blocked, &message, change)
                .map_err(|failure| failure.hint("pass --retype if that is meant"));
        }
    }
    match survey
        .plan
        .lint
        .iter()
        .find(|finding| finding.level == Level::Error)
    {
        None => Ok(()),
        Some(finding) => {
            let failure = Failure::new(Kind::Lint, &finding.text).file(&finding.path);
            Err(match finding.line {
                Some(line) => failure.line(line),
                None => failure,
            })
        }
    }
}

/// Looks at every path once more, right before the first change.
pub(crate) fn moved(place: &Place, changes: &[Change]) -> Result<(), Failure> {
    let mut look = Look::new(place);
    for change in changes {
        let now = look.at(&change.path)?;
        if now.entry != change.op.before || now.blocked.is_some() {
            let message = format!(
                "expected {}, found {}",
                entry::words(&change.op.before),
                now.blocked.unwrap_or_else(|| entry::words(&now.entry))
            );
            return Err(Failure::new(Kind::StalePlan, message).file(change.path.text()));
        }
    }
    Ok(())
}
