//! The client: pages, metadata and files, from whichever place has them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use pyspec::name::Name;

use crate::cache::{Cache, Extent, Kept};
use crate::config::Settings;
use crate::download::{Download, Received};
use crate::http::{Answer, Body, Call, Failed, Http};
use crate::page::{self, File, Page};
use crate::pages::Pages;
use crate::table::{Table, Terms};
use crate::turns::Turns;
use crate::unread::{Come, Unread};
use crate::{Address, Error, FirstRequest, Partial, local};

/// What we would like a page to be: JSON, else either kind of HTML.
const PAGE: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// No honest page is longer.
const LONGEST_PAGE: u64 = 128 << 20;

/// No honest requirements file is longer.
const LONGEST_TEXT: u64 = 16 << 20;

/// Asks indexes for pages, metadata and files. All threads share one.
#[derive(Debug)]
pub struct Client {
    pub(crate) http: Http,
    pub(crate) settings: Settings,
    cache: Cache,
    /// Whether a page is used without asking for as long as its index has said.
    trusting: bool,
    trusted: AtomicBool,
    turns: Turns,
    /// Memory for pages that are decompressed, for each processor at most once.
    spare: Mutex<Vec<Vec<u8>>>,
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
            trusting: false,
            trusted: AtomicBool::new(false),
            turns: Turns::default(),
            spare: Mutex::default(),
            links: OnceLock::new(),
            unsaid: Mutex::default(),
        }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Uses a page that was kept without asking whether it has changed, for as long as its index has said that it holds
    /// (`Cache-Control`). Without this the index is asked each time, as pip does.
    #[must_use]
    pub fn trusting_freshness(mut self) -> Self {
        self.trusting = true;
        self
    }

    /// Whether a page was used without asking whether it has changed.
    pub fn has_trusted(&self) -> bool {
        self.trusted.load(Ordering::Relaxed)
    }

    /// Tells of the first request over the network, for those who would do more at once from then on.
    pub fn first_request(&self) -> &FirstRequest {
        self.http.first_request()
    }

    /// Does a little of what can be done at any time: writes something into the cache. `false` if nothing is left.
    pub fn do_little(&self) -> bool {
        self.cache.write_one()
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
            page = page.with(next?);
        }
        Ok(page)
    }

    /// The same as a table, which is cheaper for those who want the files of few versions.
    ///
    /// # Errors
    ///
    /// As for [`page`](Self::page).
    pub fn table(&self, name: &Name) -> Result<Table, Error> {
        if let Some(index) = self.settings.pinned.get(name.as_str()) {
            return self.table_at(index, name)?.ok_or_else(|| Error::UnknownPackage {
                name: name.to_string(),
                indexes: vec![index.to_string()],
            });
        }
        let links = self.links_of(name.as_str())?;
        let mut tables = self.settings.indexes.iter();
        let found = tables.find_map(|(index, _)| self.table_at(index, name).transpose());
        match (links, found.transpose()?) {
            (None, Some(table)) => Ok(table),
            (None, None) => Err(self.unknown(name.as_str())),
            (Some(links), None) => Ok(Table::of_page(name, &links)),
            (Some(links), Some(table)) => Ok(Table::of_page(name, &links.with(table.to_page()))),
        }
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

    /// The indexes that know a project, all of them asked, but for those that say of each other that their projects of
    /// this name are one (PEP 708).
    ///
    /// # Errors
    ///
    /// An index could not be asked.
    pub fn rivals(&self, name: &Name) -> Result<Vec<String>, Error> {
        let mut known: Vec<(String, Vec<String>)> = Vec::new();
        for (index, _) in &self.settings.indexes {
            let Some(table) = self.table_at(index, name)? else {
                continue;
            };
            let own = index.below(&format!("{name}/")).to_string();
            let is_related = |(other, related): &(String, Vec<String>)| {
                table.related.iter().any(|page| is_same_page(page, other))
                    || related.iter().any(|page| is_same_page(page, &own))
            };
            if !known.iter().any(is_related) {
                known.push((own, table.related));
            }
        }
        Ok(known.into_iter().map(|(page, _)| page).collect())
    }

    /// What the `METADATA` of a wheel says of its name, version and needs: the file beside it where there is one, else
    /// out of the wheel's end, else out of the whole wheel.
    ///
    /// # Errors
    ///
    /// No place gives it, or the wheel is damaged.
    pub fn metadata(&self, file: &File) -> Result<Vec<u8>, Error> {
        if file.url.is_file() {
            return local::metadata(file).map(essential);
        }
        if let Some(metadata) = self.cache.metadata(file.sha256.as_ref()) {
            return Ok(metadata);
        }
        let metadata = essential(self.metadata_from_afar(file)?);
        self.cache.keep_metadata(file.sha256.as_ref(), &metadata);
        Ok(metadata)
    }

    /// The text at an address that is no page of an index: a requirements file.
    ///
    /// # Errors
    ///
    /// It is not there, is a page for people, or the network failed.
    pub fn text(&self, url: &Address) -> Result<Vec<u8>, Error> {
        let call = Call {
            compressed: true,
            ..Call::new(url, "text/plain, */*;q=0.1", self.deadline())
        };
        let (answer, text) = self.http.get_small(&call, LONGEST_TEXT)?;
        let found = answer.media_type();
        if ["text/html", "application/xhtml+xml"].contains(&found.as_str()) {
            let url = answer.url.without_credentials();
            let expected = "a requirements file";
            return Err(Error::NotAPackage { url, expected, found });
        }
        Ok(text)
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
        let is_unknown = expected.is_empty();
        let received = Download {
            http: &self.http,
            file,
            expected,
            patience: self.settings.patience,
            arrived,
        }
        .run(partial)?;
        if let Some(validator) = partial.validator().filter(|_| is_unknown) {
            self.cache.keep_digest(&file.url, validator, &received.sha256);
        }
        Ok(received)
    }

    /// The SHA-256 of a file whose page names none, if it was fetched before and its index says that it is still the
    /// same.
    ///
    /// # Errors
    ///
    /// The index could not be asked.
    pub fn remembered(&self, file: &File) -> Result<Option<String>, Error> {
        let Some((digest, validator)) = self.cache.digest(&file.url) else {
            return Ok(None);
        };
        let is_tag = validator.starts_with('"');
        let call = Call {
            if_none_match: Some(validator.as_str()).filter(|_| is_tag),
            if_modified_since: Some(validator.as_str()).filter(|_| !is_tag),
            ..Call::new(&file.url, "*/*", self.deadline())
        };
        // What has changed is fetched by whoever wants it.
        let answer = self.http.retrying(|| self.http.get(&call))?;
        Ok((answer.status == 304).then_some(digest))
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

    /// The files of a project at one index; `None` if that does not know it.
    pub(crate) fn table_at(&self, index: &Address, name: &Name) -> Result<Option<Table>, Error> {
        let unread = self.unread_at(index, name, Extent::Whole)?;
        unread.map(|unread| unread.table(self, name)).transpose()
    }

    /// The page of a project at one index, or so much of it as an earlier run wanted; `None` if the index does not know
    /// it.
    pub(crate) fn unread_at(
        &self,
        index: &Address,
        name: &Name,
        least: Extent,
    ) -> Result<Option<Unread>, Error> {
        if index.is_file() {
            return Ok(local::page(index, name.as_str())?.map(Unread::known));
        }
        let url = index.below(&format!("{name}/"));
        let place: Arc<str> = Arc::from(index.to_string());
        let kept = self.cache.page(&url, &place, least);
        let unread = |kept: Kept| match kept.extent {
            Extent::Whole => Unread::kept(kept.table),
            Extent::Part => Unread::part(kept.table, index, name),
        };
        let kept = match kept {
            Some(kept) if self.trusting && kept.is_fresh(SystemTime::now()) => {
                self.trusted.store(true, Ordering::Relaxed);
                return Ok(Some(unread(kept)));
            }
            kept => kept,
        };
        let terms = kept.as_ref().map(|kept| &kept.table.terms);
        let Some((answer, body)) = self.answer_of(&url, terms)? else {
            return Ok(None);
        };
        if let (304, Some(kept)) = (answer.status, kept) {
            self.cache.confirm_page(&url, kept.extent);
            return Ok(Some(unread(kept)));
        }
        Ok(Some(Unread::come(Come {
            name: name.clone(),
            index: place,
            asked: url,
            kind: answer.media_type(),
            terms: terms_of(&answer),
            url: answer.url,
            body,
            searched: OnceLock::new(),
        })))
    }

    /// Takes a page apart that has come, and keeps it for later runs.
    pub(crate) fn take_apart(&self, come: &Come) -> Result<Table, Error> {
        let table = self.turns.take(|| {
            let spare = self.spare().pop();
            let body = come.plain(spare.unwrap_or_default())?;
            let table = page::table(&body, &come.kind, &come.url, &come.name, &come.index, &come.terms);
            if let Cow::Owned(memory) = body {
                self.spare().push(memory);
            }
            table
        })?;
        self.cache.keep_page(&come.asked, &table, Extent::Whole);
        Ok(table)
    }

    /// Keeps some files of a page that has come: to take all of it apart may cost more than to get them.
    pub(crate) fn keep(&self, come: &Come, files: &[File]) {
        let page = Page::of_files(Arc::clone(&come.index), files.to_vec());
        let table = Table::on_terms(&come.name, &page, &come.terms);
        self.cache.keep_page(&come.asked, &table, Extent::Part);
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer at an address; `None` if there is nothing.
    fn answer_of(&self, url: &Address, known: Option<&Terms>) -> Result<Option<(Answer, Body)>, Error> {
        let said = |text: fn(&Terms) -> &String| known.map(text).filter(|text| !text.is_empty());
        let call = Call {
            compressed: true,
            if_none_match: said(|terms| &terms.etag).map(String::as_str),
            if_modified_since: said(|terms| &terms.modified).map(String::as_str),
            ..Call::new(url, PAGE, self.deadline())
        };
        match self.http.get_packed(&call, LONGEST_PAGE) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_status(404) || error.is_status(410) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The files of a project among the links, if there are any.
    pub(crate) fn links_of(&self, project: &str) -> Result<Option<Page>, Error> {
        let links = self.links()?.iter();
        let files: Vec<File> = links.filter(|file| is_of(&file.name, project)).cloned().collect();
        Ok(files
            .first()
            .map(|first| Arc::clone(&first.index))
            .map(|index| Page::of_files(index, files)))
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
            } else if let Some((answer, body)) = self.answer_of(place, None)? {
                let body = body.plain(Vec::new());
                let body = body.map_err(|error| *Failed::broken(place, &error.to_string()).error)?;
                let page = page::links(&body, &answer.media_type(), &answer.url, &index)?;
                files.extend(page.files);
            }
        }
        Ok(self.links.get_or_init(|| files))
    }
}

fn terms_of(answer: &Answer) -> Terms {
    let header = |name| answer.header(name).unwrap_or_default().to_owned();
    Terms {
        etag: header("etag"),
        modified: header("last-modified"),
        max_age: answer.max_age(),
    }
}

fn is_same_page(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

/// The fields of `METADATA` that decide what is installed; the rest, mostly a description, is a hundred times as long.
const ESSENTIAL: [&str; 6] = [
    "metadata-version",
    "name",
    "version",
    "requires-python",
    "requires-dist",
    "provides-extra",
];

/// Leaves of `METADATA` only what decides, folded lines included.
fn essential(metadata: Vec<u8>) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut keeping = false;
    for line in metadata.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            keeping = ESSENTIAL
                .iter()
                .any(|field| name.eq_ignore_ascii_case(field.as_bytes()));
        }
        if keeping {
            kept.extend_from_slice(line);
        }
    }
    kept
}

/// Whether a file is one of a project's, by its name.
fn is_of(file: &str, project: &str) -> bool {
    let matches = |stem: &str| pyspec::name::canonicalize(stem) == project;
    if file.ends_with(".whl") {
        return file.split('-').next().is_some_and(matches);
    }
    // The name of a source distribution may hold dashes itself.
    file.match_indices('-').any(|(at, _)| matches(&file[..at]))
}

#[cfg(test)]
mod tests {
    use super::essential;

    #[test]
    fn the_description_is_left_out() {
        let text = "Metadata-Version: 2.1\nname: a\nVersion: 1\nSummary: x\n more\nRequires-Dist: b\n\t; extra == 'x'\n\nName: no\n";
        let kept = "Metadata-Version: 2.1\nname: a\nVersion: 1\nRequires-Dist: b\n\t; extra == 'x'\n";
        assert_eq!(essential(text.into()), kept.as_bytes());
        assert_eq!(essential(b"Name: a".to_vec()), b"Name: a");
    }
}
