//! How work is done: commands without a shell, several processors, steps that tests crash at.

pub(crate) mod batches;
pub(crate) mod command;
pub(crate) mod steps;
