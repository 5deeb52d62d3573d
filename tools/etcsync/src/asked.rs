//! What is asked for: the layers are gone through by several processors at once.

use crate::{
    batches, known::Known, look::Found, material::Leaf, place::Place, plan::Wanted, scope::Scope, seen::Seen,
    source::Item, source::Layers, wanted::Asking,
};
use cli::Failure;
use etc::{Rules, TreePath};
use std::collections::{BTreeMap, BTreeSet};
use wire::etc::Finding;

/// What is asked, and of what.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) place: &'a Place,
    pub(crate) layers: &'a Layers,
    pub(crate) rules: &'a Rules,
    pub(crate) known: &'a Known,
    pub(crate) scope: &'a Scope,
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
    /// The files of the layers, all of them.
    pub(crate) leaves: Vec<(TreePath, Leaf)>,
    /// The users whose crontabs are left out.
    pub(crate) crontabs: Vec<String>,
    /// The scripts of `init.d` that are to be enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
}

/// Works out what layers and rules ask for.
pub(crate) fn ask(question: &Question<'_>, seen: &Seen) -> Result<Asked, Failure> {
    let items: Vec<(&TreePath, &Item)> = question.layers.items.iter().collect();
    let parts = batches::each(items.len(), |numbers| {
        let beside = seen.beside();
        let asked = {
            let mut asking = Asking::new(question, &beside);
            for number in numbers {
                let (path, item) = items[number];
                asking.take(path, item).map_err(|failure| (number, failure))?;
            }
            asking.asked
        };
        seen.add(beside.notes());
        Ok(asked)
    });
    let mut asked = Asked::default();
    for part in batches::together(parts)? {
        asked.add(part);
    }
    let beside = seen.beside();
    let mut rest = Asking::new(question, &beside);
    for path in question.rules.absent() {
        rest.absent(path)?;
    }
    asked.added.extend(rest.asked.added);
    asked.lint.sort();
    asked
        .leaves
        .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(asked)
}

impl Asked {
    fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.added.extend(other.added);
        self.same += other.same;
        self.lint.extend(other.lint);
        self.leaves.extend(other.leaves);
        self.crontabs.extend(other.crontabs);
        self.enabled.extend(other.enabled);
    }
}
