//! The little of HTML that pages need: opening tags, their attributes, entities.

use std::borrow::Cow;

/// Is an opening tag, the values of its attributes as written.
pub(super) struct Tag<'page> {
    name: &'page str,
    attributes: Vec<(&'page str, &'page str)>,
}

impl<'page> Tag<'page> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Returns the value of an attribute, its entities decoded; one without a value is empty. Of several with one
    /// name the last counts, as it does to pip.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'page, str>> {
        let mut attributes = self.attributes.iter().rev();
        attributes
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| decoded(value))
    }
}

/// Yields the opening tags of a text; comments, scripts and styles are passed over.
pub(super) struct Tags<'page> {
    rest: &'page str,
}

impl<'page> Tags<'page> {
    pub(super) fn of(text: &'page str) -> Self {
        Self { rest: text }
    }
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

    #[test]
    fn entities_are_decoded() {
        assert_eq!(
            decoded("a&amp;b&#x41;&#65&lt;&unknown;&#xffffffff;&"),
            "a&bAA<&unknown;&#xffffffff;&"
        );
    }
}
