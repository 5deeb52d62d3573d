//! Which files a project has, in all places that are asked.

use pyspec::name::Name;

use super::Client;
use crate::cache::Extent;
use crate::page::Page;
use crate::pages::Pages;
use crate::table::Table;
use crate::{Address, Error};

impl Client {
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

    /// The files of a project at one index; `None` if that does not know it.
    fn table_at(&self, index: &Address, name: &Name) -> Result<Option<Table>, Error> {
        let unread = self.unread_at(index, name, Extent::Whole)?;
        unread.map(|unread| unread.table(self, name)).transpose()
    }
}

fn is_same_page(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
