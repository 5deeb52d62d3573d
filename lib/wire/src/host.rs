//! The document of `prodcheck`: what is wrong with a host.

use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `prodcheck/1`: what was found on a host. An earlier one serves as a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Always `prodcheck/1`.
    pub schema: Schema<Self>,
    /// The root of the host, as given.
    pub root: String,
    /// The folders of the applications that were looked at.
    pub apps: Vec<String>,
    /// What is wrong, by id and subject.
    pub findings: Vec<Finding>,
    /// What the baseline has and this host has no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
    /// What could not be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// How many findings nobody has accepted: none, if the host is as it should be.
    pub open: u64,
}

impl Document for Audit {
    const SCHEMA: &'static str = "prodcheck/1";
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind of thing, `private-key`.
    pub id: String,
    /// What it is about: a path, a user, an address.
    pub subject: String,
    /// What was seen; the same as long as nothing changes.
    pub evidence: Vec<String>,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub mend: String,
    /// Who accepts it, if somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// Who accepts a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Accepted {
    /// The command line.
    Allowed,
    /// The baseline, which has the same finding with the same evidence.
    Baseline,
}

/// A finding of the baseline that is no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Gone {
    /// What kind of thing.
    pub id: String,
    /// What it was about.
    pub subject: String,
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// What: a path, `processes`.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// `prodcheck.list/1`: what `prodcheck` looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct List {
    /// Always `prodcheck.list/1`.
    pub schema: Schema<Self>,
    /// Every kind of finding.
    pub kinds: Vec<Kind>,
}

impl Document for List {
    const SCHEMA: &'static str = "prodcheck.list/1";
}

/// One kind of finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kind {
    /// Its id.
    pub id: String,
    /// What it is.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub mend: String,
}
