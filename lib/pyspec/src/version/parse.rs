//! Reading versions (PEP 440, appendix B).

use super::grammar;
use super::number::Number;
use super::{Parts, PreKind, SEGMENTS, Suffix, Version};
use crate::Error;
use crate::text::{Cursor, is_space, strip};

/// Digits beyond which Python itself refuses to read a number.
const MOST_DIGITS: usize = 4300;

/// Reads a version.
pub(super) fn parse(text: &str) -> Result<Version, Error> {
    read(text).map_err(|(at, expected)| Error::syntax("version", text, at, expected))
}

/// Reads a version where a failure is usual and nobody asks for its reason.
pub(crate) fn parse_quietly(text: &str) -> Option<Version> {
    read(text).ok()
}

/// Reads a version; a failure is the place and what was expected there.
fn read(text: &str) -> Result<Version, (usize, &'static str)> {
    if let Some(version) = plain_release(text.as_bytes()) {
        return Ok(version);
    }
    let mut cursor = Cursor::new(text);
    cursor.eat_chars(is_space);
    cursor.eat_any_case("v");
    let pieces = Pieces::read(&mut cursor);
    if pieces.release.is_empty() {
        return Err((cursor.at(), "a digit"));
    }
    let end = cursor.at();
    cursor.eat_chars(is_space);
    if !cursor.is_at_end() {
        return Err((end, "end of version"));
    }
    match longest_number(text) {
        Some(at) => Err((at, "a number of at most 4300 digits")),
        None => Ok(pieces.small().unwrap_or_else(|| pieces.parts().into())),
    }
}

/// Reads up to four dotted numbers and nothing else: what most versions are.
fn plain_release(bytes: &[u8]) -> Option<Version> {
    let mut segments = [0_u64; SEGMENTS];
    let mut index = 0;
    let mut digits = 0;
    for byte in bytes {
        match byte {
            b'0'..=b'9' if digits < 19 => {
                segments[index] = segments[index] * 10 + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && index + 1 < SEGMENTS => {
                index += 1;
                digits = 0;
            }
            _ => return None,
        }
    }
    let length = u8::try_from(index + 1).ok()?;
    (digits > 0).then(|| Version::small(segments, length, Suffix::None, 0))
}

/// Finds a number longer than Python reads.
fn longest_number(text: &str) -> Option<usize> {
    if text.len() <= MOST_DIGITS {
        return None;
    }
    let (public, local) = text.split_once('+').unwrap_or((text, ""));
    // In a local segment, digits beside letters are no number.
    let mut numbers = public
        .split(|character: char| !character.is_ascii_digit())
        .chain(strip(local).split(['.', '-', '_']).filter(|part| is_number(part)));
    let longest = numbers.find(|digits| digits.len() > MOST_DIGITS)?;
    Some(longest.as_ptr() as usize - text.as_ptr() as usize)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Holds the pieces of a version's text.
struct Pieces<'t> {
    epoch: Option<&'t str>,
    release: &'t str,
    pre: Option<(PreKind, &'t str)>,
    post: Option<&'t str>,
    dev: Option<&'t str>,
    local: Option<&'t str>,
}

impl<'t> Pieces<'t> {
    fn read(cursor: &mut Cursor<'t>) -> Self {
        Self {
            epoch: grammar::epoch(cursor),
            release: grammar::release(cursor),
            pre: grammar::pre(cursor),
            post: grammar::post(cursor),
            dev: grammar::dev(cursor),
            local: grammar::local(cursor),
        }
    }

    /// Makes the version without an allocation, if it fits.
    fn small(&self) -> Option<Version> {
        if self.epoch.is_some() || self.local.is_some() {
            return None;
        }
        let (suffix, digits) = match (self.pre, self.post, self.dev) {
            (None, None, None) => (Suffix::None, ""),
            (Some((kind, digits)), None, None) => (kind.into(), digits),
            (None, Some(digits), None) => (Suffix::Post, digits),
            (None, None, Some(digits)) => (Suffix::Dev, digits),
            _ => return None,
        };
        let number = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        let release = plain_release(self.release.as_bytes())?;
        Some(Version::small(release.segments, release.length, suffix, number))
    }

    fn parts(&self) -> Parts {
        Parts {
            epoch: Number::from_digits(self.epoch.unwrap_or_default()),
            release: self.release.split('.').map(Number::from_digits).collect(),
            pre: self.pre.map(|(kind, digits)| (kind, Number::from_digits(digits))),
            post: self.post.map(Number::from_digits),
            dev: self.dev.map(Number::from_digits),
            local: self.local.map(normalised_local),
        }
    }
}

/// Normalises a local segment: lower case, dots between its parts, numbers without leading zeros.
fn normalised_local(local: &str) -> Box<str> {
    let part = |part: &str| {
        if is_number(part) {
            Number::from_digits(part).to_string()
        } else {
            part.to_ascii_lowercase()
        }
    };
    local
        .split(['.', '-', '_'])
        .map(part)
        .collect::<Vec<_>>()
        .join(".")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("  ", 2),
            ("v", 1),
            ("x1", 0),
            ("1..2", 1),
            ("1.", 1),
            (".1", 0),
            ("1!", 1),
            ("1.0-", 3),
            ("1.0+", 3),
            ("1.0+a..b", 5),
            ("1.0a1b2", 5),
            ("1.0 x", 3),
            ("1.0 1", 3),
            ("1.0é", 3),
            ("1.0.post1-2", 9),
            ("1.0.poſt1", 3),
            ("１.０", 0),
        ] {
            assert_eq!(parse(text).unwrap_err().position(), Some(at), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_as_long_as_python_reads() {
        let digits = "9".repeat(MOST_DIGITS);
        assert_eq!(parse(&digits).unwrap().to_string(), digits);
        assert_eq!(parse(&format!("1.0+1{digits}")).unwrap_err().position(), Some(4));
    }
}
