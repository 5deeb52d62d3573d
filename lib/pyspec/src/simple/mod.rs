//! Pages of the simple repository API: the files of one project on one index.
//!
//! Standards: PEP 503 and 629 (HTML), 691 (JSON), 592 (yanked), 658 and 714 (metadata files), 700 (sizes,
//! times, versions), 708 (other places of a project), 740 (provenance), 792 (status). A page borrows from the
//! bytes that it was read from; [`Page::into_owned`] cuts it loose.

mod find;
mod html;
mod json;
mod markup;
mod values;

use std::borrow::Cow;

use serde::Deserialize;

use crate::Error;
use crate::error::Document;
use crate::hash::Hash;
use crate::url;

/// Is the page of one project.
///
/// ```
/// use pyspec::simple::Page;
/// let json = br#"{"meta": {"api-version": "1.1"}, "name": "a", "versions": ["1"], "files":
///     [{"filename": "a-1-py3-none-any.whl", "url": "../../a-1-py3-none-any.whl", "hashes": {}, "size": 7}]}"#;
/// let page = Page::from_json(json, "https://index.example.com/simple/a/").unwrap();
/// assert_eq!(page.files[0].url, "https://index.example.com/a-1-py3-none-any.whl");
/// assert_eq!(page.files[0].size, Some(7));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page<'page> {
    /// The project's name; JSON only.
    pub name: Option<Cow<'page, str>>,
    /// The version of the API that the page follows, major and minor, if it says one.
    pub api_version: Option<(u32, u32)>,
    /// What the index says of the project as a whole.
    pub status: Status,
    /// Why, in words.
    pub status_reason: Option<Cow<'page, str>>,
    /// Every version there is, in no particular order; JSON only.
    pub versions: Vec<Cow<'page, str>>,
    /// The pages that this one tracks (PEP 708).
    pub tracks: Vec<Cow<'page, str>>,
    /// Pages elsewhere that are of this project as well (PEP 708).
    pub alternate_locations: Vec<Cow<'page, str>>,
    /// The files, in the page's order.
    pub files: Vec<File<'page>>,
}

/// Is one file of a project.
///
/// ```
/// use pyspec::simple::Page;
/// let html = br#"<a href="/a-1.tar.gz#sha256=00" data-requires-python="&gt;=3.9" data-yanked="bad">a-1.tar.gz</a>"#;
/// let page = Page::from_html(html, "https://index.example.com/simple/a/").unwrap();
/// let file = &page.files[0];
/// assert_eq!(file.filename, "a-1.tar.gz");
/// assert_eq!(file.requires_python.as_deref(), Some(">=3.9"));
/// assert_eq!(file.yanked.as_deref(), Some("bad"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File<'page> {
    /// The file's name.
    pub filename: Cow<'page, str>,
    /// Its absolute address, without a fragment.
    pub url: Cow<'page, str>,
    /// Its hashes, as far as they are strong and well formed.
    pub hashes: Vec<Hash>,
    /// The `Requires-Python` of its metadata, as written.
    pub requires_python: Option<Cow<'page, str>>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// When it was uploaded, an RFC 3339 time in UTC.
    pub upload_time: Option<Cow<'page, str>>,
    /// Why it was yanked, maybe without words; `None` if it was not.
    pub yanked: Option<Cow<'page, str>>,
    /// Whether the index serves the file's METADATA under its address with `.metadata` behind.
    pub core_metadata: Option<CoreMetadata>,
    /// The address of its provenance (PEP 740).
    pub provenance: Option<Cow<'page, str>>,
}

/// Says what is known of a metadata file.
///
/// ```
/// use pyspec::simple::{CoreMetadata, Page};
/// let html = br#"<a href="/a-1-py3-none-any.whl" data-core-metadata="true">a</a>"#;
/// let page = Page::from_html(html, "https://index.example.com/simple/a/").unwrap();
/// assert_eq!(page.files[0].core_metadata, Some(CoreMetadata::Unhashed));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CoreMetadata {
    /// It is there.
    Unhashed,
    /// It is there and has this hash.
    Hashed(Hash),
}

/// Says what an index thinks of a project (PEP 792).
///
/// ```
/// assert!(pyspec::simple::Status::Quarantined.is_refused());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// No more releases are expected.
    Archived,
    /// It is thought to be unsafe: not to be installed.
    Quarantined,
    /// It is obsolete.
    Deprecated,
    /// Nothing in particular, or something that is not known here.
    #[default]
    #[serde(other)]
    Active,
}

impl Status {
    /// Tells whether files of such a project must not be used.
    ///
    /// ```
    /// assert!(!pyspec::simple::Status::Archived.is_refused());
    /// ```
    #[must_use]
    pub fn is_refused(self) -> bool {
        self == Self::Quarantined
    }

    /// Finds a status by its name; unknown ones count as active.
    ///
    /// ```
    /// use pyspec::simple::Status;
    /// assert_eq!(Status::from_name("deprecated"), Status::Deprecated);
    /// assert_eq!(Status::from_name("?"), Status::Active);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "archived" => Self::Archived,
            "quarantined" => Self::Quarantined,
            "deprecated" => Self::Deprecated,
            _ => Self::Active,
        }
    }
}

impl<'page> Page<'page> {
    /// Reads a JSON page (`application/vnd.pypi.simple.v1+json`) that was found at `base`.
    ///
    /// # Errors
    /// It is no JSON of that form, or of an API version whose major number is not 1.
    ///
    /// ```
    /// use pyspec::simple::Page;
    /// let error = Page::from_json(b"{\"files\": [{}]}", "https://index.example.com/a/").unwrap_err();
    /// assert_eq!(error.line(), Some(1));
    /// ```
    pub fn from_json(bytes: &'page [u8], base: &str) -> Result<Self, Error> {
        json::read(bytes, base)
    }

    /// Finds the files of a JSON page whose sha256 is `wanted`, without reading the rest of it; none where the page
    /// is damaged. Digests are handed over as the page spells them.
    ///
    /// ```
    /// use pyspec::simple::Page;
    /// let digest = "0".repeat(64);
    /// let json = format!(r#"{{"files": [{{"filename": "a-1.zip", "url": "a-1.zip", "hashes": {{"sha256": "{digest}"}}}}]}}"#);
    /// let found = Page::find_in_json(json.as_bytes(), "https://index.example.com/a/", &|found| found == digest);
    /// assert_eq!(found[0].filename, "a-1.zip");
    /// ```
    #[must_use]
    pub fn find_in_json(bytes: &'page [u8], base: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<File<'page>> {
        find::find(bytes, base, wanted)
    }

    /// Reads an HTML page (`application/vnd.pypi.simple.v1+html` or `text/html`) that was found at `base`.
    ///
    /// Any text is such a page; one without links has no files. What is not UTF-8 is replaced.
    ///
    /// # Errors
    /// The page says that it is of an API version whose major number is not 1.
    ///
    /// ```
    /// use pyspec::simple::Page;
    /// let html = br#"<base href="/files/"><a href="a-1.zip">a</a>"#;
    /// let page = Page::from_html(html, "https://index.example.com/simple/a/").unwrap();
    /// assert_eq!(page.files[0].url, "https://index.example.com/files/a-1.zip");
    /// ```
    pub fn from_html(bytes: &'page [u8], base: &str) -> Result<Self, Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => html::read(text, base),
            Err(_) => html::read(&String::from_utf8_lossy(bytes), base).map(Page::into_owned),
        }
    }

    /// Copies what is borrowed.
    ///
    /// ```
    /// let page: pyspec::simple::Page<'static> = pyspec::simple::Page::default().into_owned();
    /// assert!(page.files.is_empty());
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Page<'static> {
        Page {
            name: self.name.map(owned),
            api_version: self.api_version,
            status: self.status,
            status_reason: self.status_reason.map(owned),
            versions: self.versions.into_iter().map(owned).collect(),
            tracks: self.tracks.into_iter().map(owned).collect(),
            alternate_locations: self.alternate_locations.into_iter().map(owned).collect(),
            files: self.files.into_iter().map(File::into_owned).collect(),
        }
    }
}

impl File<'_> {
    /// Copies what is borrowed.
    ///
    /// ```
    /// use pyspec::simple::{File, Page};
    /// let page = Page::from_html(b"<a href=a-1.zip>a</a>", "https://index.example.com/").unwrap();
    /// let file: File<'static> = page.files[0].clone().into_owned();
    /// assert_eq!(file.filename, "a-1.zip");
    /// ```
    #[must_use]
    pub fn into_owned(self) -> File<'static> {
        File {
            filename: owned(self.filename),
            url: owned(self.url),
            hashes: self.hashes,
            requires_python: self.requires_python.map(owned),
            size: self.size,
            upload_time: self.upload_time.map(owned),
            yanked: self.yanked.map(owned),
            core_metadata: self.core_metadata,
            provenance: self.provenance.map(owned),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// Makes an address absolute and fit for a request; one that is already is passed on as it is.
fn resolve<'page>(base: &str, address: Cow<'page, str>) -> Cow<'page, str> {
    if !url::is_absolute(&address) {
        return Cow::Owned(url::quote(&url::join(base, &address)).into_owned());
    }
    match url::quote(&address) {
        Cow::Borrowed(_) => address,
        Cow::Owned(quoted) => Cow::Owned(quoted),
    }
}

/// Reads an API version, `1.1`, and refuses those of another major number.
fn api_version(version: &str, text: &str) -> Result<(u32, u32), Error> {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (major.parse(), minor.parse()) {
        (Ok(1), Ok(minor)) => Ok((1, minor)),
        _ => {
            let reason = format!("version {version:?} of the simple API is not supported, 1.x is");
            Err(Error::document(Document::SimplePage, text, 0, reason))
        }
    }
}
