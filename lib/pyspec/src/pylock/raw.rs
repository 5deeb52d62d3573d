//! `pylock.toml` as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Table};

use super::Datetime;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawLock {
    pub(super) lock_version: String,
    pub(super) environments: Option<Vec<String>>,
    pub(super) requires_python: Option<String>,
    pub(super) extras: Option<Vec<String>>,
    pub(super) dependency_groups: Option<Vec<String>>,
    pub(super) default_groups: Option<Vec<String>>,
    pub(super) created_by: String,
    pub(super) packages: Vec<Spanned<RawPackage>>,
    pub(super) tool: Option<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawPackage {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) requires_python: Option<String>,
    pub(super) dependencies: Option<Vec<Table>>,
    pub(super) vcs: Option<RawVcs>,
    pub(super) directory: Option<RawDirectory>,
    pub(super) archive: Option<RawArchive>,
    pub(super) index: Option<String>,
    pub(super) sdist: Option<RawFile>,
    pub(super) wheels: Option<Vec<RawFile>>,
    pub(super) attestation_identities: Option<Vec<Table>>,
    pub(super) tool: Option<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawVcs {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) url: Option<String>,
    pub(super) path: Option<String>,
    pub(super) requested_revision: Option<String>,
    pub(super) commit_id: String,
    pub(super) subdirectory: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RawDirectory {
    pub(super) path: String,
    pub(super) editable: Option<bool>,
    pub(super) subdirectory: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawArchive {
    pub(super) url: Option<String>,
    pub(super) path: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) upload_time: Option<Datetime>,
    pub(super) hashes: BTreeMap<String, String>,
    pub(super) subdirectory: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawFile {
    pub(super) name: Option<String>,
    pub(super) upload_time: Option<Datetime>,
    pub(super) url: Option<String>,
    pub(super) path: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) hashes: BTreeMap<String, String>,
}
