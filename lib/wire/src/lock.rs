//! `lock/1`: one consistent set of pinned distributions, with the hashes of their files.

use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The lock as a document; requirements.txt and pylock.toml say the same in other words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    /// Always `lock/1`.
    pub schema: Schema<Self>,
    /// What it was resolved from, in the order given.
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// What it was resolved for.
    #[serde(default)]
    pub targets: Vec<Target>,
    /// Requirements that replaced those of the packages' own, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// Names that were left out, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    /// The packages, by name, then version.
    pub packages: Vec<Package>,
    /// What changed against the lock that was there before, if there was one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Document for Lock {
    const SCHEMA: &'static str = "lock/1";
}

/// A file that the lock answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Its name, as given.
    pub name: String,
    /// `sha256:` and the digest of its parsed items, nested files included.
    pub digest: String,
}

/// A target that the lock answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its short name, `cp312-manylinux_2_28_x86_64`.
    pub name: String,
    /// `sha256:` and the digest of its tags and marker environment.
    pub digest: String,
}

/// One pinned distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// The normalised name.
    pub name: String,
    /// The normalised version.
    pub version: String,
    /// The extras asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
    /// Where it applies; everywhere without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// The address it comes from, for a requirement `name @ address`; no credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The name of the index it is pinned to, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The address of the index that it is from; no credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The day on which the first of its files was uploaded, `2026-03-01`, if the index says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
    /// Why the version was yanked, perhaps without words; absent if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// Why the targets do not share a newer version, if another pin of the package has that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// `sha256:` and digest of every file allowed, sorted.
    pub hashes: Vec<String>,
    /// The files, where they are known by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Who asked for it: `django>=3.8.1,<4` or `requirements.in:3`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// One file of a distribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct File {
    /// The name of the file.
    pub name: String,
    /// `sha256:` and the digest.
    pub hash: String,
    /// The size in bytes, if the index says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where to get it; no credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was uploaded, as the index says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<String>,
}

/// A difference between two locks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The normalised name.
    pub name: String,
    /// The version before; absent if it was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version now; absent if it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// When the version before was released, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_released: Option<String>,
    /// When the version now was released, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
    /// Why the version now was yanked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// The index that it is from now, if it was from another before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_index: Option<String>,
    /// Files that its index has added since the version was locked; their hashes are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_files: Vec<String>,
    /// Who asks for it now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// Whether a lock still answers what it was made for, found out without a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Always `lock.check/1`.
    pub schema: Schema<Self>,
    /// Whether it does.
    pub ok: bool,
    /// Why it does not.
    pub problems: Vec<Problem>,
}

impl Document for Check {
    const SCHEMA: &'static str = "lock.check/1";
}

/// A way in which a lock does not answer what it was made for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The package, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What is the matter.
    pub message: String,
}

/// Why a package is in a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// Always `lock.why/1`.
    pub schema: Schema<Self>,
    /// The normalised name.
    pub name: String,
    /// The versions of it that are locked.
    pub versions: Vec<String>,
    /// For each who asks for it, the shortest way there: a line of an input, then packages with their versions.
    pub chains: Vec<Vec<String>>,
}

impl Document for Why {
    const SCHEMA: &'static str = "lock.why/1";
}
