//! A page that is here and not read yet: whoever knows digests needs a few lines of it.

use std::sync::Arc;

use pyspec::name::Name;
use pyspec::simple;

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
    /// As it came.
    Answer(Box<Come>),
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
    pub(crate) body: Vec<u8>,
}

impl Unread {
    pub(crate) fn known(page: Page) -> Self {
        Self(Form::Page(page))
    }

    pub(crate) fn kept(table: Table) -> Self {
        Self(Form::Kept(table))
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
            Form::Kept(table) => table.all_files().into_iter().filter(is_wanted).collect(),
            Form::Answer(come) if page::is_json(&come.kind) => come.find(wanted),
            Form::Answer(_) => Vec::new(),
        }
    }

    /// Keeps it for later runs, for those who found what they wanted and read no more of it.
    pub fn keep(&self, client: &Client) {
        if let Form::Answer(come) = &self.0 {
            client.keep(come);
        }
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// It is no page of an index.
    pub fn read(self, client: &Client) -> Result<Page, Error> {
        match self.0 {
            Form::Page(page) => Ok(page),
            Form::Kept(table) => Ok(table.to_page()),
            Form::Answer(come) => Ok(client.take_apart(&come)?.to_page()),
        }
    }

    /// Reads it as a table.
    pub(crate) fn table(self, client: &Client, name: &Name) -> Result<Table, Error> {
        match self.0 {
            Form::Page(page) => Ok(Table::of_page(name, &page)),
            Form::Kept(table) => Ok(table),
            Form::Answer(come) => client.take_apart(&come),
        }
    }
}

impl Come {
    fn find(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<File> {
        let is_lower = |digest: &str| !digest.bytes().any(|digit| digit.is_ascii_uppercase());
        let spelt =
            |digest: &str| wanted(digest) || !is_lower(digest) && wanted(&digest.to_ascii_lowercase());
        let found = simple::Page::find_in_json(&self.body, &self.url.to_string(), &spelt);
        let files = found.into_iter();
        files
            .filter_map(|file| page::file_of(file, &self.url, &self.index))
            .collect()
    }
}
