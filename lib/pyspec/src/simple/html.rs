//! HTML pages (PEP 503, 592, 629, 658, 714, 792): links, `<base>` and `<meta>`, whatever else is around them.

use std::borrow::Cow;

use super::{CoreMetadata, File, Page, Status, api_version, resolve};
use crate::Error;
use crate::hash::{Algorithm, Hash};
use crate::url;

pub(super) fn read<'page>(text: &'page str, base: &str) -> Result<Page<'page>, Error> {
    let mut page = Page::default();
    let mut base = Cow::Borrowed(base);
    let mut has_base = false;
    for tag in (Tags { rest: text }) {
        if tag.is("a") {
            page.files.extend(file(&tag, &base));
        } else if tag.is("base") && !has_base {
            if let Some(href) = tag.get("href") {
                base = Cow::Owned(url::join(&base, href.trim()));
                has_base = true;
            }
        } else if tag.is("meta") {
            meta(&tag, &mut page, text)?;
        }
    }
    Ok(page)
}

/// Reads a link; `None` if it leads to no file.
fn file<'page>(tag: &Tag<'page>, base: &str) -> Option<File<'page>> {
    let href = trimmed(tag.get("href")?);
    let (address, fragment) = match &href {
        Cow::Borrowed(href) => {
            let (address, fragment) = url::split_fragment(href);
            (Cow::Borrowed(address), fragment)
        }
        Cow::Owned(href) => {
            let (address, fragment) = url::split_fragment(href);
            (Cow::Owned(address.to_owned()), fragment)
        }
    };
    let hashes = fragment.map(hashes).unwrap_or_default();
    let address = resolve(base, address);
    let filename = url::filename(&address)?.into_owned();
    let metadata = tag
        .get("data-core-metadata")
        .or_else(|| tag.get("data-dist-info-metadata"));
    Some(File {
        filename: Cow::Owned(filename),
        url: address,
        hashes,
        requires_python: tag
            .get("data-requires-python")
            .map(trimmed)
            .filter(|text| !text.is_empty()),
        size: None,
        upload_time: None,
        yanked: tag.get("data-yanked"),
        core_metadata: metadata.as_deref().and_then(core_metadata),
        provenance: tag.get("data-provenance"),
    })
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Reads the strong hashes of a fragment, `sha256=…&egg=…`.
fn hashes(fragment: &str) -> Vec<Hash> {
    fragment.split('&').filter_map(hash).collect()
}

fn hash(text: &str) -> Option<Hash> {
    let (name, digest) = text.split_once('=')?;
    Hash::from_hex(Algorithm::from_name(name)?, digest).ok()
}

fn core_metadata(value: &str) -> Option<CoreMetadata> {
    match value {
        "false" => None,
        value => Some(hash(value).map_or(CoreMetadata::Unhashed, CoreMetadata::Hashed)),
    }
}

fn meta<'page>(tag: &Tag<'page>, page: &mut Page<'page>, text: &str) -> Result<(), Error> {
    let (Some(name), Some(content)) = (tag.get("name"), tag.get("content")) else {
        return Ok(());
    };
    // The names begin with that of the index that invented them; what follows decides.
    let name = name.split_once(':').map_or("", |(_, name)| name).to_owned();
    match name.as_str() {
        "repository-version" => page.api_version = Some(api_version(&content, text)?),
        "project-status" => page.status = Status::from_name(&content),
        "project-status-reason" => page.status_reason = Some(content),
        "tracks" => page.tracks.push(content),
        "alternate-locations" => page.alternate_locations.push(content),
        _ => {}
    }
    Ok(())
}

/// Is an opening tag, the values of its attributes as written.
struct Tag<'page> {
    name: &'page str,
    attributes: Vec<(&'page str, &'page str)>,
}

impl<'page> Tag<'page> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Returns the value of an attribute, its entities decoded; one without a value is empty.
    fn get(&self, name: &str) -> Option<Cow<'page, str>> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| decoded(value))
    }
}

/// Yields the opening tags of a text; comments, scripts and styles are passed over.
struct Tags<'page> {
    rest: &'page str,
}

impl<'page> Iterator for Tags<'page> {
    type Item = Tag<'page>;

    fn next(&mut self) -> Option<Tag<'page>> {
        loop {
            let begin = memchr::memchr(b'<', self.rest.as_bytes())?;
            self.rest = &self.rest[begin + 1..];
            if let Some(comment) = self.rest.strip_prefix("!--") {
                self.rest = comment.split_once("-->")?.1;
                continue;
            }
            if !self.rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
                continue;
            }
            let length = end_of_tag(self.rest)?;
            let inside = &self.rest[..length];
            self.rest = &self.rest[length..];
            let name = inside
                .find(|end: char| end.is_ascii_whitespace() || end == '/')
                .unwrap_or(length);
            let tag = Tag {
                name: &inside[..name],
                attributes: attributes(&inside[name..]),
            };
            if tag.is("script") || tag.is("style") {
                self.skip_to_end_of(tag.name);
            }
            return Some(tag);
        }
    }
}

impl Tags<'_> {
    /// Passes over what is text until its closing tag.
    fn skip_to_end_of(&mut self, name: &str) {
        let mut from = 0;
        while let Some(at) = self.rest[from..].find("</") {
            from += at + 2;
            let found = self.rest.as_bytes().get(from..from + name.len());
            if found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
                self.rest = &self.rest[from..];
                return;
            }
        }
        self.rest = "";
    }
}

/// Finds the `>` that ends a tag: one within quotes does not.
fn end_of_tag(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some(at);
        }
        // A quote opens a value only behind an equals sign; elsewhere it is a character.
        let is_value = text[..at].trim_ascii_end().ends_with('=');
        let close = if is_value {
            memchr::memchr(bytes[at], &bytes[at + 1..])? + 1
        } else {
            0
        };
        at += close + 1;
    }
}

/// Takes a tag's text apart.
fn attributes(text: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    let mut rest = text;
    while let Some((name, value, behind)) = attribute(rest) {
        attributes.push((name, value));
        rest = behind;
    }
    attributes
}

/// Takes the first attribute off a tag's text: its name, its value as written, and what follows.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(|blank: char| blank.is_ascii_whitespace() || blank == '/');
    if text.is_empty() {
        return None;
    }
    // A name may begin with an equals sign, and ends at the next one.
    let ends = |end: char| end.is_ascii_whitespace() || matches!(end, '=' | '/');
    let first = text.chars().next().map_or(0, char::len_utf8);
    let length = text[first..].find(ends).map_or(text.len(), |at| first + at);
    let (name, rest) = text.split_at(length);
    let Some(value) = rest
        .trim_ascii_start()
        .strip_prefix('=')
        .map(str::trim_ascii_start)
    else {
        return Some((name, "", rest));
    };
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        let inside = &value[1..];
        let end = memchr::memchr(quote as u8, inside.as_bytes()).unwrap_or(inside.len());
        return Some((name, &inside[..end], inside.get(end + 1..).unwrap_or_default()));
    }
    let length = value
        .find(|end: char| end.is_ascii_whitespace())
        .unwrap_or(value.len());
    let (value, rest) = value.split_at(length);
    Some((name, value, rest))
}

/// Decodes the entities that a value may need; others stay as they are.
fn decoded(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        decoded.push_str(before);
        match entity(behind) {
            Some((character, length)) => {
                decoded.push(character);
                rest = &behind[length..];
            }
            None => {
                decoded.push('&');
                rest = behind;
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Reads an entity behind its `&`: the character, and how long the entity is.
fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    for (name, character) in [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
    ] {
        if let Some(rest) = text.strip_prefix(name) {
            return Some((character, name.len() + usize::from(rest.starts_with(';'))));
        }
    }
    let digits = text.strip_prefix('#')?;
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let length = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let character = u32::from_str_radix(&digits[..length], radix)
        .ok()
        .and_then(char::from_u32)?;
    let begin = text.len() - digits.len();
    Some((
        character,
        begin + length + usize::from(digits[length..].starts_with(';')),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://index.example.com/simple/a/";

    fn page(html: &str) -> Page<'_> {
        Page::from_html(html.as_bytes(), BASE).unwrap()
    }

    #[test]
    fn links_are_read_with_all_they_say() {
        let hash = "ab".repeat(32);
        let html = format!(
            "<!DOCTYPE html><html><body><!-- <a href=x-1.zip>no</a> -->\n<A data-yanked\n HREF = '../../f/a%2B1-1.zip#sha256={hash}'\
             data-dist-info-metadata=\"sha256={hash}\" data-requires-python='&gt;=3.9,&#60;4'>a</A><a>none</a><a href='/'>up</a>"
        );
        let page = page(&html);
        let [file] = page.files.as_slice() else {
            panic!("{:?}", page.files)
        };
        assert_eq!(file.url, "https://index.example.com/f/a%2B1-1.zip");
        assert_eq!(file.filename, "a+1-1.zip");
        assert_eq!(file.hashes[0].hex, hash);
        assert_eq!(file.requires_python.as_deref(), Some(">=3.9,<4"));
        assert_eq!(file.yanked.as_deref(), Some(""));
        assert!(matches!(&file.core_metadata, Some(CoreMetadata::Hashed(found)) if found.hex == hash));
    }

    #[test]
    fn meta_tells_version_and_status() {
        let page = page(
            "<meta name='x:repository-version' content='1.4'><meta name='x:project-status' content=archived>",
        );
        assert_eq!((page.api_version, page.status), (Some((1, 4)), Status::Archived));
        assert!(Page::from_html(b"<meta name='x:repository-version' content='2.0'>", BASE).is_err());
    }

    #[test]
    fn text_in_scripts_is_no_tag() {
        assert!(
            page("<script>'<a href=a-1.zip>'</script><style><a href=a-1.zip></style>")
                .files
                .is_empty()
        );
        assert_eq!(page("<script></SCRIPT><a href=a-1.zip>").files.len(), 1);
        assert!(page("<script><a href=a-1.zip>").files.is_empty());
    }

    #[test]
    fn rubbish_is_an_empty_page() {
        for html in [
            "",
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"",
            "<a href='x>",
            "<!--",
            "<!",
            "</a>",
            "<a =>",
            "&",
            "<a / >",
        ] {
            assert!(page(html).files.is_empty(), "{html}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_replaced() {
        let page = Page::from_html(b"<a href='a-1.zip' data-yanked='\xe9'>", BASE).unwrap();
        assert_eq!(page.files[0].yanked.as_deref(), Some("\u{fffd}"));
    }

    #[test]
    fn entities_are_decoded() {
        assert_eq!(
            decoded("a&amp;b&#x41;&#65&lt;&unknown;&#xffffffff;&"),
            "a&bAA<&unknown;&#xffffffff;&"
        );
    }
}
