//! Reading markers (PEP 508, as `packaging` reads it).

use super::expression::{Comparison, Expression, MarkerOperator, Operand};
use super::{Marker, Variable, literal};
use crate::Error;
use crate::specifier::Operator;
use crate::text::Cursor;

/// Parentheses within parentheses beyond which a marker is refused, to bound the stack.
const DEEPEST: usize = 200;

/// Spellings of variables that are not their names.
const OLD_SPELLINGS: [(&str, Variable); 6] = [
    ("os.name", Variable::OsName),
    ("sys.platform", Variable::SysPlatform),
    ("platform.version", Variable::PlatformVersion),
    ("platform.machine", Variable::PlatformMachine),
    (
        "platform.python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    ("python_implementation", Variable::PlatformPythonImplementation),
];

/// Reads a text that is a marker and nothing else.
pub(super) fn marker(text: &str) -> Result<Marker, Error> {
    let mut parser = Parser {
        cursor: Cursor::new(text),
        what: "marker",
        depth: 0,
    };
    let expression = parser.expression()?;
    if !parser.cursor.is_at_end() {
        return Err(parser.expected("`and`, `or` or the end of the marker"));
    }
    Ok(expression.into())
}

/// Reads markers from a text that may hold more.
pub(crate) struct Parser<'t> {
    pub(crate) cursor: Cursor<'t>,
    /// What the text is, for errors.
    pub(crate) what: &'static str,
    pub(crate) depth: usize,
}

impl Parser<'_> {
    /// Says what was expected at this place.
    pub(crate) fn expected(&self, expected: impl Into<String>) -> Error {
        Error::syntax(self.what, self.cursor.text(), self.cursor.at(), expected)
    }

    /// Reads blanks and tabs.
    pub(crate) fn blanks(&mut self) -> bool {
        !self
            .cursor
            .eat_while(|byte| byte == b' ' || byte == b'\t')
            .is_empty()
    }

    /// Reads a word that ends here.
    fn word(&mut self, word: &str) -> bool {
        let start = self.cursor.at();
        let found = self.cursor.eat_text(word) && !self.is_in_word();
        if !found {
            self.cursor.set(start);
        }
        found
    }

    /// Tells whether the next character would belong to the word before.
    pub(crate) fn is_in_word(&self) -> bool {
        self.cursor
            .rest()
            .starts_with(|next: char| next.is_alphanumeric() || next == '_')
    }

    /// Reads parts with `and` and `or` between them, and the blanks after them.
    pub(crate) fn expression(&mut self) -> Result<Expression, Error> {
        let mut alternatives = Vec::new();
        let mut parts = vec![self.part()?];
        loop {
            if self.word("and") {
                parts.push(self.part()?);
            } else if self.word("or") {
                let done = std::mem::replace(&mut parts, vec![self.part()?]);
                alternatives.push(Expression::all(done));
            } else {
                alternatives.push(Expression::all(parts));
                return Ok(Expression::any(alternatives));
            }
        }
    }

    /// Reads a comparison or something in parentheses, with blanks around it.
    fn part(&mut self) -> Result<Expression, Error> {
        self.blanks();
        let part = if self.cursor.eat(b'(') {
            self.group()?
        } else {
            Expression::Comparison(self.comparison()?)
        };
        self.blanks();
        Ok(part)
    }

    fn group(&mut self) -> Result<Expression, Error> {
        if self.depth == DEEPEST {
            return Err(self.expected("fewer than 200 parentheses within each other"));
        }
        self.depth += 1;
        let inner = self.expression()?;
        self.depth -= 1;
        if !self.cursor.eat(b')') {
            return Err(self.expected("`and`, `or` or `)`"));
        }
        Ok(inner.grouped())
    }

    fn comparison(&mut self) -> Result<Comparison, Error> {
        let left = self.operand()?;
        self.blanks();
        let operator = self.operator()?;
        self.blanks();
        let right = self.operand()?;
        Ok(Comparison::normalised(left, operator, right))
    }

    fn operand(&mut self) -> Result<Operand, Error> {
        if let Some(variable) = self.variable() {
            return Ok(Operand::Variable(variable));
        }
        match self.cursor.peek() {
            Some(quote @ (b'"' | b'\'')) => self.literal(quote),
            _ => Err(self.expected("a variable or a text in quotes")),
        }
    }

    fn variable(&mut self) -> Option<Variable> {
        let current = Variable::ALL
            .into_iter()
            .find(|variable| self.word(variable.name()));
        current.or_else(|| {
            let (_, variable) = OLD_SPELLINGS
                .into_iter()
                .find(|(spelling, _)| self.word(spelling))?;
            Some(variable)
        })
    }

    fn literal(&mut self, quote: u8) -> Result<Operand, Error> {
        let opening = self.cursor.at();
        self.cursor.eat(quote);
        let inside = self.cursor.eat_chars(|character| character != char::from(quote));
        if !self.cursor.eat(quote) {
            return Err(self.expected("the closing quote"));
        }
        match literal::decode(inside) {
            Ok(text) => Ok(Operand::Literal(text)),
            Err((at, expected)) => {
                self.cursor.set(opening + 1 + at);
                Err(self.expected(expected))
            }
        }
    }

    fn operator(&mut self) -> Result<MarkerOperator, Error> {
        if self.word("in") {
            return Ok(MarkerOperator::In);
        }
        if self.word("not") {
            if !self.blanks() || !self.word("in") {
                return Err(self.expected("`in` after `not`"));
            }
            return Ok(MarkerOperator::NotIn);
        }
        match Operator::read(&mut self.cursor) {
            Some(operator) => Ok(MarkerOperator::Compare(operator)),
            None => Err(self.expected("one of <=, <, !=, ==, >=, >, ~=, ===, in, not in")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_packaging_reads() {
        for (text, expected) in [
            (
                "os_name=='a'and(os.name=='b')",
                r#"os_name == "a" and os_name == "b""#,
            ),
            (
                "python_implementation == 'x'",
                r#"platform_python_implementation == "x""#,
            ),
            (
                "platform.python_implementation=='x'",
                r#"platform_python_implementation == "x""#,
            ),
            ("'a'in extras", r#""a" in extras"#),
            ("os_name not \t in 'a'", r#"os_name not in "a""#),
            (
                "(((os_name=='a' or os_name=='b')))",
                r#"os_name == "a" or os_name == "b""#,
            ),
            (
                "(os_name=='a' and os_name=='b') or os_name=='c'",
                r#"(os_name == "a" and os_name == "b") or os_name == "c""#,
            ),
            ("os_name == '\"'", r#"os_name == '"'"#),
            (
                "extra == 'A.B' or 'C_D' in extras",
                r#"extra == "a-b" or "c-d" in extras"#,
            ),
            ("'a' == 'b'", r#""a" == "b""#),
            ("os_name === sys_platform", "os_name === sys_platform"),
        ] {
            assert_eq!(marker(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("os_name", 7),
            ("os_name ==", 10),
            ("os_name == 'a", 13),
            ("os_names == 'a'", 0),
            ("os_name == 'a' nd", 15),
            ("os_name == 'a' and", 18),
            ("(os_name == 'a'", 15),
            ("os_name == 'a')", 14),
            ("os_name not'a'", 11),
            ("os_name == '\\x4'", 12),
            ("os_name\n== 'a'", 7),
            ("os_name == 'a'andos_name == 'a'", 14),
            ("os_name = 'a'", 8),
        ] {
            assert_eq!(marker(text).unwrap_err().position(), Some(at), "{text:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}os_name == 'a'{}", "(".repeat(depth), ")".repeat(depth));
        assert!(marker(&nested(DEEPEST)).is_ok());
        assert_eq!(
            marker(&nested(DEEPEST + 1)).unwrap_err().position(),
            Some(DEEPEST + 1)
        );
        assert!(marker(&"(".repeat(1_000_000)).is_err());
    }
}
