//! How a root stands to what etcsync wrote, and what it wrote when.

use super::{report::Done, source::Source};
use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a root stands to what etcsync wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Always `etcsync.status/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// The generation that holds; 0 before the first.
    pub generation: u64,
    /// How many paths etcsync looks after.
    pub managed: u64,
    /// The paths that somebody else changed.
    pub drift: Vec<Drifted>,
    /// Files in which packages left new versions of managed ones, `app.conf.dpkg-dist`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
    /// Reloads that still have to run.
    pub pending: Vec<String>,
    /// The phase of an interrupted run, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Phase>,
}

impl Document for Status {
    const SCHEMA: &'static str = "etcsync.status/1";
}

/// A path that is not as etcsync wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drifted {
    /// The path below the root.
    pub path: String,
    /// What happened to it.
    pub how: DriftKind,
}

/// What happened to a managed path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// Another content, owner or mode.
    Changed,
    /// Gone.
    Missing,
    /// Cannot be read.
    Unreadable,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// New files are made ready outside; nothing is changed.
    Staging,
    /// Files are being put in place.
    Commit,
    /// Files and state are written.
    Written,
    /// Services are being told.
    Reloading,
    /// The state before is being put back.
    Undoing,
}

/// The generations of a root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Log {
    /// Always `etcsync.log/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// Newest first.
    pub generations: Vec<Generation>,
}

impl Document for Log {
    const SCHEMA: &'static str = "etcsync.log/1";
}

/// One apply, as kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// When it was written, seconds since 1970 by this machine's clock; nothing is decided by it.
    pub time: u64,
    /// Where the contents came from.
    pub source: Source,
    /// What was changed.
    pub done: Vec<Done>,
}
