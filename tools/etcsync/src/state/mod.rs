//! What is remembered of a root, and what a run under way has in hand.

pub(crate) mod blobs;
pub(crate) mod book;
pub(crate) mod generations;
pub(crate) mod remembered;
pub(crate) mod running;
pub(crate) mod seen;
pub(crate) mod store;
pub(crate) mod veil;
