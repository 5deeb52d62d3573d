//! What daemons would ignore or refuse.

use super::{report::Outcome, service::Skipped};
use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a daemon would ignore or refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The path below the root.
    pub path: String,
    /// The line in it, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Whether it stops an apply.
    pub level: Level,
    /// The rule, `cron-name`.
    pub rule: String,
    /// What is wrong, for people.
    pub text: String,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A daemon will ignore or refuse the file.
    Error,
    /// A person should look.
    Warning,
}

/// What `etcsync check` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Always `etcsync.check/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// What the daemons would ignore or refuse.
    pub lint: Vec<Finding>,
    /// The checks that ran.
    pub checks: Vec<Outcome>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Document for Checked {
    const SCHEMA: &'static str = "etcsync.check/1";
}
