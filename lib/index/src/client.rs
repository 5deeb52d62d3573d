//! The client: pages, metadata and files, from whichever place has them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::cache::{Cache, Kept};
use crate::config::Settings;
use crate::download::{Download, Received};
use crate::http::{Call, Http};
use crate::page::{self, File, Page};
use crate::pages::Pages;
use crate::{Address, Error, Partial, local};

/// What we would like a page to be: JSON, else either kind of HTML.
const PAGE: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// No honest page is longer.
const LONGEST_PAGE: u64 = 128 << 20;

/// Asks indexes for pages, metadata and files. All threads share one.
#[derive(Debug)]
pub struct Client {
    pub(crate) http: Http,
    pub(crate) settings: Settings,
    cache: Cache,
    links: OnceLock<Vec<File>>,
    /// Whether a host has metadata beside its wheels although its pages do not say so.
    pub(crate) unsaid: Mutex<HashMap<String, bool>>,
}

impl Client {
    /// Makes a client. Nothing is asked and no certificate is read before the first request.
    pub fn new(settings: Settings) -> Self {
        let http = Http::new(&settings);
        let cache = Cache::new(settings.cache.clone());
        Self {
            http,
            settings,
            cache,
            links: OnceLock::new(),
            unsaid: Mutex::default(),
        }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The files of a project, by its normalised name: those of find-links, then those of the first index
    /// that knows the name. The later ones are not asked, so that nobody can slip a file in there.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPackage`] if no place knows it; what went wrong with an index otherwise.
    pub fn page(&self, name: &str) -> Result<Page, Error> {
        let mut pages = self.pages(name);
        let mut page = pages.next().ok_or_else(|| self.unknown(name))??;
        if pages.is_at_first_index()
            && let Some(next) = pages.next()
        {
            let next = next?;
            page.files.extend(next.files);
            page.index = next.index;
            page.status = next.status;
            page.status_reason = next.status_reason;
        }
        Ok(page)
    }

    /// The pages of a project in all places that know it, in their order, each asked for when it is wanted:
    /// for those who know by a hash which file they want. The links, if any fit, are the first page.
    pub fn pages<'a>(&'a self, name: &'a str) -> Pages<'a> {
        Pages::new(self, name)
    }

    /// The error that says that no place knows a project.
    pub fn unknown(&self, name: &str) -> Error {
        let places = self.settings.find_links.iter().chain(&self.settings.indexes);
        Error::UnknownPackage {
            name: name.to_owned(),
            indexes: places.map(|(place, _)| place.to_string()).collect(),
        }
    }

    /// The `METADATA` of a wheel: the file beside it where there is one, else out of the wheel's end,
    /// else out of the whole wheel.
    ///
    /// # Errors
    ///
    /// No place gives it, or the wheel is damaged.
    pub fn metadata(&self, file: &File) -> Result<Vec<u8>, Error> {
        if file.url.is_file() {
            return local::metadata(file);
        }
        if let Some(metadata) = self.cache.metadata(file.sha256.as_ref()) {
            return Ok(metadata);
        }
        let metadata = self.metadata_from_afar(file)?;
        self.cache.keep_metadata(file.sha256.as_ref(), &metadata);
        Ok(metadata)
    }

    /// Gets a file into `partial`, going on from what is there. Its SHA-256 must be one of `expected`; if that is
    /// empty, the one that the page says; if that says none either, anything goes.
    ///
    /// `arrived` is told of the number of bytes of each piece. A failure leaves the partial file fit to go on from.
    ///
    /// # Errors
    ///
    /// [`Error::HashMismatch`], and whatever the network and the disk may do.
    pub fn download(
        &self,
        file: &File,
        expected: &[String],
        partial: &mut Partial,
        arrived: &dyn Fn(u64),
    ) -> Result<Received, Error> {
        let expected = if expected.is_empty() {
            file.sha256.iter().cloned().collect()
        } else {
            expected.to_vec()
        };
        if file.url.is_file() {
            return local::copy(file, &expected, partial, arrived);
        }
        Download {
            http: &self.http,
            file,
            expected,
            patience: self.settings.patience,
            arrived,
        }
        .run(partial)
    }

    /// Folders of links that are not there; pip only warns of them, and so should a tool.
    pub fn missing_links(&self) -> Vec<String> {
        let places = self
            .settings
            .find_links
            .iter()
            .filter(|(place, _)| place.is_file() && !place.to_path().exists());
        places
            .map(|(place, origin)| {
                format!(
                    "{}: no such folder of links ({origin})",
                    place.to_path().display()
                )
            })
            .collect()
    }

    /// How long an answer that is no file may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.settings
            .timeout
            .saturating_mul(8)
            .min(self.settings.patience)
    }

    /// The page of a project at one index; `None` if that does not know it.
    pub(crate) fn page_at(&self, index: &Address, name: &str) -> Result<Option<Page>, Error> {
        if index.is_file() {
            return local::page(index, name);
        }
        let url = index.below(&format!("{name}/"));
        self.page_of(&url, &Arc::from(index.to_string()))
    }

    /// The page at an address; `None` if there is none.
    fn page_of(&self, url: &Address, index: &Arc<str>) -> Result<Option<Page>, Error> {
        let Some(Kept { kind, url, body, .. }) = self.answer_of(url)? else {
            return Ok(None);
        };
        if kind.ends_with("+json") || kind == "application/json" {
            return page::from_json(&body, &url, index).map(Some);
        }
        if kind.ends_with("html") || kind.ends_with("html+xml") {
            return page::from_html(&body, &url, index).map(Some);
        }
        let url = url.without_credentials();
        Err(Error::NotAPackage {
            url,
            expected: "an index page",
            found: kind,
        })
    }

    /// The answer at an address, from the cache if the index says that it is still the same.
    fn answer_of(&self, url: &Address) -> Result<Option<Kept>, Error> {
        let kept = self.cache.page(url);
        let if_none_match = kept.as_ref().map(|kept| kept.validator.as_str());
        let call = Call {
            compressed: true,
            if_none_match,
            ..Call::new(url, PAGE, self.deadline())
        };
        let (answer, body) = match self.http.get_small(&call, LONGEST_PAGE) {
            Ok(found) => found,
            Err(error) if error.is_status(404) || error.is_status(410) => return Ok(None),
            Err(error) => return Err(error),
        };
        if let (304, Some(kept)) = (answer.status, kept) {
            return Ok(Some(kept));
        }
        let validator = answer.header("etag").unwrap_or_default().to_owned();
        let page = Kept {
            validator,
            kind: answer.media_type(),
            url: answer.url,
            body,
        };
        if !page.validator.is_empty() {
            self.cache.keep_page(url, &page);
        }
        Ok(Some(page))
    }

    /// All files of all find-links, read once.
    pub(crate) fn links(&self) -> Result<&[File], Error> {
        if let Some(found) = self.links.get() {
            return Ok(found);
        }
        let mut files = Vec::new();
        for (place, _) in &self.settings.find_links {
            let index: Arc<str> = Arc::from(place.to_string());
            if place.is_file() {
                files.extend(local::links(place, &index)?);
            } else if let Some(page) = self.page_of(place, &index)? {
                files.extend(page.files);
            }
        }
        Ok(self.links.get_or_init(|| files))
    }
}
