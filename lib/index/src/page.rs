//! What an index says about a project.

use std::borrow::Cow;
use std::sync::Arc;

use pyspec::hash::{Algorithm, Hash};
use pyspec::simple::{self, CoreMetadata, Status};

use crate::error::HashMismatch;
use crate::{Address, Error};

/// All files of a project that one place knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The index or the folder of links, as people may see it.
    pub index: Arc<str>,
    /// The files in the order of the page.
    pub files: Vec<File>,
    /// What the index says of the project as a whole (PEP 792).
    pub status: Status,
    /// Why, in words.
    pub status_reason: Option<String>,
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

impl Page {
    /// A page of files of which nothing more is said.
    pub(crate) fn of_files(index: Arc<str>, files: Vec<File>) -> Self {
        Self {
            index,
            files,
            status: Status::Active,
            status_reason: None,
        }
    }
}

impl File {
    /// A file that nobody lists, known by its address alone.
    pub fn at(name: String, url: Address) -> Self {
        let index = Arc::from(url.without_credentials().to_string());
        Self::new(name, url, &index)
    }

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

/// Reads a JSON page (PEP 691) found at `base`.
pub(crate) fn from_json(bytes: &[u8], base: &Address, index: &Arc<str>) -> Result<Page, Error> {
    let page = simple::Page::from_json(bytes, &base.to_string()).map_err(|error| bad(base, &error))?;
    Ok(of(page, base, index))
}

/// Reads an HTML page (PEP 503) found at `base`. One that lists nothing and does not look as if it were meant to
/// is the page of a captive portal.
pub(crate) fn from_html(bytes: &[u8], base: &Address, index: &Arc<str>) -> Result<Page, Error> {
    let page = simple::Page::from_html(bytes, &base.to_string()).map_err(|error| bad(base, &error))?;
    let page = of(page, base, index);
    if page.files.is_empty() && !is_of_an_index(bytes) {
        let found = "text/html".to_owned();
        return Err(Error::NotAPackage {
            url: base.without_credentials(),
            expected: "an index page",
            found,
        });
    }
    Ok(page)
}

fn bad(base: &Address, error: &pyspec::Error) -> Error {
    Error::BadPage {
        url: base.without_credentials(),
        what: error.to_string(),
    }
}

fn is_of_an_index(html: &[u8]) -> bool {
    let text = String::from_utf8_lossy(html).to_ascii_lowercase();
    ["links for", "index of", "repository-version", "simple index"]
        .iter()
        .any(|sign| text.contains(sign))
}

/// Keeps the files whose addresses are of a kind that we can get.
fn of(page: simple::Page<'_>, base: &Address, index: &Arc<str>) -> Page {
    let files = page
        .files
        .into_iter()
        .filter_map(|file| file_of(file, base, index))
        .collect();
    let status_reason = page.status_reason.map(Cow::into_owned);
    Page {
        index: Arc::clone(index),
        files,
        status: page.status,
        status_reason,
    }
}

fn file_of(said: simple::File<'_>, base: &Address, index: &Arc<str>) -> Option<File> {
    let url = base.join(&said.url).ok()?;
    if url.is_file() && !base.is_file() {
        return None;
    }
    let mut file = File::new(said.filename.into_owned(), url, index);
    file.sha256 = said.hashes.iter().find_map(sha256);
    file.size = said.size;
    file.requires_python = said.requires_python.map(Cow::into_owned);
    file.uploaded = said.upload_time.map(Cow::into_owned);
    file.yanked = said.yanked.map(Cow::into_owned);
    file.metadata = match said.core_metadata {
        None => Metadata::Unsaid,
        Some(CoreMetadata::Unhashed) => Metadata::There(None),
        Some(CoreMetadata::Hashed(hash)) => Metadata::There(sha256(&hash)),
    };
    Some(file)
}

fn sha256(hash: &Hash) -> Option<String> {
    (hash.algorithm == Algorithm::Sha256).then(|| hash.hex.to_ascii_lowercase())
}
