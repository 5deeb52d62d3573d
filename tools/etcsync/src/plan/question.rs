//! What is asked, of what, and what came of it.

use crate::{
    layers::source::Layers, place::Place, plan::known::Known, plan::wanted::Wanted, root::look::Found,
    tree::scope::Scope,
};
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
    /// The users whose crontabs are left out.
    pub(crate) crontabs: Vec<String>,
    /// The scripts of `init.d` that are to be enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
}

impl Asked {
    pub(crate) fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.added.extend(other.added);
        self.same += other.same;
        self.lint.extend(other.lint);
        self.crontabs.extend(other.crontabs);
        self.enabled.extend(other.enabled);
    }
}
