//! Two sorted maps, gone through side by side.

use etc::TreePath;
use std::{
    collections::{BTreeMap, btree_map},
    iter::Peekable,
};

/// Finds values by path, where the paths are asked for in their order: a step, not a search, each.
#[derive(Debug)]
pub(crate) struct Along<'a, V>(Peekable<btree_map::Iter<'a, TreePath, V>>);

impl<'a, V> Along<'a, V> {
    /// Starts at the beginning.
    pub(crate) fn new(map: &'a BTreeMap<TreePath, V>) -> Self {
        Self(map.iter().peekable())
    }

    /// Returns the value of a path, which is not before the one asked for last.
    pub(crate) fn at(&mut self, path: &TreePath) -> Option<&'a V> {
        while self.0.next_if(|(before, _)| *before < path).is_some() {}
        let (_, value) = self.0.peek().filter(|(found, _)| *found == path)?;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Along;
    use etc::TreePath;
    use std::collections::BTreeMap;

    #[test]
    fn gaps_on_both_sides() {
        let path = |text: &str| TreePath::new(text).unwrap();
        let map: BTreeMap<TreePath, u8> = [("b", 1), ("c", 2), ("e", 3)]
            .map(|(name, value)| (path(name), value))
            .into();
        let mut along = Along::new(&map);
        let found = ["a", "b", "b", "d", "e", "f"].map(|name| along.at(&path(name)).copied());
        assert_eq!(found, [None, Some(1), Some(1), None, Some(3), None]);
    }
}
