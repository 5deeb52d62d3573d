//! Deciding: from layers or a generation, the root and what is remembered to a plan. Nothing is changed.

pub(crate) mod around;
pub(crate) mod ask;
pub(crate) mod asking;
pub(crate) mod blocked;
pub(crate) mod compare;
pub(crate) mod decide;
pub(crate) mod enabling;
pub(crate) mod future;
pub(crate) mod known;
pub(crate) mod origin;
pub(crate) mod question;
pub(crate) mod reloads;
pub(crate) mod request;
pub(crate) mod stale;
pub(crate) mod survey;
pub(crate) mod wanted;
