//! From requirements and a source of candidates to one consistent set.
//!
//! [`Problem`] says what is wanted, by whom and for which targets; [`Candidates`] is the one window to the world:
//! which versions a project has and what each depends on. [`solve`] finds a [`Solution`] with the PubGrub algorithm,
//! or an [`Explanation`] in sentences that name the lines which ask for the impossible.
//!
//! Nothing here reads a file or opens a socket. The same problem and the same candidates give the same answer,
//! whatever the order of the lines and however fast the answers come.

mod because;
mod candidates;
mod choose;
mod decide;
mod derivation;
mod explain;
mod facts;
mod memory;
mod needs;
mod package;
mod problem;
mod provider;
mod questions;
mod separate;
mod solution;
mod solve;
mod tell;

pub use candidates::{
    Answer, Candidate, Candidates, Dependencies, Judge, Reason, ReasonKind, Standing, Versions,
};
pub use choose::{Policy, pick};
pub use explain::Explanation;
pub use memory::{Dispute, Quarrel, Who};
pub use problem::{Origin, Problem, TargetId, Wanted};
pub use separate::separate;
pub use solution::{Pin, Solution, Via};
pub use solve::{Error, Unjudged, solve};

/// A set of versions.
pub type Set = version_ranges::Ranges<pyspec::version::Version>;
