//! `wheelhouse/1`: a folder of wheels, and the lock that it answers.

use crate::{Document, Schema, lock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `pyfetch` leaves as `wheelhouse.json` and writes to standard output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wheelhouse {
    /// Always `wheelhouse/1`.
    pub schema: Schema<Self>,
    /// Whether every file was pinned and hashed before it was fetched.
    pub locked: bool,
    /// The lock that it answers, as it was given.
    pub lock: lock::Lock,
    /// What it was filled for; together with `lock` this is the whole question.
    pub targets: Vec<lock::Target>,
    /// The files, by name. Each is in the folder, complete and verified.
    pub files: Vec<File>,
    /// What the run did; absent in `wheelhouse.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

impl Document for Wheelhouse {
    const SCHEMA: &'static str = "wheelhouse/1";
}

/// One file of a wheelhouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct File {
    /// The name of the file.
    pub name: String,
    /// The normalised name of the project.
    pub project: String,
    /// The version.
    pub version: String,
    /// `sha256:` and the digest.
    pub hash: String,
    /// The size in bytes.
    pub size: u64,
    /// The index or folder of links that it came from, without credentials; absent if it was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The address that it came from, without credentials; absent if it was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The source distribution that it was built from, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<Built>,
    /// The names of the targets that use it; none if nobody installs it (a source distribution that was kept).
    pub targets: Vec<String>,
}

/// How a wheel was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Built {
    /// The name of the source distribution, or of the commit.
    pub sdist: String,
    /// `sha256:` and its digest, or `git:` and the commit: the one in the lock.
    pub hash: String,
    /// The index or folder of links that it came from, without credentials.
    pub index: String,
    /// The address that it came from, without credentials.
    pub url: String,
    /// Whether the network was cut while it was built.
    pub network_cut: bool,
    /// `sha256:` and the digest of the lock that its build requirements came from, if they came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_lock: Option<String>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The files that were fetched now.
    pub fetched: Vec<String>,
    /// The wheels that were built now.
    pub built: Vec<String>,
    /// The wheels that an earlier run had built, here or elsewhere on this machine, and that were taken again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reused: Vec<String>,
    /// How many files were there already.
    pub kept: u64,
    /// The files that were removed.
    pub removed: Vec<String>,
    /// The files that earlier runs left and nobody asks for now; `--prune` removes them.
    pub stale: Vec<String>,
    /// How many bytes came over the network.
    pub bytes: u64,
}

/// What `pyfetch --check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Always `wheelhouse.check/1`.
    pub schema: Schema<Self>,
    /// How many files of the lock are here and good.
    pub good: u64,
    /// What is missing or bad.
    pub missing: Vec<Missing>,
}

impl Document for Check {
    const SCHEMA: &'static str = "wheelhouse.check/1";
}

/// A package without a good file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// The requirement of the lock.
    pub requirement: String,
    /// The name of the target that lacks it.
    pub target: String,
    /// The file that is bad, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What is wrong.
    pub why: String,
}

/// What `pyfetch --refresh` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refresh {
    /// Always `wheelhouse.refresh/1`.
    pub schema: Schema<Self>,
    /// How many files were asked about.
    pub checked: u64,
    /// What is no longer as it was; all but `newer` want a person to look.
    pub findings: Vec<Finding>,
}

impl Document for Refresh {
    const SCHEMA: &'static str = "wheelhouse.refresh/1";
}

/// Something that an index says differently now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// The normalised name of the project.
    pub project: String,
    /// The version that we have.
    pub version: String,
    /// The file that we have.
    pub file: String,
    /// The details: the reason, the new hash, the newer version.
    pub detail: String,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Other bytes under the same name: an alarm. Our file stays.
    Changed,
    /// The index does not offer the file any more.
    Withdrawn,
    /// The file was yanked.
    Yanked,
    /// The project is archived, deprecated or quarantined.
    Status,
    /// There is a newer version.
    Newer,
}
