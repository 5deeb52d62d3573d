//! Open a wheel strictly; decide what goes where; put it there; check it later.

mod error;
mod flaw;
pub mod zip;

pub use error::{Error, Result};
pub use flaw::Flaw;
