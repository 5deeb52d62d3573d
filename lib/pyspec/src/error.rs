//! What is wrong with a text, and where.

use std::fmt;

/// Says that a text does not follow its standard.
///
/// ```
/// use pyspec::version::Version;
///
/// let error = "1.0.x".parse::<Version>().unwrap_err();
/// assert_eq!(error.position(), Some(3));
/// assert_eq!(error.to_string(), "version `1.0.x`: expected end of version, found `.x` at byte 3");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A text in which something else was expected at one place.
    Syntax {
        /// What the text was read as: `version`, `requirement`, …
        what: &'static str,
        /// The whole text.
        text: String,
        /// The place, in bytes from the beginning of the text.
        at: usize,
        /// What was expected there.
        expected: String,
    },
    /// A document with a fault on one of its lines.
    Document {
        /// Which document.
        document: Document,
        /// The line, from 1.
        line: u32,
        /// The column, in characters from 1.
        column: u32,
        /// The place, in bytes from the beginning.
        at: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A requirements file with a fault on one of its lines.
    RequirementsFile {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The column, in characters from 1.
        column: u32,
        /// What is wrong there.
        reason: String,
    },
    /// A requirements file names a file that could not be read.
    Unreadable {
        /// The file that names the other one.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The file that could not be read.
        name: String,
        /// Why.
        reason: String,
    },
    /// Nothing, or not just one thing, can be selected from a lock file.
    Selection {
        /// Why.
        reason: String,
    },
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax {
                what,
                text,
                at,
                expected,
            } => {
                let (shown, found) = (Shown(text), Found(text, *at));
                write!(
                    formatter,
                    "{what} `{shown}`: expected {expected}, found {found} at byte {at}"
                )
            }
            Self::Document {
                document,
                line,
                reason,
                ..
            } => {
                write!(formatter, "{document} line {line}: {reason}")
            }
            Self::RequirementsFile {
                file, line, reason, ..
            } => {
                write!(formatter, "{file} line {line}: {reason}")
            }
            Self::Unreadable {
                file,
                line,
                name,
                reason,
            } => {
                write!(formatter, "{file} line {line}: {name}: {reason}")
            }
            Self::Selection { reason } => write!(formatter, "pylock.toml: {reason}"),
        }
    }
}

/// Names the kinds of documents whose faults have a line.
///
/// ```
/// let error = pyspec::record::Record::parse("a.py").unwrap_err();
/// assert!(error.to_string().starts_with("RECORD line 1: "));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Document {
    /// The METADATA of a wheel, or the PKG-INFO of a source distribution.
    Metadata,
    /// The WHEEL file of a wheel.
    Wheel,
    /// The RECORD of a wheel or an installation.
    Record,
    /// `entry_points.txt`.
    EntryPoints,
    /// `direct_url.json`.
    DirectUrl,
    /// A page of the simple repository API.
    SimplePage,
    /// `pylock.toml`.
    Pylock,
}

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Metadata => "METADATA",
            Self::Wheel => "WHEEL",
            Self::Record => "RECORD",
            Self::EntryPoints => "entry_points.txt",
            Self::DirectUrl => "direct_url.json",
            Self::SimplePage => "simple page",
            Self::Pylock => "pylock.toml",
        })
    }
}

impl Error {
    /// Makes a [`Error::Syntax`].
    pub(crate) fn syntax(what: &'static str, text: &str, at: usize, expected: impl Into<String>) -> Self {
        Self::Syntax {
            what,
            text: text.to_owned(),
            at,
            expected: expected.into(),
        }
    }

    /// Makes a [`Error::Document`], its line and column counted from the place.
    pub(crate) fn document(document: Document, text: &str, at: usize, reason: impl Into<String>) -> Self {
        let (line, column) = line_and_column(text, at);
        Self::Document {
            document,
            line,
            column,
            at,
            reason: reason.into(),
        }
    }

    /// Makes a [`Error::Selection`].
    pub(crate) fn selection(reason: String) -> Self {
        Self::Selection { reason }
    }

    /// Tells the line of the fault, from 1, if the text is one of several lines.
    ///
    /// ```
    /// let error = pyspec::record::Record::parse("a.py,,\nb.py\n").unwrap_err();
    /// assert_eq!(error.line(), Some(2));
    /// ```
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Syntax { .. } | Self::Selection { .. } => None,
            Self::Document { line, .. }
            | Self::RequirementsFile { line, .. }
            | Self::Unreadable { line, .. } => Some(*line),
        }
    }

    /// Tells the place of the fault, in bytes from the beginning of the text, where there is one.
    ///
    /// ```
    /// let error = pyspec::name::Name::parse("a b").unwrap_err();
    /// assert_eq!(error.position(), Some(1));
    /// ```
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::Syntax { at, .. } | Self::Document { at, .. } => Some(*at),
            Self::RequirementsFile { .. } | Self::Unreadable { .. } | Self::Selection { .. } => None,
        }
    }
}

/// Reads a document's bytes as UTF-8; a fault is an error with its place.
pub(crate) fn utf8(document: Document, bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|fault| {
        let at = fault.valid_up_to();
        let before = String::from_utf8_lossy(&bytes[..at]);
        Error::document(document, &before, at, format!("not UTF-8 at byte {at}"))
    })
}

/// Finds the byte that a JSON reader's complaint is about.
pub(crate) fn json_offset(text: &str, error: &serde_json::Error) -> usize {
    let before = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let mut at = (before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Counts the line and the column of a place, both from 1.
pub(crate) fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let lines = before.bytes().filter(|byte| *byte == b'\n').count();
    (
        count(lines).saturating_add(1),
        count(before[line_start..].chars().count()).saturating_add(1),
    )
}

/// Shows a text on one line, cut to a readable length.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        match self.0.char_indices().nth(LONGEST) {
            Some((cut, _)) => write!(formatter, "{}…", self.0[..cut].escape_debug()),
            None => write!(formatter, "{}", self.0.escape_debug()),
        }
    }
}

/// Shows what stands at a place of a text, cut to a readable length.
struct Found<'a>(&'a str, usize);

impl fmt::Display for Found<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 20;
        let rest = self.0.get(self.1..).unwrap_or_default();
        if rest.is_empty() {
            return formatter.write_str("the end");
        }
        match rest.char_indices().nth(LONGEST) {
            Some((cut, _)) => write!(formatter, "`{}…`", rest[..cut].escape_debug()),
            None => write!(formatter, "`{}`", rest.escape_debug()),
        }
    }
}
