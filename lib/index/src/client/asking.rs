//! The page of a project at one index: asked for, or kept since an earlier run.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use pyspec::name::Name;

use super::Client;
use crate::cache::{Extent, Kept};
use crate::http::{Answer, Body, Call};
use crate::page::{self, File, Page};
use crate::table::{Table, Terms};
use crate::unread::{Come, Unread};
use crate::{Address, Error, local};

/// What we would like a page to be: JSON, else either kind of HTML.
const PAGE: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// No honest page is longer.
const LONGEST_PAGE: u64 = 128 << 20;

impl Client {
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
    pub(super) fn answer_of(
        &self,
        url: &Address,
        known: Option<&Terms>,
    ) -> Result<Option<(Answer, Body)>, Error> {
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
}

fn terms_of(answer: &Answer) -> Terms {
    let header = |name| answer.header(name).unwrap_or_default().to_owned();
    Terms {
        etag: header("etag"),
        modified: header("last-modified"),
        max_age: answer.max_age(),
    }
}
