//! What an index says about a project.

use std::borrow::Cow;
use std::sync::Arc;

use pyspec::hash::{Algorithm, Hash};
use pyspec::name::Name;
use pyspec::simple::{self, CoreMetadata, Status};

use crate::error::HashMismatch;
use crate::table::{self, Table, Terms};
use crate::{Address, Error};

/// All files of a project that one place knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The index or the folder of links, as people may see it.
    pub index: Arc<str>,
    /// The files: those of find-links, then the newest version first.
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

impl Page {
    /// The files of this page, then those of an index, which has the last word on the project.
    pub(crate) fn with(mut self, next: Self) -> Self {
        self.files.extend(next.files);
        Self {
            files: self.files,
            ..next
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

/// Reads the page of a project and takes it apart: JSON (PEP 691), or HTML (PEP 503). An HTML page that lists nothing
/// and does not look as if it were meant to is the page of a captive portal.
pub(crate) fn table(
    body: &[u8],
    kind: &str,
    base: &Address,
    name: &Name,
    index: &Arc<str>,
    terms: &Terms,
) -> Result<Table, Error> {
    let page = read(body, kind, base)?;
    Ok(Table::new(table::build(name, &page, terms), Arc::clone(index)))
}

/// Reads a page of links of many projects, found at `base`.
pub(crate) fn links(body: &[u8], kind: &str, base: &Address, index: &Arc<str>) -> Result<Page, Error> {
    read(body, kind, base).map(|page| of(page, base, index))
}

/// Reads a page of either kind.
fn read<'b>(body: &'b [u8], kind: &str, base: &Address) -> Result<simple::Page<'b>, Error> {
    let (place, bad) = (base.to_string(), |error| bad(base, &error));
    if is_json(kind) {
        return simple::Page::from_json(body, &place).map_err(bad);
    }
    let is_html = kind.ends_with("html") || kind.ends_with("html+xml");
    if is_html {
        let page = simple::Page::from_html(body, &place).map_err(bad)?;
        if !page.files.is_empty() || is_of_an_index(body) {
            return Ok(page);
        }
    }
    Err(Error::NotAPackage {
        url: base.without_credentials(),
        expected: "an index page",
        found: kind.to_owned(),
    })
}

/// Whether an answer of this media type is JSON.
pub(crate) fn is_json(kind: &str) -> bool {
    kind.ends_with("+json") || kind == "application/json"
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

pub(crate) fn file_of(said: simple::File<'_>, base: &Address, index: &Arc<str>) -> Option<File> {
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
