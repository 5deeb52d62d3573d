//! The documents of `etcsync`: plans, reports, states of a root.
//!
//! Paths are relative to the root. One that is not UTF-8 stands in `path` as a person can
//! read it, and in `path_b64` as it is.

mod embedded;
mod entry;
mod finding;
mod op;
mod plan;
mod report;
mod service;
mod source;
mod status;

pub use embedded::{Embedded, EmbeddedItem, EmbeddedKind, EmbeddedRules};
pub use entry::{Entry, Mode};
pub use finding::{Checked, Finding, Level};
pub use op::{Op, OpKind};
pub use plan::{Ownership, Plan, Summary};
pub use report::{Done, Outcome, Recovered, Report, Verdict};
pub use service::{Check, Reload, Rules, Service, Skipped};
pub use source::{Git, Source};
pub use status::{DriftKind, Drifted, Generation, Log, Phase, Status};

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}
