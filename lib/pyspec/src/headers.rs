//! Header fields as METADATA and WHEEL have them: `Name: value` lines, folded ones, a body.
//!
//! Read as Python's `email` parser reads them: the first line that is no field ends the fields.

/// Is one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// The name as written; names are equal whatever their case.
    pub(crate) name: String,
    /// The value, its folded lines joined by line ends, without blanks around.
    pub(crate) value: String,
    /// Where the field begins, in bytes.
    pub(crate) offset: usize,
}

/// Is a block of fields and what follows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) fields: Vec<Field>,
    /// What follows the blank line, or the first line that is no field.
    pub(crate) body: String,
}

impl Headers {
    pub(crate) fn parse(text: &str) -> Self {
        let mut headers = Self::default();
        let mut offset = 0;
        while let Some((line, length)) = next_line(&text[offset..]) {
            if line.is_empty() {
                headers.body = text[offset + length..].to_owned();
                return headers;
            }
            if line.starts_with([' ', '\t']) {
                headers.continue_field(line);
            } else if let Some((name, value)) = field(line) {
                headers.fields.push(Field {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    offset,
                });
            } else {
                headers.body = text[offset..].to_owned();
                return headers;
            }
            offset += length;
        }
        headers
    }

    /// Yields the fields of a name, in their order.
    pub(crate) fn all<'headers>(
        &'headers self,
        name: &'headers str,
    ) -> impl Iterator<Item = &'headers Field> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
    }

    /// Returns the first field of a name.
    pub(crate) fn first(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Adds a folded line to the field before it; without one it is dropped.
    fn continue_field(&mut self, line: &str) {
        if let Some(last) = self.fields.last_mut() {
            last.value.push('\n');
            last.value.push_str(line.trim_end());
        }
    }
}

impl Field {
    /// Returns the value on one line.
    pub(crate) fn unfolded(&self) -> String {
        let lines: Vec<&str> = self
            .value
            .split('\n')
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        lines.join(" ")
    }
}

/// Returns the next line without its end, and its length with it; `None` at the end of the text.
fn next_line(text: &str) -> Option<(&str, usize)> {
    if text.is_empty() {
        return None;
    }
    let Some(end) = text.find(['\n', '\r']) else {
        return Some((text, text.len()));
    };
    let ending = if text[end..].starts_with("\r\n") { 2 } else { 1 };
    Some((&text[..end], end + ending))
}

/// Takes a field apart; its name is printable ASCII.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    name.bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then(|| (name, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_belong_to_their_field() {
        let headers = Headers::parse("A: 1\r\nB: 2\r\n\tmore\r\n  yet\r\n\r\nbody: 3\r\n");
        assert_eq!(headers.fields.len(), 2);
        assert_eq!(headers.fields[1].unfolded(), "2 more yet");
        assert_eq!(headers.fields[1].offset, 6);
        assert_eq!(headers.body, "body: 3\r\n");
    }

    #[test]
    fn a_line_that_is_no_field_begins_the_body() {
        let headers = Headers::parse("A: 1\nno field\nB: 2\n");
        assert_eq!(headers.fields.len(), 1);
        assert_eq!(headers.body, "no field\nB: 2\n");
    }

    #[test]
    fn names_are_equal_whatever_their_case() {
        let headers = Headers::parse("requires-dist: a\nRequires-Dist: b");
        assert_eq!(headers.all("Requires-Dist").count(), 2);
        assert_eq!(headers.first("REQUIRES-DIST").unwrap().value, "a");
    }
}
