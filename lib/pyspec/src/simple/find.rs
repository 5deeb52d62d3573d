//! Files of a JSON page by their digests, without reading the rest of it.

use memchr::memmem::Finder;
use memchr::memrchr;

use super::{File, resolve};
use crate::hash::Algorithm;

/// What stands before a digest.
const KEY: &[u8] = b"\"sha256\"";

/// How long a digest is, in hexadecimal digits.
const DIGITS: usize = 64;

/// How deep inside its file's object a digest may stand.
const DEEPEST: usize = 8;

pub(super) fn find<'page>(page: &'page [u8], base: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<File<'page>> {
    let mut found: Vec<File<'page>> = Vec::new();
    for at in Finder::new(KEY).find_iter(page) {
        let digest = digest(&page[at + KEY.len()..]).filter(|digest| wanted(digest));
        let Some(mut file) = digest.and_then(|digest| around(page, at, digest)) else {
            continue;
        };
        file.url = resolve(base, std::mem::take(&mut file.url));
        if !found.contains(&file) {
            found.push(file);
        }
    }
    found
}

/// Reads the value behind a key, if it is as long as a digest.
fn digest(rest: &[u8]) -> Option<&str> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let digits = rest.get(..DIGITS).filter(|_| rest.get(DIGITS) == Some(&b'"'))?;
    std::str::from_utf8(digits).ok()
}

/// Reads the file that a place in the page belongs to: the innermost object around it that is one and has the digest.
///
/// A brace in a string begins no object that can be read: quotes in it are escaped.
fn around<'page>(page: &'page [u8], at: usize, digest: &str) -> Option<File<'page>> {
    let mut end = at;
    for _ in 0..DEEPEST {
        end = memrchr(b'{', &page[..end])?;
        let mut values = serde_json::Deserializer::from_slice(&page[end..]).into_iter::<File<'page>>();
        let Some(Ok(file)) = values.next() else { continue };
        let is_of = |hash: &crate::hash::Hash| {
            hash.algorithm == Algorithm::Sha256 && hash.hex.eq_ignore_ascii_case(digest)
        };
        if file.hashes.iter().any(is_of) {
            return Some(file);
        }
    }
    None
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
    fn damage_is_nothing_found() {
        let page = page();
        for cut in 0..page.len() {
            let found = find(&page.as_bytes()[..cut], BASE, &|_| true);
            assert!(found.len() < 3);
        }
    }
}
