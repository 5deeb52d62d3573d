//! What is asked for: the layers are gone through by several processors at once.

use crate::{
    compare::Depth, known::Known, look::Found, place::Place, plan::Wanted, scope::Scope, seen::Seen,
    source::Item, source::Layers, wanted::Asking,
};
use cli::Failure;
use etc::{Rules, TreePath};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};
use wire::etc::Finding;

/// How many items of the layers a processor takes at a time.
const BATCH: usize = 64;

/// More processors do not read files faster.
const PROCESSORS: usize = 4;

/// What is asked, and of what.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) place: &'a Place,
    pub(crate) layers: &'a Layers,
    pub(crate) rules: &'a Rules,
    pub(crate) known: &'a Known,
    pub(crate) scope: &'a Scope,
    pub(crate) depth: Depth,
}

/// What is asked for and not settled, and what daemons will say of it.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// What the layers have, in their order, and what stands there.
    pub(crate) items: Vec<(TreePath, Wanted, Found)>,
    /// What is asked for besides.
    pub(crate) added: BTreeMap<TreePath, Wanted>,
    /// How much is there as it is to be.
    pub(crate) same: u64,
    pub(crate) lint: Vec<Finding>,
    /// The users whose crontabs are left out.
    pub(crate) crontabs: Vec<String>,
    /// The scripts of `init.d` that are to be enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
}

/// Works out what layers and rules ask for.
pub(crate) fn ask(question: &Question<'_>, seen: &Seen) -> Result<Asked, Failure> {
    let items: Vec<(&TreePath, &Item)> = question.layers.items.iter().collect();
    let batches = Batches {
        items: &items,
        next: AtomicUsize::new(0),
    };
    let enough = items.len().div_ceil(BATCH).clamp(1, PROCESSORS);
    let processors = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(enough);
    let parts: Vec<Part> = thread::scope(|scope| {
        let work = || part(question, seen, &batches);
        let others: Vec<_> = (1..processors).map(|_| scope.spawn(work)).collect();
        let own = work();
        let join = |other: thread::ScopedJoinHandle<'_, Part>| {
            other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        others.into_iter().map(join).chain([own]).collect()
    });
    let mut asked = together(parts)?;
    let beside = seen.beside();
    let mut rest = Asking::new(question, &beside);
    for path in question.rules.absent() {
        rest.absent(path)?;
    }
    asked.added.extend(rest.asked.added);
    asked.lint.sort();
    Ok(asked)
}

/// The items, to be taken one batch after the other.
struct Batches<'a> {
    items: &'a [(&'a TreePath, &'a Item)],
    next: AtomicUsize,
}

impl<'a> Batches<'a> {
    /// Returns the next batch, and the number of its first item.
    fn next(&self) -> Option<(usize, &'a [(&'a TreePath, &'a Item)])> {
        let start = self.next.fetch_add(BATCH, Ordering::Relaxed);
        let rest = self.items.get(start..).filter(|rest| !rest.is_empty())?;
        Some((start, &rest[..rest.len().min(BATCH)]))
    }
}

/// What one processor has found out, or at which item it failed.
type Part = Result<Asked, (usize, Failure)>;

fn part(question: &Question<'_>, seen: &Seen, batches: &Batches<'_>) -> Part {
    let beside = seen.beside();
    let mut asking = Asking::new(question, &beside);
    while let Some((start, batch)) = batches.next() {
        for (number, (path, item)) in batch.iter().enumerate() {
            asking
                .take(path, item)
                .map_err(|failure| (start + number, failure))?;
        }
    }
    let asked = asking.asked;
    seen.add(beside.notes());
    Ok(asked)
}

/// Joins what was found out; of several failures, the first by its path is told.
fn together(parts: Vec<Part>) -> Result<Asked, Failure> {
    let (mut all, mut failed) = (Asked::default(), None::<(usize, Failure)>);
    for part in parts {
        match part {
            Ok(part) => all.add(part),
            Err(other) if failed.as_ref().is_none_or(|failed| other.0 < failed.0) => failed = Some(other),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(all), |(_, failure)| Err(failure))
}

impl Asked {
    fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.added.extend(other.added);
        self.same += other.same;
        self.lint.extend(other.lint);
        self.crontabs.extend(other.crontabs);
        self.enabled.extend(other.enabled);
    }
}
