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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text in which something else was expected at one place.
    #[error("{what} `{text}`: expected {expected}, found {} at byte {at}", Found(.text, *.at))]
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

    /// Tells the place of the fault, in bytes from the beginning of the text, where there is one.
    ///
    /// ```
    /// let error = pyspec::name::Name::parse("a b").unwrap_err();
    /// assert_eq!(error.position(), Some(1));
    /// ```
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::Syntax { at, .. } => Some(*at),
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
