//! `environment/1`: a virtual environment that was made.

use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `pyvenv-offline` made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Always `environment/1`.
    pub schema: Schema<Self>,
    /// The absolute path of the environment.
    pub path: String,
    /// The full version of its Python.
    pub python: String,
    /// The real path of the interpreter that it stands on.
    pub base: String,
    /// The target that its wheels were chosen for.
    pub target: String,
    /// What is installed, by name.
    pub packages: Vec<Package>,
    /// How many files it has, links included.
    pub files: u64,
    /// How many bytes were unpacked or written.
    pub bytes: u64,
    /// How many modules have bytecode.
    #[serde(default)]
    pub compiled: u64,
    /// How many wheels were unpacked before, and taken from the store.
    #[serde(default)]
    pub linked: u64,
    /// How many wheels were unpacked by this run.
    #[serde(default)]
    pub unpacked: u64,
    /// How many files are copies of the store's, where links were not wished for or not possible.
    #[serde(default)]
    pub copied: u64,
    /// `sha256:` and a digest over paths, contents and what can be executed, bytecode included: equal for equal trees.
    pub tree: String,
    /// The `.pth` files in it, which Python reads, and may execute lines of, at every start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pth: Vec<String>,
}

impl Document for Environment {
    const SCHEMA: &'static str = "environment/1";
}

/// A distribution in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// The normalised name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The name of the wheel's file.
    pub wheel: String,
    /// `sha256:` and the digest of the wheel.
    pub hash: String,
    /// How many files it installed.
    pub files: u64,
}

/// How an environment differs from what was installed in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// Always `verified/1`.
    pub schema: Schema<Self>,
    /// The absolute path of the environment.
    pub path: String,
    /// How many distributions are installed.
    pub packages: u64,
    /// How many files were compared.
    pub files: u64,
    /// What differs, by path; nothing if all is well.
    pub findings: Vec<Finding>,
}

impl Document for Verified {
    const SCHEMA: &'static str = "verified/1";
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The path, relative to the environment; of the base, its absolute path; of a package, its name.
    pub path: String,
    /// What is the matter with it.
    pub what: Difference,
    /// The distribution that it belongs to, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

/// What can be the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// The content is not the one that was installed.
    Changed,
    /// A file is not there any more.
    Missing,
    /// A file that nobody installed.
    Extra,
    /// Two distributions list it with different contents.
    Collided,
    /// A list of files cannot be read.
    Unreadable,
    /// The interpreter that the environment stands on is not there any more.
    BaseGone,
    /// The interpreter is another build than the one that the environment was made for.
    BaseChanged,
    /// The lock has a package that is not installed, or in another version.
    NotLocked,
    /// The mode is none that was given; or a file that other environments share may be written to.
    Mode,
    /// The owner is not that of the environment.
    Owner,
    /// The environment is not where it was made, and its scripts do not find it.
    Moved,
}
