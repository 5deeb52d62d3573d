//! Compatibility tags: what a wheel fits, and what an interpreter takes, best first.
//!
//! A wheel's file name carries a [`TagSet`] (`cp39.cp310-abi3-manylinux_2_17_x86_64`), an interpreter
//! supports an ordered list of them, [`Tags`]. [`Tags::rank`] brings the two together. The list is made
//! from an [`Interpreter`] and from platform tags, which [`platform`] makes. All of it is equal to
//! `packaging.tags`.
//!
//! Standards: PEP 425 (tags), 600 (manylinux), 656 (musllinux), 703 and 803 (free-threaded builds).

mod interpreter;
pub mod platform;
mod set;
mod supported;

pub use interpreter::Interpreter;
pub use set::{Tag, TagSet};
pub use supported::Tags;
