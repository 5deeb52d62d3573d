//! What the tests build their worlds from: an index server, made-up wheels, the tools as a user runs them.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

pub mod calls;
mod daemon;
pub mod index;
pub mod power;
pub mod wheel;
mod world;
pub mod zip;

pub use daemon::{has, has_root, skipped, until};
pub use world::{
    PYTHON, Ran, Run, UNPRIVILEGED, World, copy_program, give, is_root, put_tool, write_program,
};

/// Returns the SHA-256 of bytes in lower-case hexadecimal, made without the code that is tested.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
