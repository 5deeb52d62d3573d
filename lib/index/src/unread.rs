//! A page that is here and not read yet: whoever knows digests needs a few lines of it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use pyspec::name::Name;
use pyspec::simple;

use crate::cache::Extent;
use crate::http::{Body, Failed};
use crate::page::{self, File, Page};
use crate::table::{Table, Terms};
use crate::{Address, Client, Error};

/// A page that is here and not read yet.
#[derive(Debug)]
pub struct Unread(Form);

#[derive(Debug)]
enum Form {
    /// Of a folder, or of links: it is known already.
    Page(Page),
    /// Kept by an earlier run, and still what the index has.
    Kept(Table),
    /// The same of some of its files.
    Part(Box<Part>),
    /// As it came.
    Answer(Box<Come>),
}

/// Some files of a page, and where the others are.
#[derive(Debug)]
struct Part {
    table: Table,
    index: Address,
    name: Name,
}

/// A page as it came.
#[derive(Debug)]
pub(crate) struct Come {
    pub(crate) name: Name,
    pub(crate) index: Arc<str>,
    /// The address that was asked, and the one that answered.
    pub(crate) asked: Address,
    pub(crate) url: Address,
    pub(crate) kind: String,
    pub(crate) terms: Terms,
    pub(crate) body: Body,
    /// What was unpacked to be searched; nothing of a body that cannot be unpacked.
    pub(crate) searched: OnceLock<Vec<u8>>,
}

impl Unread {
    pub(crate) fn known(page: Page) -> Self {
        Self(Form::Page(page))
    }

    pub(crate) fn kept(table: Table) -> Self {
        Self(Form::Kept(table))
    }

    pub(crate) fn part(table: Table, index: &Address, name: &Name) -> Self {
        Self(Form::Part(Box::new(Part {
            table,
            index: index.clone(),
            name: name.clone(),
        })))
    }

    pub(crate) fn come(answer: Come) -> Self {
        Self(Form::Answer(Box::new(answer)))
    }

    /// Finds files by their sha256, in lower case. What is not found may still be there: of what has come, only JSON
    /// is searched.
    pub fn find(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<File> {
        let is_wanted = |file: &File| file.sha256.as_deref().is_some_and(wanted);
        match &self.0 {
            Form::Page(page) => page
                .files
                .iter()
                .filter(|file| is_wanted(file))
                .cloned()
                .collect(),
            Form::Kept(table) => found_in(table, is_wanted),
            Form::Part(part) => found_in(&part.table, is_wanted),
            Form::Answer(come) if page::is_json(&come.kind) => come.find(wanted),
            Form::Answer(_) => Vec::new(),
        }
    }

    /// Keeps what was found for later runs, for those who read no more of it.
    pub fn keep(&self, client: &Client, found: &[File]) {
        if let Form::Answer(come) = &self.0 {
            client.keep(come, found);
        }
    }

    /// Reads it; one of which only a part is kept is asked for once more.
    ///
    /// # Errors
    ///
    /// It is no page of an index.
    pub fn read(self, client: &Client) -> Result<Page, Error> {
        match self.0 {
            Form::Page(page) => Ok(page),
            Form::Kept(table) => Ok(table.to_page()),
            Form::Part(part) => part.whole(client)?.read(client),
            Form::Answer(come) => Ok(client.take_apart(&come)?.to_page()),
        }
    }

    /// Reads it as a table.
    pub(crate) fn table(self, client: &Client, name: &Name) -> Result<Table, Error> {
        match self.0 {
            Form::Page(page) => Ok(Table::of_page(name, &page)),
            Form::Kept(table) => Ok(table),
            Form::Part(part) => part.whole(client)?.table(client, name),
            Form::Answer(come) => client.take_apart(&come),
        }
    }
}

impl Part {
    fn whole(&self, client: &Client) -> Result<Unread, Error> {
        let whole = client.unread_at(&self.index, &self.name, Extent::Whole)?;
        // It was there a moment ago.
        whole.ok_or_else(|| client.unknown(self.name.as_str()))
    }
}

fn found_in(table: &Table, is_wanted: impl Fn(&File) -> bool) -> Vec<File> {
    table.all_files().into_iter().filter(is_wanted).collect()
}

impl Come {
    /// The page as its index wrote it.
    pub(crate) fn plain(&self, spare: Vec<u8>) -> Result<Cow<'_, [u8]>, Error> {
        if let Some(searched) = self.searched.get().filter(|searched| !searched.is_empty()) {
            return Ok(Cow::Borrowed(searched));
        }
        let plain = self.body.plain(spare);
        plain.map_err(|error| *Failed::broken(&self.url, &error.to_string()).error)
    }

    fn find(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<File> {
        let is_lower = |digest: &str| !digest.bytes().any(|digit| digit.is_ascii_uppercase());
        let spelt =
            |digest: &str| wanted(digest) || !is_lower(digest) && wanted(&digest.to_ascii_lowercase());
        let unpack = || {
            self.body
                .plain(Vec::new())
                .map(Cow::into_owned)
                .unwrap_or_default()
        };
        let found =
            simple::Page::find_in_json(self.searched.get_or_init(unpack), &self.url.to_string(), &spelt);
        let files = found.into_iter();
        files
            .filter_map(|file| page::file_of(file, &self.url, &self.index))
            .collect()
    }
}
