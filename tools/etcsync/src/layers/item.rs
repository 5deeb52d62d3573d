//! Something in a layer.

use std::sync::OnceLock;

/// Something in a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The index of the layer.
    pub(crate) layer: usize,
    /// What it is.
    pub(crate) kind: ItemKind,
    /// What was seen of it, if it is a file, once somebody has looked.
    pub(crate) leaf: OnceLock<Leaf>,
}

/// What was seen of a file of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) digest: [u8; 32],
    pub(crate) executable: bool,
    /// The content is shown nowhere.
    pub(crate) secret: bool,
}

impl Item {
    /// Something that nobody has looked into.
    pub(crate) fn new(layer: usize, kind: ItemKind) -> Self {
        Self {
            layer,
            kind,
            leaf: OnceLock::new(),
        }
    }
}

/// What an [`Item`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    /// A file.
    File,
    /// A link and what it says.
    Link { target: Vec<u8> },
    /// A folder.
    Folder,
    /// A file that is left out of an embedded plan, because it is secret: nobody can say what it is to be.
    Withheld,
}
