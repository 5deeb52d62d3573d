//! Values: paths, what stands under them, how it changes.

pub(crate) mod along;
pub(crate) mod change;
pub(crate) mod entry;
pub(crate) mod hash;
pub(crate) mod scope;
pub(crate) mod spelled;
