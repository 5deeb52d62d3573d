//! The pages of a project, place by place.

use crate::page::Page;
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
}

impl Iterator for Pages<'_> {
    type Item = Result<Page, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let place = self.next;
            self.next += 1;
            let found = if place == 0 {
                self.client.links_of(self.name)
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
