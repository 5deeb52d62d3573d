//! Files of a JSON page by their digests, without reading the rest of it.

use memchr::memmem::Finder;
use memchr::{memchr_iter, memrchr};

use super::{File, Page, resolve};
use crate::hash::{Algorithm, Hash};

/// What stands before a digest.
const KEY: &[u8] = b"\"sha256\"";

/// How long a digest is, in hexadecimal digits.
const DIGITS: usize = 64;

/// How deep inside its file's object a digest may stand.
const DEEPEST: usize = 8;

/// How many times the page's length may be read in search of it. An honest page takes a third of that once; one that is
/// made to have the same bytes read again and again is read whole instead.
const PATIENCE: usize = 4;

pub(super) fn find<'page>(page: &'page [u8], base: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<File<'page>> {
    let mut search = Search {
        page,
        left: PATIENCE * page.len(),
    };
    search
        .all(base, wanted)
        .unwrap_or_else(|Spent| whole(page, base, wanted))
}

/// The same from the whole page.
fn whole<'page>(page: &'page [u8], base: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<File<'page>> {
    let files = Page::from_json(page, base).map_or_else(|_| Vec::new(), |page| page.files);
    let is_wanted = |file: &File<'_>| {
        file.hashes
            .iter()
            .any(|hash| is_sha256(hash) && wanted(&hash.hex))
    };
    files.into_iter().filter(is_wanted).collect()
}

fn is_sha256(hash: &Hash) -> bool {
    hash.algorithm == Algorithm::Sha256
}

/// Too much was read.
struct Spent;

/// A search that reads no more than is reasonable.
struct Search<'page> {
    page: &'page [u8],
    /// How many bytes may still be read.
    left: usize,
}

/// Reads the value behind a key, if it is as long as a digest.
fn digest(rest: &[u8]) -> Option<&str> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let digits = rest.get(..DIGITS).filter(|_| rest.get(DIGITS) == Some(&b'"'))?;
    std::str::from_utf8(digits).ok()
}

impl<'page> Search<'page> {
    fn all(&mut self, base: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<File<'page>>, Spent> {
        let mut found: Vec<File<'page>> = Vec::new();
        let mut read_to = 0;
        for at in Finder::new(KEY).find_iter(self.page) {
            if at < read_to {
                // In the file that was found last: it may say its digest again.
                continue;
            }
            let digest = digest(&self.page[at + KEY.len()..]).filter(|digest| wanted(digest));
            let Some(digest) = digest else { continue };
            if let Some((mut file, end)) = self.around(at, digest)? {
                file.url = resolve(base, std::mem::take(&mut file.url));
                found.push(file);
                read_to = end;
            }
        }
        Ok(found)
    }

    /// Reads the file that a place in the page belongs to: the innermost object around it that is one and has the
    /// digest. Returns where it ends too.
    ///
    /// A brace in a string begins no object that can be read: quotes in it are escaped.
    fn around(&mut self, at: usize, digest: &str) -> Result<Option<(File<'page>, usize)>, Spent> {
        let mut start = at;
        for _ in 0..DEEPEST {
            let brace = memrchr(b'{', &self.page[..start]);
            self.spend(start - brace.unwrap_or(0))?;
            let Some(brace) = brace else { break };
            start = brace;
            let (file, length) = read(&self.page[start..]);
            self.spend(length)?;
            let is_it = |hash: &Hash| is_sha256(hash) && hash.hex.eq_ignore_ascii_case(digest);
            if let Some(file) = file.filter(|file| file.hashes.iter().any(is_it)) {
                return Ok(Some((file, start + length)));
            }
        }
        Ok(None)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Spent> {
        self.left = self.left.checked_sub(bytes).ok_or(Spent)?;
        Ok(())
    }
}

/// Reads the value that begins here, a file if it is one, and says how many bytes that took.
fn read(bytes: &[u8]) -> (Option<File<'_>>, usize) {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<File<'_>>();
    match values.next() {
        Some(Ok(file)) => (Some(file), values.byte_offset()),
        Some(Err(error)) => (None, place(bytes, &error)),
        None => (None, bytes.len()),
    }
}

/// Returns how far a reader came before it met an error.
fn place(bytes: &[u8], error: &serde_json::Error) -> usize {
    let newline = match error.line() {
        0 => return bytes.len(),
        1 => None,
        line => memchr_iter(b'\n', bytes).nth(line - 2),
    };
    newline.map_or(0, |newline| newline + 1) + error.column()
}

#[cfg(test)]
mod tests {
    use super::super::Page;
    use super::find;

    const BASE: &str = "https://index.example.com/simple/a/";

    fn page() -> String {
        let digest = |letter: &str| letter.repeat(64);
        format!(
            r#"{{"files": [
                {{"filename": "a-1.zip", "hashes": {{"md5": "0", "sha256": "{}"}}, "url": "a-1.zip"}},
                {{"core-metadata": {{"sha256": "{}"}}, "filename": "a-2-py3-none-any.whl", "hashes" : {{"sha256" : "{}"}},
                  "url": "../a-2.whl", "yanked": "because {{\"filename\": \"x\"}}"}},
                {{"filename": "a-3.zip", "url": "a-3.zip", "hashes": {{}},
                  "note": "{{\"filename\": \"evil\", \"url\": \"e\", \"hashes\": {{\"sha256\": \"{}\"}}}}"}}
            ], "meta": {{"api-version": "1.0"}}, "name": "a"}}"#,
            digest("a"),
            digest("b"),
            digest("C"),
            digest("d")
        )
    }

    #[test]
    fn what_is_found_is_what_the_whole_page_says() {
        let page = page();
        let whole = Page::from_json(page.as_bytes(), BASE).unwrap();
        for letter in ["a", "b", "c", "d", "0"] {
            let wanted = |digest: &str| digest.eq_ignore_ascii_case(&letter.repeat(64));
            let found = find(page.as_bytes(), BASE, &wanted);
            let said = whole.files.iter().filter(|file| {
                file.hashes
                    .iter()
                    .any(|hash| wanted(&hash.hex) && hash.algorithm.to_string() == "sha256")
            });
            assert_eq!(found, said.cloned().collect::<Vec<_>>(), "{letter}");
        }
    }

    #[test]
    fn a_digest_said_again_and_again_is_not_read_again_and_again() {
        let digest = "a".repeat(64);
        let many = |text: &str| vec![text; 30_000].join(",");
        let said = many(&format!(r#""sha256": "{digest}""#));
        let object = format!(r#"{{"sha256": "{digest}"}}"#);
        let pages = [
            // In the file itself, in an object beside it, in a list, and where no object begins at all.
            format!(r#"{{"filename": "a", "url": "a", "hashes": {{{said}}}}}"#),
            format!(r#"{{"filename": "a", "url": "a", "hashes": {{"sha256": "{digest}"}}}}, {{{said}}}"#),
            format!(
                r#"{{"filename": "a", "url": "a", "hashes": {object}, "x": [{}]}}"#,
                many(&object)
            ),
            format!(
                r#"{{"filename": "a", "url": "a", "hashes": {object}}}, {}"#,
                many(&object)
            ),
        ];
        for files in pages {
            let page = format!(r#"{{"files": [{files}], "meta": {{"api-version": "1.0"}}, "name": "a"}}"#);
            // Each read for each digest would take hours.
            assert!(find(page.as_bytes(), BASE, &|found| found == digest).len() <= 1);
        }
        let loose = many(&format!(r#""sha256": "{digest}", "{{": 0"#));
        assert_eq!(find(loose.as_bytes(), BASE, &|found| found == digest), []);
    }

    #[test]
    fn files_of_the_same_content_are_all_found() {
        let digest = "a".repeat(64);
        let file = |name: usize| {
            format!(r#"{{"filename": "a-{name}.zip", "url": "{name}", "hashes": {{"sha256": "{digest}"}}}}"#)
        };
        let files: Vec<_> = (0..5000).map(file).collect();
        let files = files.join(",\n");
        let page =
            format!("{{\"files\": [{files}],\n \"meta\": {{\"api-version\": \"1.0\"}}, \"name\": \"a\"}}");
        let found = find(page.as_bytes(), BASE, &|found| found == digest);
        assert_eq!(found, Page::from_json(page.as_bytes(), BASE).unwrap().files);
    }

    #[test]
    fn damage_is_nothing_found() {
        let page = page();
        for cut in 0..page.len() {
            let found = find(&page.as_bytes()[..cut], BASE, &|_| true);
            assert!(found.len() < 3);
        }
    }
}
