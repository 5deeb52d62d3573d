//! What a plan is made from: the layers, the rules beside them, and one digest of all of it.

use crate::{layers::item::ItemKind, layers::source::Layers, tree::hash};
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
        let mut tree = Vec::new();
        for rules in &self.rules {
            add(&mut tree, b"rules", rules.text.as_bytes());
        }
        for (path, item) in &self.layers.items {
            add(&mut tree, b"path", path.as_bytes());
            match (&item.kind, item.leaf.get()) {
                (ItemKind::Link { target }, _) => add(&mut tree, b"link", target),
                (ItemKind::Folder, _) => add(&mut tree, b"folder", b""),
                (ItemKind::File, Some(leaf)) if !leaf.secret => {
                    let name: &[u8] = if leaf.executable { b"program" } else { b"file" };
                    add(&mut tree, name, &leaf.digest);
                }
                (ItemKind::File | ItemKind::Withheld, _) => add(&mut tree, b"secret", b""),
            }
        }
        hash::named(&hash::bytes(&tree))
    }
}

/// Adds a part with its name and length, so that no two lists of parts read alike.
fn add(tree: &mut Vec<u8>, name: &[u8], part: &[u8]) {
    for piece in [name, b"\0", &(part.len() as u64).to_be_bytes(), part] {
        tree.extend_from_slice(piece);
    }
}
