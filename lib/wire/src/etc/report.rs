//! What a run did.

use super::{op::OpKind, service::Skipped};
use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `apply`, `rollback` and `recover` did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `etcsync.report/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// The generation that holds now.
    pub generation: u64,
    /// What an interrupted run before this one needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<Recovered>,
    /// What was changed.
    pub done: Vec<Done>,
    /// The checks that ran.
    pub checks: Vec<Outcome>,
    /// The commands that keep books of what is enabled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<Outcome>,
    /// The reloads that ran.
    pub reloads: Vec<Outcome>,
    /// Reloads that still have to run.
    pub pending: Vec<String>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Document for Report {
    const SCHEMA: &'static str = "etcsync.report/1";
}

/// Where an interrupted run was taken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// It had changed nothing yet.
    Nothing,
    /// Back to the state before it.
    Back,
    /// Forward to the state after it.
    Forward,
}

/// One change that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// What was done.
    pub op: OpKind,
    /// The path below the root.
    pub path: String,
}

/// What became of a check or a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The service.
    pub name: String,
    /// How it ended.
    pub result: Verdict,
    /// How it was run, or why it was not: `overlay`, `after-commit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// The last lines that it wrote, if it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
}

/// How a check or a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Well.
    Passed,
    /// It says no.
    Failed,
    /// It cannot be run here.
    Unavailable,
}
