//! RECORD: the list of a wheel's or an installation's files, with their hashes.
//!
//! Standard: recording installed projects, and the wheel format's section on RECORD. As with pip, that of a wheel may
//! begin with a byte order mark, and rows may be of folders or have more fields than three: none of it vouches for a file.

mod rows;

use std::fmt;

use crate::error::{Document, Error};
use crate::hash::Hash;

use rows::{Row, Rows};

/// Is one line of RECORD.
///
/// ```
/// let record = pyspec::record::Record::parse("a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n").unwrap();
/// assert_eq!(record.entries()[0].size, Some(0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path, relative to the folder that the file is recorded in, without a leading `./`.
    ///
    /// Only in the RECORD of an installation may it be absolute or begin with `..`.
    pub path: String,
    /// The file's hash; RECORD itself and signatures have none, compiled files need none.
    pub hash: Option<Hash>,
    /// The file's size in bytes, if given.
    pub size: Option<u64>,
    /// The line on which the entry begins, from 1.
    pub line: u32,
}

/// Is a RECORD file.
///
/// ```
/// use pyspec::record::Record;
/// let record = Record::parse("a.py,,\r\n\"b,c.py\",,\r\n").unwrap();
/// assert_eq!(record.entries()[1].path, "b,c.py");
/// assert_eq!(record.to_string(), "a.py,,\n\"b,c.py\",,\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    entries: Vec<Entry>,
    surplus: Vec<u32>,
}

/// Says which paths a RECORD may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paths {
    /// Relative ones that stay below the folder.
    Wheel,
    /// Those, absolute ones and those that begin with `..`: scripts lie outside of site-packages.
    Installed,
}

impl Record {
    /// Reads the RECORD of a wheel.
    ///
    /// # Errors
    /// A line has less than three fields; a path is empty, absolute, leaves the folder or has a backslash;
    /// a hash is malformed or weaker than sha256; a size is no number.
    ///
    /// ```
    /// use pyspec::record::Record;
    /// assert_eq!(Record::parse("./a.py,,").unwrap().entries()[0].path, "a.py");
    /// assert!(Record::parse("../a.py,,").is_err());
    /// assert!(Record::parse("/a.py,,").is_err());
    /// assert!(Record::parse("b\\a.py,,").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_as(text, Paths::Wheel)
    }

    /// Reads the RECORD of an installation, whose scripts may lie outside: absolute, or beginning with `..`.
    ///
    /// # Errors
    /// As [`Record::parse`], but for the paths.
    ///
    /// ```
    /// use pyspec::record::Record;
    /// assert!(Record::parse_installed("../../../bin/django-admin,,").is_ok());
    /// ```
    pub fn parse_installed(text: &str) -> Result<Self, Error> {
        Self::parse_as(text, Paths::Installed)
    }

    /// Makes a record of entries, in the order given.
    ///
    /// ```
    /// assert_eq!(pyspec::record::Record::new(Vec::new()).to_string(), "");
    /// ```
    pub fn new(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            surplus: Vec::new(),
        }
    }

    /// Returns the entries in the order of the file, those of folders left out.
    ///
    /// ```
    /// assert!(pyspec::record::Record::default().entries().is_empty());
    /// ```
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the lines that have more than three fields; what is behind the third was passed over.
    ///
    /// ```
    /// use pyspec::record::Record;
    /// assert_eq!(Record::parse("a.py,,\nb.py,,,x\n").unwrap().surplus(), [2]);
    /// ```
    pub fn surplus(&self) -> &[u32] {
        &self.surplus
    }

    fn parse_as(text: &str, paths: Paths) -> Result<Self, Error> {
        let mut rows = Rows::new(text);
        if paths == Paths::Wheel {
            rows.skip_mark();
        }
        let mut record = Self::default();
        while let Some(row) = rows.next()? {
            if row.fields.len() == 1 && row.fields[0].is_empty() {
                continue;
            }
            if row.fields.len() > 3 {
                record.surplus.push(row.line);
            }
            record.entries.extend(entry(text, row, paths)?);
        }
        Ok(record)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            // A byte order mark in quotes belongs to the path.
            if entry.path.contains([',', '"', '\n', '\r', '\u{feff}']) {
                write!(formatter, "\"{}\",", entry.path.replace('"', "\"\""))?;
            } else {
                write!(formatter, "{},", entry.path)?;
            }
            if let Some(hash) = &entry.hash {
                write!(formatter, "{}={}", hash.algorithm, hash.to_base64())?;
            }
            formatter.write_str(",")?;
            if let Some(size) = entry.size {
                write!(formatter, "{size}")?;
            }
            formatter.write_str("\n")?;
        }
        Ok(())
    }
}

/// Turns a row of the table into an entry; `None` if it is of a folder.
fn entry(text: &str, row: Row, paths: Paths) -> Result<Option<Entry>, Error> {
    let fault = |reason: String| Error::document(Document::Record, text, row.offset, reason);
    let [written, hash, size, ..] = row.fields.as_slice() else {
        let count = row.fields.len();
        return Err(fault(format!("three fields are expected, found {count}")));
    };
    let path = checked_path(written, paths).map_err(|reason| fault(format!("{written:?}: {reason}")))?;
    if written.ends_with('/') {
        return Ok(None);
    }
    let hash = match hash.as_str() {
        "" => None,
        text => Some(Hash::from_record(text).map_err(|reason| fault(format!("{path}: {reason}")))?),
    };
    let size = match size.as_str() {
        "" => None,
        text => Some(number(text).ok_or_else(|| fault(format!("{path}: {text:?} is no size")))?),
    };
    Ok(Some(Entry {
        path,
        hash,
        size,
        line: row.line,
    }))
}

/// Reads a size: digits only, where Rust would also take a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// Checks a path and takes `./` and empty parts out of it.
fn checked_path(path: &str, paths: Paths) -> Result<String, &'static str> {
    let installed = paths == Paths::Installed;
    if path.contains('\0') {
        return Err("a NUL in a path");
    }
    if path.contains('\\') && !installed {
        return Err("a backslash in a path");
    }
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    // The drive is looked for in what is left: `.//C:/x` hides one.
    let absolute = path.starts_with('/') || parts.first().is_some_and(|part| has_drive(part));
    if absolute && !installed {
        return Err("an absolute path");
    }
    if parts.is_empty() {
        return Err("no path");
    }
    if parts.contains(&"..") && !installed {
        return Err("a path that leaves its folder");
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    Ok(format!("{root}{}", parts.join("/")))
}

/// Tells whether a path begins with a drive of Windows, `C:`.
fn has_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn what_is_read_is_printed_again() {
        let text = format!("a.py,{EMPTY},0\n\"b,\"\"c\"\".py\",,\nd/RECORD,,\n");
        assert_eq!(Record::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn spellings_of_a_path_are_made_one() {
        let record = Record::parse("./a/./b//c.py,,").unwrap();
        assert_eq!(record.entries()[0].path, "a/b/c.py");
    }

    #[test]
    fn what_pip_passes_over_is_passed_over() {
        let text = format!("\u{feff}a.py,{EMPTY},0,,\nb/,,\nb/c/,{EMPTY},0\nb/c.py,{EMPTY},0\nd.py,,,more\n");
        let record = Record::parse(&text).unwrap();
        let paths: Vec<_> = record
            .entries()
            .iter()
            .map(|entry| (entry.path.as_str(), entry.line))
            .collect();
        assert_eq!(paths, [("a.py", 1), ("b/c.py", 4), ("d.py", 5)]);
        assert_eq!(record.surplus(), [1, 5]);
    }

    #[test]
    fn a_path_may_begin_with_a_byte_order_mark() {
        let record = Record::parse("\u{feff}\u{feff}a.py,,\n\u{feff}b.py,,\n").unwrap();
        let text = "\"\u{feff}a.py\",,\n\"\u{feff}b.py\",,\n";
        assert_eq!(record.to_string(), text);
        assert_eq!(Record::parse(text).unwrap(), record);
        let installed = Record::parse_installed("\u{feff}a.py,,").unwrap();
        assert_eq!(installed.entries()[0].path, "\u{feff}a.py");
    }

    #[test]
    fn faults_name_their_line_and_byte() {
        let error = Record::parse(&format!("a.py,{EMPTY},0\n\nb.py,{EMPTY}\n")).unwrap_err();
        assert_eq!(error.line(), Some(3));
        assert!(error.to_string().contains("three fields"), "{error}");
    }

    #[test]
    fn paths_that_leave_or_confuse_are_refused() {
        for path in [
            "",
            ".",
            "/",
            "/etc/passwd",
            "a/../../b",
            "..",
            "C:/x",
            "c:x",
            ".//C:/x",
            "./c:x",
            "a\\b",
            "../a/",
            "/etc/",
            "a\0b",
        ] {
            assert!(
                Record::parse(&format!("{path},,")).is_err() || path.is_empty(),
                "{path:?}"
            );
        }
        assert!(Record::parse(",,").is_err());
    }

    #[test]
    fn weak_and_broken_hashes_are_refused() {
        for hash in [
            "md5=abc",
            "sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk",
            "sha256",
            "sha256=",
            "sha256=!!",
            "sha256=AAAA",
        ] {
            assert!(Record::parse(&format!("a,{hash},")).is_err(), "{hash}");
        }
    }

    #[test]
    fn sizes_are_digits() {
        for size in ["-1", "+1", "1.0", "x", " 1", "99999999999999999999999"] {
            assert!(Record::parse(&format!("a,,{size}")).is_err(), "{size}");
        }
    }

    #[test]
    fn an_open_quote_is_an_error() {
        assert_eq!(Record::parse("a,,\n\"b,,\n").unwrap_err().line(), Some(2));
    }

    #[test]
    fn quoted_line_ends_count() {
        let record = Record::parse("\"a\nb\",,\nc,,").unwrap();
        assert_eq!(record.entries()[1].line, 3);
    }
}
