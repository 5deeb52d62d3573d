//! The tool from outside.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare has failed")]

#[path = "cli/building.rs"]
mod building;
#[path = "cli/calls.rs"]
mod calls;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/forms.rs"]
mod forms;
#[path = "cli/hard.rs"]
mod hard;
#[path = "cli/locking.rs"]
mod locking;
#[path = "cli/online.rs"]
mod online;
#[path = "cli/places.rs"]
mod places;
#[path = "cli/workplace.rs"]
mod workplace;
