//! What `etcsync plan` prints and `etcsync apply` does.

use super::{
    embedded::Embedded,
    finding::Finding,
    op::Op,
    service::{Check, Reload, Skipped},
    source::Source,
};
use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `etcsync plan` would change, with what it saw; `etcsync apply` does just that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always `etcsync.plan/1`.
    pub schema: Schema<Self>,
    /// The root, as given on the command line.
    pub root: String,
    /// Whether owner and group count.
    pub ownership: Ownership,
    /// Where the contents come from.
    pub source: Source,
    /// The generation that the plan starts from.
    pub generation: u64,
    /// What to do, in bytewise order of the paths.
    pub ops: Vec<Op>,
    /// The checks that the services concerned ask for.
    pub checks: Vec<Check>,
    /// The distribution's own commands that keep books of what is enabled, after the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<Vec<String>>,
    /// What runs after the commit.
    pub reloads: Vec<Reload>,
    /// What would run if the root were `/etc`.
    pub skipped: Vec<Skipped>,
    /// What the daemons would ignore or refuse.
    pub lint: Vec<Finding>,
    /// The ops, counted.
    pub summary: Summary,
    /// The source itself, if the plan carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<Embedded>,
}

impl Document for Plan {
    const SCHEMA: &'static str = "etcsync.plan/1";
}

/// Whether owner and group are compared and set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// They are.
    Compared,
    /// They are not: the caller is not uid 0.
    Skipped,
}

/// How many ops of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Made.
    pub create: u64,
    /// Replaced.
    pub replace: u64,
    /// Owner or mode changed.
    pub meta: u64,
    /// Removed.
    pub delete: u64,
    /// Put back.
    pub restore: u64,
    /// Changed between folder and something else.
    pub retype: u64,
    /// Unreadable.
    pub unknown: u64,
    /// Already as they should be.
    pub same: u64,
    /// Ops that cannot be done.
    pub blocked: u64,
    /// Ops on what somebody else changed.
    pub drift: u64,
}
