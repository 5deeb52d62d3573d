//! What is asked for: folders that mirror the root, or what a plan carries of them.

pub(crate) mod carried;
pub(crate) mod embed;
pub(crate) mod git;
pub(crate) mod item;
pub(crate) mod material;
pub(crate) mod rules;
pub(crate) mod services;
pub(crate) mod source;
