//! Refusing a plan that no longer holds.

use crate::{layers::embed, tree::entry};
use cli::Failure;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use wire::{
    Kind,
    etc::{EmbeddedItem, Op, Plan, Source},
};

/// Refuses a plan that would no longer be made just so.
pub(crate) fn stale(plan: &Plan, now: &Plan) -> Result<(), Failure> {
    let (then, now) = (Essence::new(plan, plan), Essence::new(now, plan));
    then.difference(&now).map_or(Ok(()), Err)
}

/// What of a plan has to be the same when it is made again.
struct Essence<'p> {
    plan: &'p Plan,
    ops: Vec<Cow<'p, Op>>,
    /// Whether the plan carries its source. It was made elsewhere: what its host has besides the paths concerned is
    /// another matter.
    travelled: bool,
}

impl<'p> Essence<'p> {
    fn new(of: &'p Plan, given: &Plan) -> Self {
        let embedded = given.embedded.iter();
        let withheld: BTreeSet<&str> = embedded
            .flat_map(embed::withheld)
            .map(|item| item.path.as_str())
            .collect();
        let travelled = given.embedded.is_some();
        let essential = |op: &'p Op| match travelled {
            false => Cow::Borrowed(op),
            true => Cow::Owned(Op {
                services: Vec::new(),
                notes: Vec::new(),
                ..op.clone()
            }),
        };
        let ops = of.ops.iter().filter(|op| !withheld.contains(&*op.path));
        Self {
            plan: of,
            ops: ops.map(essential).collect(),
            travelled,
        }
    }

    /// Says how a plan differs from what would be planned now.
    fn difference(&self, now: &Self) -> Option<Failure> {
        let (then, other) = (self.plan, now.plan);
        let stale = |message: &str| Some(Failure::new(Kind::StalePlan, message));
        if then.ownership != other.ownership {
            return stale("the plan was made by another user: whether owners count differs");
        }
        if then.generation != other.generation {
            let (planned, is) = (then.generation, other.generation);
            return stale(&format!("the plan is for generation {planned}, and now is {is}"));
        }
        let same_ops = self.ops == now.ops;
        if !same_ops && let Some(failure) = self.differing_op(now) {
            return Some(failure);
        }
        if !self.travelled && without_git(&then.source) != without_git(&other.source) {
            return stale("the layers, or the rules for them, are not those that the plan was made from");
        }
        let same = same_ops
            && then.root == other.root
            && (self.travelled || of_the_whole_host(then) == of_the_whole_host(other));
        match same {
            true => None,
            false => stale("checks, reloads or findings are no longer what the plan says"),
        }
    }

    fn differing_op(&self, now: &Self) -> Option<Failure> {
        let (then, is) = (self.by_path(), now.by_path());
        let differs = |op: &&Cow<'_, Op>| is.get(&path(op)) != Some(&&***op);
        if let Some(op) = self.ops.iter().find(differs) {
            return Some(moved_on(op, is.get(&path(op)).copied()));
        }
        let unknown = now.ops.iter().find(|op| !then.contains_key(&path(op)))?;
        let failure = Failure::new(Kind::StalePlan, "the plan does not know of this path");
        Some(failure.file(&unknown.path))
    }

    fn by_path(&self) -> BTreeMap<Path<'_>, &Op> {
        self.ops.iter().map(|op| (path(op), &**op)).collect()
    }
}

/// A path as a plan spells it: text, and base64 if it is none.
type Path<'p> = (&'p str, Option<&'p str>);

fn path(op: &Op) -> Path<'_> {
    (&op.path, op.path_b64.as_deref())
}

/// Returns what a plan was made from. Nothing is decided by the commit.
fn without_git(source: &Source) -> Source {
    let mut source = source.clone();
    if let Source::Layers { git, .. } = &mut source {
        *git = None;
    }
    source
}

/// Returns what of a plan depends on more than the paths concerned.
fn of_the_whole_host(plan: &Plan) -> impl PartialEq {
    let Plan {
        checks,
        books,
        reloads,
        skipped,
        lint,
        summary,
        // These are compared for themselves, or are the source and not the plan.
        schema: _,
        root: _,
        ownership: _,
        source: _,
        generation: _,
        ops: _,
        embedded: _,
    } = plan;
    (checks, books, reloads, skipped, lint, summary)
}

/// Refuses to apply what a plan says of files that it does not carry.
pub(crate) fn withheld(plan: &Plan) -> Result<(), Failure> {
    let mut left_out = plan.embedded.iter().flat_map(embed::withheld);
    let changed: BTreeSet<&str> = plan.ops.iter().map(|op| op.path.as_str()).collect();
    let concerned = |item: &&EmbeddedItem| changed.contains(&*item.path);
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn plan() -> Value {
        let create = |path: &str| {
            let folder = json!({"kind": "folder", "mode": "0755", "uid": 0, "gid": 0});
            json!({"op": "create", "path": path, "before": {"kind": "absent"}, "after": folder})
        };
        json!({
            "schema": "etcsync.plan/1",
            "root": "/etc",
            "ownership": "compared",
            "source": {"from": "layers", "layers": ["etc"], "git": {"commit": "1", "dirty": false}},
            "generation": 1,
            "ops": [create("a"), create("b")],
            "checks": [], "reloads": [], "skipped": [], "lint": [],
            "summary": {
                "create": 2, "replace": 0, "meta": 0, "delete": 0, "restore": 0,
                "retype": 0, "unknown": 0, "same": 0, "blocked": 0, "drift": 0,
            },
        })
    }

    /// What is said of a plan if another one would be made now, in which something is different.
    fn said(pointer: &str, value: Value) -> Option<String> {
        let mut now = plan();
        *now.pointer_mut(pointer).unwrap() = value;
        let [plan, now] = [plan(), now].map(|plan| serde_json::from_value(plan).unwrap());
        Some(stale(&plan, &now).err()?.message().to_owned())
    }

    #[test]
    fn every_difference_is_told() {
        let ops = plan()["ops"].clone();
        let mut third = ops[0].clone();
        third["path"] = json!("c");
        let planned = "planned was create of nothing to a folder, 0755, now it is";
        let rest = "checks, reloads or findings are no longer what the plan says";
        for (pointer, value, message) in [
            (
                "/ownership",
                json!("skipped"),
                "the plan was made by another user: whether owners count differs",
            ),
            (
                "/generation",
                json!(2),
                "the plan is for generation 1, and now is 2",
            ),
            ("/ops", json!([ops[0]]), &*format!("{planned} nothing to do")),
            (
                "/ops",
                json!([ops[0], ops[0]]),
                &format!("{planned} nothing to do"),
            ),
            (
                "/ops",
                json!([ops[0], ops[1], third]),
                "the plan does not know of this path",
            ),
            ("/ops", json!([ops[0], ops[1], ops[1]]), rest),
            (
                "/ops/1/after/mode",
                json!("0700"),
                &format!("{planned} create of nothing to a folder, 0700"),
            ),
            (
                "/source/layers",
                json!(["other"]),
                "the layers, or the rules for them, are not those that the plan was made from",
            ),
            ("/root", json!("/other"), rest),
            ("/summary/same", json!(1), rest),
            (
                "/reloads",
                json!([{"name": "nginx", "commands": [], "why": []}]),
                rest,
            ),
        ] {
            assert_eq!(said(pointer, value).as_deref(), Some(message), "{pointer}");
        }
        assert_eq!(said("/source/git/commit", json!("2")), None);
    }
}
