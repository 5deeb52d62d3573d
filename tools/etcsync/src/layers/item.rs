//! Something in a layer.

/// Something in a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The index of the layer.
    pub(crate) layer: usize,
    /// What it is.
    pub(crate) kind: ItemKind,
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
