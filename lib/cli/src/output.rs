//! What a command says on standard output.

use serde::Serialize;
use std::fmt::{self, Display, Write as _};

/// A document that can also be read by people.
pub trait Report: Serialize {
    /// Writes the same content in words.
    fn people(&self, page: &mut Page);
}

/// How a command ended that did not fail.
#[derive(Debug)]
pub enum Done {
    /// It is done, or there was nothing to do: exit status 0.
    Yes(Output),
    /// The answer is no: exit status 1.
    No(Output),
}

/// What a command has to say.
pub struct Output(pub(crate) Content);

pub(crate) enum Content {
    /// A report: JSON, or words on a terminal.
    Report(Box<dyn Rendered>),
    /// A text that is the product: printed wherever standard output goes, unless JSON is asked for.
    Text { text: String, report: Box<dyn Rendered> },
    /// A text that was asked for in so many words, so no format has a say.
    Words(String),
    /// Nothing.
    Nothing,
}

impl Output {
    /// Says it with a report.
    pub fn report(report: impl Report + 'static) -> Self {
        Self(Content::Report(Box::new(report)))
    }

    /// Says it with a text that is the command's product; the report is for `--format json`.
    pub fn text(text: impl Into<String>, report: impl Report + 'static) -> Self {
        Self(Content::Text {
            text: text.into(),
            report: Box::new(report),
        })
    }

    /// Says it with a text that an option of the command asks for: whatever `--format` and the environment say.
    pub fn words(text: impl Into<String>) -> Self {
        Self(Content::Words(text.into()))
    }

    /// Says nothing.
    pub fn nothing() -> Self {
        Self(Content::Nothing)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

/// [`Report`] without its type.
pub(crate) trait Rendered {
    fn json(&self) -> serde_json::Result<String>;
    fn people(&self, page: &mut Page);
}

impl<T: Report> Rendered for T {
    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn people(&self, page: &mut Page) {
        Report::people(self, page);
    }
}

/// Returns a number with its noun: `1 package`, `2 packages`.
pub fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// A page of words for people, with colours on a terminal.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    colours: bool,
}

impl Page {
    /// Makes an empty page, with colours or without.
    pub fn new(colours: bool) -> Self {
        Self {
            text: String::new(),
            colours,
        }
    }

    /// Adds a line.
    pub fn line(&mut self, line: impl Display) {
        _ = writeln!(self.text, "{line}");
    }

    /// Adds the rows of a table, its columns as wide as they need to be.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            self.line(cells.join("  ").trim_end());
        }
    }

    /// Returns the text in a colour, if colours are in use.
    pub fn paint(&self, colour: anstyle::AnsiColor, text: impl Display) -> String {
        if !self.colours {
            return text.to_string();
        }
        let style = colour.on_default();
        format!("{style}{text}{style:#}")
    }

    /// Returns what was written.
    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, counted};

    #[test]
    fn one_is_no_plural() {
        assert_eq!([counted(1, "file"), counted(0, "file")], ["1 file", "0 files"]);
    }

    #[test]
    fn tables_align_and_end_without_blanks() {
        let mut page = Page::new(false);
        page.table(&[vec!["a".into(), "bcd".into()], vec!["long".into(), "e".into()]]);
        assert_eq!(page.into_text(), "a     bcd\nlong  e\n");
    }
}
