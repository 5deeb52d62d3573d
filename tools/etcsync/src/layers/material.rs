//! What a plan is made from: the layers, the rules beside them, and one digest of all of it.

use crate::{
    layers::item::ItemKind,
    layers::source::Layers,
    tree::hash::{self, CHUNK},
};
use sha2::{Digest, Sha256};
use wire::etc::EmbeddedRules;

/// Layers and rules, as far as they were read for a plan.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) layers: Layers,
    pub(crate) rules: Vec<EmbeddedRules>,
}

impl Material {
    /// Returns the digest of everything. What is secret counts by its name alone: a digest of it, in a plan
    /// that everybody may read, could be guessed.
    pub(crate) fn tree(&self) -> String {
        let mut tree = Parts::default();
        for rules in &self.rules {
            tree.add(b"rules", rules.text.as_bytes());
        }
        for (path, item) in &self.layers.items {
            tree.add(b"path", path.as_bytes());
            match (&item.kind, item.leaf.get()) {
                (ItemKind::Link { target }, _) => tree.add(b"link", target),
                (ItemKind::Folder, _) => tree.add(b"folder", b""),
                (ItemKind::File, Some(leaf)) if !leaf.secret => {
                    let name: &[u8] = if leaf.executable { b"program" } else { b"file" };
                    tree.add(name, &leaf.digest);
                }
                (ItemKind::File | ItemKind::Withheld, _) => tree.add(b"secret", b""),
            }
        }
        tree.digest()
    }
}

/// Parts, each with its name and length, so that no two lists of them read alike.
#[derive(Default)]
struct Parts {
    hasher: Sha256,
    waiting: Vec<u8>,
}

impl Parts {
    fn add(&mut self, name: &[u8], part: &[u8]) {
        for piece in [name, b"\0", &(part.len() as u64).to_be_bytes(), part] {
            self.waiting.extend_from_slice(piece);
        }
        if self.waiting.len() >= CHUNK {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
    }

    fn digest(self) -> String {
        hash::named(&self.hasher.chain_update(&self.waiting).finalize().into())
    }
}
