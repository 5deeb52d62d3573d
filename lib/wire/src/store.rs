//! `store/1`: the wheels that are kept unpacked.

use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is in a store of `pyvenv-offline`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stores {
    /// Always `store/1`.
    pub schema: Schema<Self>,
    /// The absolute path of the store.
    pub path: String,
    /// The wheels in it, by their hashes.
    pub wheels: Vec<Stored>,
    /// The wheels that were removed, for `--store-prune`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Stored>,
    /// How many files were read and compared, for `--store-verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<u64>,
    /// What was not as it was put there, and is removed, for `--store-verify`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<Damaged>,
}

impl Document for Stores {
    const SCHEMA: &'static str = "store/1";
}

/// A wheel in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stored {
    /// `sha256:` and the digest of the wheel.
    pub hash: String,
    /// The name of the wheel's file; none if the entry cannot be read.
    pub wheel: Option<String>,
    /// How many files it has, bytecode included.
    pub files: u64,
    /// The sum of their sizes in bytes.
    pub bytes: u64,
    /// The interpreters whose bytecode is there, by tag, version, magic number and kind.
    pub bytecode: Vec<String>,
    /// Whether an environment has links to it.
    pub used: bool,
}

/// Something in a store that is not as it was put there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Damaged {
    /// The path.
    pub path: String,
    /// How it differs.
    pub why: String,
}
