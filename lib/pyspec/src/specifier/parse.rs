//! Reading specifiers.

use super::{Operator, Specifier, Specifiers};
use crate::Error;
use crate::text::{Cursor, is_space, strip};
use crate::version::{Version, grammar, parse_quietly};

/// What is wrong: the place, and what was expected there.
type Wrong = (usize, &'static str);

/// Reads one clause.
pub(super) fn specifier(text: &str) -> Result<Specifier, Error> {
    read(text).map_err(|(at, expected)| Error::syntax("specifier", text, at, expected))
}

/// Reads clauses with commas between them; empty ones are passed over, as `packaging` does.
pub(super) fn specifiers(text: &str) -> Result<Specifiers, Error> {
    let mut start = 0;
    let mut clauses = Vec::with_capacity(2);
    for piece in text.split(',') {
        if !strip(piece).is_empty() {
            let clause = read(piece);
            clauses.push(
                clause.map_err(|(at, expected)| Error::syntax("specifiers", text, start + at, expected))?,
            );
        }
        start += piece.len() + 1;
    }
    Ok(clauses.into())
}

/// Reads a clause that is the whole text but for white space around it.
fn read(text: &str) -> Result<Specifier, Wrong> {
    let mut cursor = Cursor::new(text);
    cursor.eat_chars(is_space);
    let operator =
        Operator::read(&mut cursor).ok_or((cursor.at(), "one of ===, ~=, ==, !=, <=, >=, <, >"))?;
    cursor.eat_chars(is_space);
    let (start, version) = (cursor.at(), strip(cursor.rest()));
    if operator == Operator::Arbitrary {
        return match version.find(|character| !is_arbitrary(character)) {
            Some(at) => Err((start + at, "end of specifier")),
            None => Ok(Specifier {
                operator,
                text: version.into(),
                version: parse_quietly(version),
                is_wildcard: false,
            }),
        };
    }
    match version.strip_suffix(".*") {
        Some(base) => wildcard(operator, base).map(|base| (base, true)),
        None => plain(operator, version).map(|version| (version, false)),
    }
    .map(|(parsed, is_wildcard)| Specifier {
        operator,
        text: version.into(),
        version: Some(parsed),
        is_wildcard,
    })
    .map_err(|(at, expected)| (start + at, expected))
}

/// Reads what stands before `.*`.
fn wildcard(operator: Operator, base: &str) -> Result<Version, Wrong> {
    if !matches!(operator, Operator::Equal | Operator::NotEqual) {
        return Err((base.len(), "`.*` only after == or !="));
    }
    let version: Version = version(base)?;
    let is_release = !version.is_prerelease() && !version.is_postrelease() && version.local().is_none();
    if !is_release || !base.ends_with(|last: char| last.is_ascii_digit()) {
        return Err((base.len(), "`.*` only after a release"));
    }
    Ok(version)
}

/// Reads a version as far as the operator takes it.
fn plain(operator: Operator, text: &str) -> Result<Version, Wrong> {
    let version = version(text)?;
    if version.local().is_some() && !matches!(operator, Operator::Equal | Operator::NotEqual) {
        return Err((text.find('+').unwrap_or(0), "a local segment only after == or !="));
    }
    if operator == Operator::Compatible && version.release().len() < 2 {
        return Err((text.len(), "a second segment of the release after ~="));
    }
    Ok(version)
}

fn version(text: &str) -> Result<Version, Wrong> {
    text.parse()
        .map_err(|error: Error| (error.position().unwrap_or(0), "a version"))
}

impl Operator {
    /// Reads the longest operator that is next.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let (operator, length) = match cursor.rest().as_bytes() {
            [b'=', b'=', b'=', ..] => (Self::Arbitrary, 3),
            [b'=', b'=', ..] => (Self::Equal, 2),
            [b'~', b'=', ..] => (Self::Compatible, 2),
            [b'!', b'=', ..] => (Self::NotEqual, 2),
            [b'<', b'=', ..] => (Self::LessEqual, 2),
            [b'>', b'=', ..] => (Self::GreaterEqual, 2),
            [b'<', ..] => (Self::Less, 1),
            [b'>', ..] => (Self::Greater, 1),
            _ => return None,
        };
        cursor.set(cursor.at() + length);
        Some(operator)
    }
}

impl Specifier {
    /// Reads a clause where a failure is usual and nobody asks for its reason.
    pub(crate) fn parse_quietly(text: &str) -> Option<Self> {
        read(text).ok()
    }
}

/// Tells whether a character may follow `===`: no white space, nor what ends a specifier in a requirement.
fn is_arbitrary(character: char) -> bool {
    !is_space(character) && character != ';' && character != ')'
}

/// Reads as much as can be a clause at this place of a requirement; `None`, and nothing read, if there is none.
pub(crate) fn clause<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    let start = cursor.at();
    let found = Operator::read(cursor).is_some_and(|operator| clause_version(cursor, operator));
    if !found {
        cursor.set(start);
        return None;
    }
    Some(cursor.since(start))
}

/// Reads the version of a clause as far as the operator takes it.
fn clause_version(cursor: &mut Cursor<'_>, operator: Operator) -> bool {
    cursor.eat_chars(is_space);
    if operator == Operator::Arbitrary {
        cursor.eat_chars(is_arbitrary);
        return true;
    }
    cursor.eat_any_case("v");
    grammar::epoch(cursor);
    let release = grammar::release(cursor);
    if release.is_empty() || operator == Operator::Compatible && !release.contains('.') {
        return false;
    }
    let takes_all = matches!(operator, Operator::Equal | Operator::NotEqual);
    if takes_all && cursor.eat_text(".*") {
        return true;
    }
    grammar::pre(cursor);
    grammar::post(cursor);
    grammar::dev(cursor);
    if takes_all {
        grammar::local(cursor);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("1.0", 0),
            ("=1.0", 0),
            ("==", 2),
            ("==x", 2),
            ("== 1.0 .*", 7),
            (">=1.*", 3),
            ("==1.0a1.*", 7),
            ("~=1", 3),
            (">=1.0+local", 5),
            ("===a b", 4),
            ("===a;b", 4),
            ("==1.0,", 5),
        ] {
            assert_eq!(specifier(text).unwrap_err().position(), Some(at), "{text:?}");
        }
        assert_eq!(specifiers(">=1, ,<x").unwrap_err().position(), Some(7));
    }

    #[test]
    fn keeps_the_spelling() {
        for (text, expected) in [
            (" ==\u{a0}V1.0.ALPHA \n", "==V1.0.ALPHA"),
            ("===", "==="),
            ("=== what,ever", "===what,ever"),
            ("!=1!2.*", "!=1!2.*"),
        ] {
            assert_eq!(specifier(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_clause_ends_where_its_operator_says() {
        for (text, expected) in [
            ("==1.0.*rest", Some("==1.0.*")),
            (">=1.0.*", Some(">=1.0")),
            (">=1.0a-+x", Some(">=1.0a-")),
            ("==1.0+x.-", Some("==1.0+x")),
            ("===a,b;c", Some("===a,b")),
            ("==1!", Some("==1")),
            ("~=1;", None),
            ("~= 1!2.0", Some("~= 1!2.0")),
            ("= 1", None),
        ] {
            assert_eq!(clause(&mut Cursor::new(text)), expected, "{text:?}");
        }
    }
}
