//! Making everything ready outside the root, where no daemon reads it.

pub(crate) mod gather;
pub(crate) mod ready;
