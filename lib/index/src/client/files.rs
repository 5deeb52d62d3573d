//! Files that are fetched whole: distributions, and texts that are no pages of an index.

use super::Client;
use crate::download::{Download, Received};
use crate::http::Call;
use crate::page::File;
use crate::{Address, Error, Partial, local};

/// No honest requirements file is longer.
const LONGEST_TEXT: u64 = 16 << 20;

impl Client {
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
}
