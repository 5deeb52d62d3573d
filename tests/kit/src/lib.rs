//! What the tests build their worlds from: an index server, made-up wheels, the tools as a user runs them.

pub mod index;
pub mod wheel;
pub mod zip;
