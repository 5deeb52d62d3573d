//! Open a wheel strictly; decide what goes where; put it there; keep it for the next time; check it later.
//!
//! - [`Wheel::open`] opens a wheel and makes sure that its parts agree: archive, file name, METADATA,
//!   WHEEL, RECORD, entry points.
//! - [`Store`] keeps wheels unpacked: what is found there is a [`Wheel`] as well.
//! - [`plan()`] decides where everything goes, and refuses what collides. It writes nothing.
//! - [`install`] writes a plan; [`place`], [`records`] and [`finish`] are its three steps, for those who compile in
//!   between.
//! - [`verify()`] compares an environment with its RECORDs, at any later time.

mod collide;
mod descent;
mod digest;
mod error;
mod facts;
mod files;
mod flaw;
mod install;
mod link;
mod listing;
mod place;
mod plan;
mod pyc;
mod read;
mod record;
mod script;
mod seen;
pub mod store;
mod unpack;
mod verify;
mod wheel;
pub mod zip;

pub use digest::Digest;
pub use error::{Error, Result};
pub use files::MODIFIED;
pub use flaw::Flaw;
pub use install::{Options, Supply, Written, finish, install, place};
pub use link::LinkMode;
pub use listing::{Entry, Folder, Listing};
pub use place::Area;
pub use plan::{Laid, Made, Order, Part, Plan, plan};
pub use pyc::{Bytecode, Compiled, Module, modules};
pub use record::record_of;
pub use store::{Fill, Store};
pub use verify::{Inspection, Installed, verify};
pub use wheel::{Recorded, Unverified, Wheel};
