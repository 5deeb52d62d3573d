//! The pages of a project, place by place.

use std::sync::Arc;

use crate::page::{File, Page};
use crate::{Client, Error};

/// The pages of a project, place by place.
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a Client,
    name: &'a str,
    /// 0 for the links, then the indexes.
    next: usize,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(client: &'a Client, name: &'a str) -> Self {
        Self {
            client,
            name,
            next: 0,
        }
    }

    /// Whether nothing but the links has been given.
    pub(crate) fn is_at_first_index(&self) -> bool {
        self.next == 1
    }

    fn links(&self) -> Result<Option<Page>, Error> {
        let links = self.client.links()?;
        let files: Vec<File> = links
            .iter()
            .filter(|file| is_of(&file.name, self.name))
            .cloned()
            .collect();
        Ok(files
            .first()
            .map(|first| Arc::clone(&first.index))
            .map(|index| Page::of_files(index, files)))
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Page, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let place = self.next;
            self.next += 1;
            let found = if place == 0 {
                self.links()
            } else {
                let (index, _) = self.client.settings.indexes.get(place - 1)?;
                self.client.page_at(index, self.name)
            };
            if let Some(found) = found.transpose() {
                return Some(found);
            }
        }
    }
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
