//! Open a wheel strictly; decide what goes where; put it there; check it later.
//!
//! - [`Wheel::open`] opens a wheel and makes sure that its parts agree: archive, file name, METADATA,
//!   WHEEL, RECORD, entry points.
//! - [`plan()`] decides where everything goes, and refuses what collides. It writes nothing.
//! - [`install`] writes a plan, many files at once, each compared with RECORD on its way.
//! - [`verify()`] compares an environment with its RECORDs, at any later time.

mod digest;
mod error;
mod flaw;
mod install;
mod place;
mod plan;
mod script;
mod verify;
mod wheel;
pub mod zip;

pub use digest::Digest;
pub use error::{Error, Result};
pub use flaw::Flaw;
pub use install::{Options, Written, install};
pub use plan::{File, Order, Part, Plan, Source, plan};
pub use verify::{Inspection, Installed, verify};
pub use wheel::{Recorded, Unverified, Wheel};
