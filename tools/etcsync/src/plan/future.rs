//! The host as it will be, for the lints.

use crate::{plan::question::Question, root::accounts::Accounts, root::look::Look};
use etc::{Host, TreePath};
use std::{cell::RefCell, path::Path};
use wire::etc::Entry;

/// The host as it will be, for the lints.
pub(crate) struct Future<'a> {
    pub(crate) question: &'a Question<'a>,
    pub(crate) accounts: &'a Accounts,
    pub(crate) look: RefCell<Look<'a>>,
}

impl Host for Future<'_> {
    /// Users of this host say nothing about another root.
    fn has_user(&self, name: &str) -> bool {
        !self.question.place.is_etc() || self.accounts.has_user(name)
    }

    /// Nor does what is beside it.
    fn has(&self, path: &Path) -> bool {
        !self.question.place.is_etc() || path.exists()
    }

    fn exists(&self, path: &TreePath) -> bool {
        let found = || self.look.borrow_mut().at(path);
        self.question.layers.items.contains_key(path)
            || found().is_ok_and(|found| found.entry != Entry::Absent || found.blocked.is_some())
    }
}
