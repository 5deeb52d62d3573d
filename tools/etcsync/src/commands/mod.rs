//! One function for each command.

pub(crate) mod apply;
pub(crate) mod attrs;
pub(crate) mod input;
pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod status;
