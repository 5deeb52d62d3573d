//! The pages of a project, place by place.

use pyspec::name::Name;

use crate::cache::Extent;
use crate::page::Page;
use crate::unread::Unread;
use crate::{Address, Client, Error};

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

impl Pages<'_> {
    /// The next page as it came.
    pub fn next_unread(&mut self) -> Option<Result<Unread, Error>> {
        loop {
            let place = self.next;
            self.next += 1;
            let found = match self.client.settings.pinned.get(self.name) {
                Some(index) => (place == 0).then(|| self.at(index))?,
                None if place == 0 => self
                    .client
                    .links_of(self.name)
                    .map(|page| page.map(Unread::known)),
                None => self.at(&self.client.settings.indexes.get(place - 1)?.0),
            };
            if let Some(found) = found.transpose() {
                return Some(found);
            }
        }
    }

    fn at(&self, index: &Address) -> Result<Option<Unread>, Error> {
        // A name that is none is known to nobody.
        match Name::parse(self.name) {
            Ok(name) => self.client.unread_at(index, &name, Extent::Part),
            Err(_) => Ok(None),
        }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Page, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let unread = self.next_unread()?;
        Some(unread.and_then(|page| page.read(self.client)))
    }
}
