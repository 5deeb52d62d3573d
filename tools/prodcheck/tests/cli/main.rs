//! The real binary, looking at hosts with throw-away users, real keys, real daemons.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]
#![expect(clippy::disallowed_types, reason = "a test may take a port")]

mod documents;
mod etc;
mod homes;
mod host;
mod network;
mod people;
mod running;
