//! relswitch from outside: real repositories, real pushes, the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot look has failed")]

mod care;
mod crash;
mod each_call;
mod foreign;
mod local;
mod many;
mod power;
mod releases;
mod staging;
mod status;
mod switching;
mod together;
mod using;
mod world;
