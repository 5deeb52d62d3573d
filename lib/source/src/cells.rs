//! Answers that are worked out once, however many threads ask.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// A map whose values are made on the first demand; those who ask meanwhile wait.
#[derive(Debug)]
pub(crate) struct Cells<K, V> {
    cells: Mutex<HashMap<K, Arc<OnceLock<V>>>>,
}

impl<K, V> Default for Cells<K, V> {
    fn default() -> Self {
        Self {
            cells: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Cells<K, V> {
    /// Returns the value, made by `make` if nobody has made it yet.
    pub(crate) fn get(&self, key: &K, make: impl FnOnce() -> V) -> V {
        let cell = self.cell(key);
        cell.get_or_init(make).clone()
    }

    /// Returns the value if it is there already.
    pub(crate) fn ready(&self, key: &K) -> Option<V> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(key)?.get().cloned()
    }

    fn cell(&self, key: &K) -> Arc<OnceLock<V>> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        match cells.get(key) {
            Some(cell) => cell.clone(),
            None => cells.entry(key.clone()).or_default().clone(),
        }
    }
}
