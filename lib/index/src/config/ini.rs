//! The syntax of `pip.conf`, as Python's `RawConfigParser` reads it.

use std::path::{Path, PathBuf};

use super::{Origin, Setting};
use crate::Error;

/// A value in a section of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) section: String,
    key: String,
    value: String,
    path: PathBuf,
    line: u32,
}

impl Entry {
    /// The entry with its place told.
    pub(super) fn setting(&self) -> Setting {
        let origin = Origin::File(self.path.clone(), self.section.clone(), self.line);
        Setting {
            key: self.key.clone(),
            value: self.value.clone(),
            origin,
        }
    }
}

/// Reads a file's sections.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Entry>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        bad(path, line, "bytes that are not UTF-8")
    })?;
    let mut reader = Reader {
        path,
        section: None,
        entries: Vec::new(),
        indent: None,
    };
    for (number, line) in text.lines().enumerate() {
        reader.take(number + 1, line)?;
    }
    Ok(reader.entries)
}

fn bad(path: &Path, line: usize, what: &str) -> Error {
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Error::Config {
        path: path.to_owned(),
        line,
        what: what.to_owned(),
    }
}

struct Reader<'a> {
    path: &'a Path,
    section: Option<String>,
    entries: Vec<Entry>,
    /// Indentation of the key whose value may go on.
    indent: Option<usize>,
}

impl Reader<'_> {
    fn take(&mut self, number: usize, line: &str) -> Result<(), Error> {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        if let (Some(key), Some(entry)) = (self.indent, self.entries.last_mut())
            && indent > key
        {
            entry.value = format!("{}\n{content}", entry.value).trim().to_owned();
            return Ok(());
        }
        if let Some(name) = content.strip_prefix('[') {
            let name = name
                .split_once(']')
                .ok_or_else(|| bad(self.path, number, "a section without ']'"))?
                .0;
            self.section = Some(name.to_owned());
            self.indent = None;
            return Ok(());
        }
        self.entry(number, indent, content)
    }

    fn entry(&mut self, number: usize, indent: usize, content: &str) -> Result<(), Error> {
        let section = self
            .section
            .clone()
            .ok_or_else(|| bad(self.path, number, "a value before any [section]"))?;
        let (key, value) = content
            .split_once(['=', ':'])
            .ok_or_else(|| bad(self.path, number, "expected 'name = value'"))?;
        self.indent = Some(indent);
        self.entries.push(Entry {
            section,
            key: normalized(key),
            value: value.trim().to_owned(),
            path: self.path.to_owned(),
            line: u32::try_from(number).unwrap_or(u32::MAX),
        });
        Ok(())
    }
}

/// `--Index_URL` is `index-url`.
fn normalized(key: &str) -> String {
    key.trim()
        .to_ascii_lowercase()
        .replace('_', "-")
        .trim_start_matches("--")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String, String)>, Error> {
        let entries = parse(Path::new("pip.conf"), text.as_bytes())?;
        Ok(entries
            .into_iter()
            .map(|entry| (entry.section, entry.key, entry.value))
            .collect())
    }

    #[test]
    fn values_go_on_in_deeper_lines() {
        let text = "\u{feff}# comment\n[global]\nExtra_Index_URL =\n    https://a/\n\n    # no\n    https://b/\n\
                    no-index: yes\n[download]\nretries=3\n";
        let found = read(text).unwrap();
        let expected = [
            ("global", "extra-index-url", "https://a/\nhttps://b/"),
            ("global", "no-index", "yes"),
            ("download", "retries", "3"),
        ];
        let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn errors_name_the_line() {
        let cases = [
            ("a = b\n", 1, "before any"),
            ("[global]\n\nnonsense\n", 3, "name = value"),
            ("[global\n", 1, "without ']'"),
        ];
        for (text, line, words) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("pip.conf:{line}")) && error.contains(words),
                "{error}"
            );
        }
        let error = parse(Path::new("p"), b"[global]\nx=\xff\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("p:2"), "{error}");
    }
}
