//! The table that RECORD is, read as Python reads comma-separated values.

use crate::error::{Document, Error};

/// Is one row of the table, its fields unquoted.
pub(super) struct Row {
    pub(super) fields: Vec<String>,
    /// Where it begins, in bytes.
    pub(super) offset: usize,
    pub(super) line: u32,
}

/// Reads rows as Python's `csv` does: fields may be quoted, and then hold commas, quotes and line ends.
pub(super) struct Rows<'text> {
    text: &'text str,
    offset: usize,
    line: u32,
}

impl<'text> Rows<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    /// Passes over a byte order mark.
    pub(super) fn skip_mark(&mut self) {
        self.take("\u{feff}");
    }

    /// Reads the next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Error> {
        if self.offset >= self.text.len() {
            return Ok(None);
        }
        let mut row = Row {
            fields: Vec::new(),
            offset: self.offset,
            line: self.line,
        };
        loop {
            let field = self.field()?;
            row.fields.push(field);
            if !self.take(",") {
                self.end_of_row();
                return Ok(Some(row));
            }
        }
    }

    /// Reads up to the comma or the line's end that follows.
    fn field(&mut self) -> Result<String, Error> {
        let mut field = String::new();
        if self.take("\"") {
            self.quoted(&mut field)?;
        }
        let rest = &self.text[self.offset..];
        let length = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
        field.push_str(&rest[..length]);
        self.offset += length;
        Ok(field)
    }

    /// Reads what stands between quotes, behind the opening one; a doubled quote stands for one.
    fn quoted(&mut self, field: &mut String) -> Result<(), Error> {
        let opened = self.offset - 1;
        loop {
            let rest = &self.text[self.offset..];
            let Some(length) = rest.find('"') else {
                let reason = "a quote is opened and not closed".to_owned();
                return Err(Error::document(Document::Record, self.text, opened, reason));
            };
            field.push_str(&rest[..length]);
            self.line += u32::try_from(rest[..length].matches('\n').count()).unwrap_or(u32::MAX);
            self.offset += length + 1;
            if !self.take("\"") {
                return Ok(());
            }
            field.push('"');
        }
    }

    fn end_of_row(&mut self) {
        if self.take("\r\n") || self.take("\n") || self.take("\r") {
            self.line = self.line.saturating_add(1);
        }
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.text[self.offset..].starts_with(expected);
        self.offset += if found { expected.len() } else { 0 };
        found
    }
}
