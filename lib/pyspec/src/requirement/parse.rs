//! Reading requirements (PEP 508, as `packaging` reads it).

use super::{Requirement, Source};
use crate::Error;
use crate::marker::Marker;
use crate::marker::parse::Parser;
use crate::name::Name;
use crate::specifier::{Specifiers, clause};
use crate::text::Cursor;

/// Reads a requirement.
pub(super) fn requirement(text: &str) -> Result<Requirement, Error> {
    let mut parser = Parser {
        cursor: Cursor::new(text),
        what: "requirement",
        depth: 0,
    };
    parser.blanks();
    let name = parser
        .identifier()
        .ok_or_else(|| parser.expected("the name of a project"))?;
    parser.blanks();
    let extras = parser.extras()?;
    parser.blanks();
    let (source, marker) = if parser.cursor.eat(b'@') {
        parser.url()?
    } else {
        parser.specifiers()?
    };
    if !parser.cursor.is_at_end() {
        return Err(parser.expected("`and`, `or` or the end of the requirement"));
    }
    Ok(Requirement {
        name,
        extras,
        source,
        marker,
    })
}

impl<'t> Parser<'t> {
    /// Reads letters, digits, `.`, `_` and `-`, of which the last two may not end it, nor `.`.
    fn identifier(&mut self) -> Option<Name> {
        let start = self.cursor.at();
        if !self
            .cursor
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        {
            return None;
        }
        let run = self
            .cursor
            .eat_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        let identifier = run.trim_end_matches(['.', '-']);
        if self.is_in_word() {
            self.cursor.set(start);
            return None;
        }
        self.cursor.set(start + identifier.len());
        Some(Name::lenient(identifier))
    }

    /// Reads extras in brackets, if there are any; sorted by their spelling.
    fn extras(&mut self) -> Result<Vec<Name>, Error> {
        let mut extras = Vec::new();
        if !self.cursor.eat(b'[') {
            return Ok(extras);
        }
        self.blanks();
        if let Some(first) = self.identifier() {
            extras.push(first);
            self.blanks();
            while self.cursor.eat(b',') {
                self.blanks();
                extras.push(
                    self.identifier()
                        .ok_or_else(|| self.expected("the name of an extra"))?,
                );
                self.blanks();
            }
        }
        if !self.cursor.eat(b']') {
            let expected = if extras.is_empty() {
                "the name of an extra or `]`"
            } else {
                "`,` or `]`"
            };
            return Err(self.expected(expected));
        }
        extras.sort_by(|left, right| left.as_written().cmp(right.as_written()));
        extras.dedup_by(|left, right| left.as_written() == right.as_written());
        Ok(extras)
    }

    /// Reads what follows `@`: a URL, and after a blank perhaps a marker.
    fn url(&mut self) -> Result<(Source, Option<Marker>), Error> {
        self.blanks();
        let url = self
            .cursor
            .eat_chars(|character| character != ' ' && character != '\t');
        if url.is_empty() {
            return Err(self.expected("a URL after `@`"));
        }
        self.blanks();
        let marker = self.marker("`;` or the end after the URL")?;
        Ok((Source::Url(url.to_owned()), marker))
    }

    /// Reads specifiers, in parentheses or not, and perhaps a marker.
    fn specifiers(&mut self) -> Result<(Source, Option<Marker>), Error> {
        let is_enclosed = self.cursor.eat(b'(');
        self.blanks();
        let start = self.cursor.at();
        let (text, after_comma) = self.clauses()?;
        self.blanks();
        if is_enclosed && !self.cursor.eat(b')') {
            return Err(self.expected(if after_comma {
                "a specifier or `)`"
            } else {
                "`,` or `)`"
            }));
        }
        self.blanks();
        let specifiers: Specifiers = text.parse().map_err(|error: Error| {
            Error::syntax(
                self.what,
                self.cursor.text(),
                start + error.position().unwrap_or(0),
                "a specifier",
            )
        })?;
        let expected = match (text.is_empty(), after_comma) {
            (true, _) => "a specifier, `@`, `;` or the end",
            (false, true) => "a specifier, `;` or the end",
            (false, false) => "`,`, `;` or the end after the specifier",
        };
        Ok((Source::Index(specifiers), self.marker(expected)?))
    }

    /// Reads clauses and the commas after them; gives their text, and whether it ends with a comma.
    fn clauses(&mut self) -> Result<(&'t str, bool), Error> {
        let start = self.cursor.at();
        let mut after_comma = false;
        while clause(&mut self.cursor).is_some() {
            if self.cursor.rest().starts_with(".*") {
                return Err(self.expected("`.*` only after == or != and a release"));
            }
            if self.cursor.rest().starts_with('+') {
                return Err(self.expected("a local segment only after == or !="));
            }
            self.blanks();
            after_comma = self.cursor.eat(b',');
            if !after_comma {
                break;
            }
            self.blanks();
        }
        Ok((self.cursor.since(start), after_comma))
    }

    /// Reads `;` and a marker, or the end.
    fn marker(&mut self, expected: &str) -> Result<Option<Marker>, Error> {
        if self.cursor.is_at_end() {
            return Ok(None);
        }
        if !self.cursor.eat(b';') {
            return Err(self.expected(expected));
        }
        Ok(Some(self.expression()?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_packaging_reads() {
        for (text, expected) in [
            ("a", "a"),
            ("a_", "a_"),
            (" A.B [ x , Y ] ", "A.B[Y,x]"),
            ("a[]", "a"),
            ("a()", "a"),
            ("a(>=1)", "a>=1"),
            ("a ( >=1 , <2 , )", "a<2,>=1"),
            ("a>=1,", "a>=1"),
            ("a===foo-bar", "a===foo-bar"),
            ("a===1,>=2", "a===1,>=2"),
            ("a===;os_name=='x'", "a===; os_name == \"x\""),
            ("a @ https://x/y#egg=a", "a @ https://x/y#egg=a"),
            ("a@file:///x ; os_name=='x'", "a @ file:///x ; os_name == \"x\""),
            ("a @ ./x;y \t", "a @ ./x;y"),
            ("a @ git+ssh://git@host:path", "a @ git+ssh://git@host:path"),
            (
                "a>=1;os_name=='x'and(os_name=='y')",
                "a>=1; os_name == \"x\" and os_name == \"y\"",
            ),
            ("a>= \n 1", "a>=1"),
        ] {
            assert_eq!(requirement(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("-a", 0),
            ("a-", 1),
            ("é", 0),
            ("aé", 0),
            ("a b", 2),
            ("a[", 2),
            ("a[x y]", 4),
            ("a[x,]", 4),
            ("a>=1.*", 4),
            ("a>=1+x", 4),
            ("a(>=1", 5),
            ("a(>=1,;", 6),
            ("a,", 1),
            ("a>=1 x", 5),
            ("a @", 3),
            ("a @ x y", 6),
            ("a @ x ;", 7),
            ("a; ", 3),
            ("a; os_name", 10),
            ("a===1,2", 6),
            ("a\n", 1),
            ("a>=1; os_name=='x' x", 19),
        ] {
            assert_eq!(requirement(text).unwrap_err().position(), Some(at), "{text:?}");
        }
    }
}
