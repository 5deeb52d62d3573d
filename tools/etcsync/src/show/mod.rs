//! What people see.

pub(crate) mod diff;
pub(crate) mod people;
