//! Refusing a plan that no longer holds.

use crate::{layers::embed, tree::entry};
use cli::Failure;
use std::collections::BTreeSet;
use wire::{
    Kind,
    etc::{EmbeddedItem, Op, Plan, Source, Summary},
};

/// Refuses a plan that would no longer be made just so.
pub(crate) fn stale(plan: &Plan, now: &Plan) -> Result<(), Failure> {
    let (then, now) = (essence(plan, plan), essence(now, plan));
    difference(&then, &now).map_or(Ok(()), Err)
}

/// Returns what of a plan has to be the same when it is made again. One that carries its source was made
/// elsewhere: what its host has besides the paths concerned is another matter.
fn essence(of: &Plan, given: &Plan) -> Plan {
    let mut plan = Plan {
        embedded: None,
        ..of.clone()
    };
    if let Source::Layers { git, .. } = &mut plan.source {
        *git = None;
    }
    let Some(embedded) = &given.embedded else {
        return plan;
    };
    let withheld: BTreeSet<&str> = embed::withheld(embedded).map(|item| item.path.as_str()).collect();
    plan.ops.retain(|op| !withheld.contains(op.path.as_str()));
    for op in &mut plan.ops {
        (op.services, op.notes) = (Vec::new(), Vec::new());
    }
    Plan {
        source: given.source.clone(),
        checks: Vec::new(),
        books: Vec::new(),
        reloads: Vec::new(),
        skipped: Vec::new(),
        lint: Vec::new(),
        summary: Summary::default(),
        ..plan
    }
}

/// Refuses to apply what a plan says of files that it does not carry.
pub(crate) fn withheld(plan: &Plan) -> Result<(), Failure> {
    let mut left_out = plan.embedded.iter().flat_map(embed::withheld);
    let concerned = |item: &&EmbeddedItem| plan.ops.iter().any(|op| op.path == item.path);
    match left_out.find(concerned) {
        None => Ok(()),
        Some(item) => Err(Failure::new(
            Kind::NotFound,
            "its content is not in the plan, because it is secret",
        )
        .file(&item.path)
        .hint("plan with --embed-secrets, or leave it out with --only")),
    }
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
    if let Some(op) = plan.ops.iter().find(|op| !now.ops.contains(op)) {
        let found = now.ops.iter().find(|other| other.path == op.path);
        return Some(moved_on(op, found));
    }
    if let Some(op) = now.ops.iter().find(|op| !plan.ops.contains(op)) {
        let failure = Failure::new(Kind::StalePlan, "the plan does not know of this path");
        return Some(failure.file(&op.path));
    }
    if plan.source != now.source {
        return stale(
            "the layers, or the rules for them, are not those that the plan was made from".to_owned(),
        );
    }
    stale("checks, reloads or findings are no longer what the plan says".to_owned())
}

fn moved_on(op: &Op, found: Option<&Op>) -> Failure {
    let words = |op: &Op| {
        let (before, after) = (entry::words(&op.before), entry::words(&op.after));
        format!("{} of {before} to {after}", op.op.name())
    };
    let now = found.map_or("nothing to do".to_owned(), words);
    let failure = Failure::new(
        Kind::StalePlan,
        format!("planned was {}, now it is {now}", words(op)),
    );
    let failure = failure.file(&op.path);
    match op.secret && now == words(op) {
        true => failure.hint(
            "what is secret is known again by the host that made the plan: make it again here, etcsync plan -",
        ),
        false => failure,
    }
}
