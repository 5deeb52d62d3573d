//! What an index says about a project.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::HashMismatch;
use crate::{Address, Error};

/// All files of a project that one place knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The index or the folder of links, as people may see it.
    pub index: Arc<str>,
    /// The files in the order of the page.
    pub files: Vec<File>,
    /// The project's status where the index tells it (PEP 792).
    pub status: Option<Status>,
}

/// A project's status (PEP 792).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// `active`, `archived`, `quarantined`, `deprecated`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
}

/// A file that an index offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name of the file.
    pub name: String,
    /// Where it is.
    pub url: Address,
    /// The index or the folder of links that offers it, as people may see it.
    pub index: Arc<str>,
    /// Lower-case hexadecimal SHA-256, if the page says it.
    pub sha256: Option<String>,
    /// Size in bytes, if the page says it.
    pub size: Option<u64>,
    /// `Requires-Python` as the page says it.
    pub requires_python: Option<String>,
    /// Why it is yanked, perhaps without a reason (PEP 592).
    pub yanked: Option<String>,
    /// When it was uploaded, as the page says it.
    pub uploaded: Option<String>,
    /// Whether its metadata can be had alone (PEP 658).
    pub metadata: Metadata,
}

/// What a page says about the metadata of a file (PEP 658, PEP 714).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Metadata {
    /// Nothing.
    #[default]
    Unsaid,
    /// It is there; with its SHA-256 if the page says that.
    There(Option<String>),
}

impl File {
    /// A file known by its address alone.
    pub(crate) fn new(name: String, url: Address, index: &Arc<str>) -> Self {
        Self {
            name,
            url,
            index: Arc::clone(index),
            sha256: None,
            size: None,
            requires_python: None,
            yanked: None,
            uploaded: None,
            metadata: Metadata::Unsaid,
        }
    }

    /// The error that says that other bytes came than expected.
    pub(crate) fn mismatch(&self, expected: &[String], found: String, size: u64) -> Error {
        Error::HashMismatch(Box::new(HashMismatch {
            file: self.name.clone(),
            index: self.index.to_string(),
            size,
            announced: self.size,
            expected: expected.iter().map(|digest| format!("sha256:{digest}")).collect(),
            found,
        }))
    }

    /// Whether it is a wheel.
    pub fn is_wheel(&self) -> bool {
        self.name.ends_with(".whl")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonPage {
    meta: JsonMeta,
    #[serde(default)]
    files: Vec<JsonFile>,
    project_status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonMeta {
    api_version: String,
    project_status: Option<String>,
    project_status_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    requires_python: Option<String>,
    #[serde(default)]
    yanked: Said,
    size: Option<u64>,
    upload_time: Option<String>,
    #[serde(default, alias = "dist-info-metadata", alias = "data-dist-info-metadata")]
    core_metadata: Said,
}

/// A member that is a boolean or says more.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Flag(bool),
    Text(String),
    Hashes(BTreeMap<String, String>),
}

impl Default for Said {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// Reads a JSON page (PEP 691) found at `base`.
pub(crate) fn from_json(bytes: &[u8], base: &Address, index: &Arc<str>) -> Result<Page, Error> {
    let bad = |what: String| Error::BadPage {
        url: base.without_credentials(),
        what,
    };
    let page: JsonPage = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    if !page.meta.api_version.starts_with("1.") {
        return Err(bad(format!(
            "version {} of the simple API is not known",
            page.meta.api_version
        )));
    }
    let meta = page.meta;
    let status = page.project_status.or_else(|| {
        Some(Status {
            status: meta.project_status?,
            reason: meta.project_status_reason,
        })
    });
    let files = page
        .files
        .into_iter()
        .filter_map(|file| json_file(file, base, index))
        .collect();
    Ok(Page {
        index: Arc::clone(index),
        files,
        status,
    })
}

/// One file of a JSON page; one with an address that is none of ours is left out.
fn json_file(json: JsonFile, base: &Address, index: &Arc<str>) -> Option<File> {
    let mut file = File::new(json.filename, base.join(&json.url).ok()?, index);
    file.sha256 = json
        .hashes
        .get("sha256")
        .map(|digest| digest.to_ascii_lowercase());
    file.size = json.size;
    file.requires_python = json.requires_python;
    file.uploaded = json.upload_time;
    file.yanked = match json.yanked {
        Said::Flag(true) => Some(String::new()),
        Said::Text(reason) => Some(reason),
        Said::Flag(false) | Said::Hashes(_) => None,
    };
    file.metadata = match json.core_metadata {
        Said::Flag(true) => Metadata::There(None),
        Said::Hashes(hashes) => {
            Metadata::There(hashes.get("sha256").map(|digest| digest.to_ascii_lowercase()))
        }
        Said::Flag(false) | Said::Text(_) => Metadata::Unsaid,
    };
    Some(file)
}

/// Reads an HTML page (PEP 503) found at `base`.
pub(crate) fn from_html(_bytes: &[u8], base: &Address, _index: &Arc<str>) -> Result<Page, Error> {
    Err(Error::BadPage {
        url: base.without_credentials(),
        what: "HTML is not read yet".to_owned(),
    })
}
