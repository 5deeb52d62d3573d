//! Texts in quotes, as markers hold them: literals of Python.

use std::fmt::Write as _;

/// What is wrong with a literal: the place within it, and what was expected.
pub(super) type Wrong = (usize, &'static str);

/// Gives the text that a literal without its quotes stands for.
///
/// `\N{…}` and surrogates are refused: the first needs the table of all names of Unicode, the
/// second is no text.
pub(super) fn decode(literal: &str) -> Result<String, Wrong> {
    if !literal.contains(['\\', '\n', '\r', '\0']) {
        return Ok(literal.to_owned());
    }
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(character) = rest.chars().next() {
        let at = literal.len() - rest.len();
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' => rest = escape(rest, &mut text).map_err(|expected| (at, expected))?,
            '\n' | '\r' => return Err((at, "no line break in a text")),
            '\0' => return Err((at, "no NUL in a text")),
            character => text.push(character),
        }
    }
    Ok(text)
}

/// Reads what follows a backslash; gives what follows that.
fn escape<'t>(rest: &'t str, text: &mut String) -> Result<&'t str, &'static str> {
    let Some(character) = rest.chars().next() else {
        return Err("something after the backslash");
    };
    let after = &rest[character.len_utf8()..];
    let plain = match character {
        // A line that goes on.
        '\n' => return Ok(after),
        '\r' => return Ok(after.strip_prefix('\n').unwrap_or(after)),
        '\\' | '\'' | '"' => character,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => return numbered(after, 2, text),
        'u' => return numbered(after, 4, text),
        'U' => return numbered(after, 8, text),
        '0'..='7' => return Ok(octal(rest, text)),
        'N' => return Err("no \\N{…} in a text"),
        '\0' => return Err("no NUL in a text"),
        other => {
            // Python keeps the backslash of an escape that it does not know.
            text.push('\\');
            other
        }
    };
    text.push(plain);
    Ok(after)
}

/// Reads a fixed count of hexadecimal digits.
fn numbered<'t>(rest: &'t str, digits: usize, text: &mut String) -> Result<&'t str, &'static str> {
    const EXPECTED: &str = "the number of a character in hexadecimal digits";
    let number = rest
        .get(..digits)
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let code = number.and_then(|number| u32::from_str_radix(number, 16).ok());
    text.push(code.and_then(char::from_u32).ok_or(EXPECTED)?);
    Ok(&rest[digits..])
}

/// Reads one to three octal digits.
fn octal<'t>(rest: &'t str, text: &mut String) -> &'t str {
    let length = rest
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    let code = u32::from_str_radix(&rest[..length], 8)
        .ok()
        .and_then(char::from_u32);
    text.extend(code);
    &rest[length..]
}

/// Puts a text into quotes.
///
/// That is done without escapes, as `packaging` does it, unless that would be read as something else.
pub(super) fn encode(text: &str) -> String {
    let quote = if text.contains('"') { '\'' } else { '"' };
    if !text.contains(quote) && decode(text).as_deref() == Ok(text) {
        return format!("{quote}{text}{quote}");
    }
    let mut literal = String::from('"');
    for character in text.chars() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '"' | '\n' | '\r' | '\0' => {
                // Writing to a String does not fail.
                let _ = write!(literal, "\\x{:02x}", u32::from(character));
            }
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_escapes_as_python_does() {
        for (literal, expected) in [
            ("plain é", "plain é"),
            (r"\x41\u00e9\U0001F600", "Aé😀"),
            (r"\101\08\7", "A\08\x07"),
            (r"\d\q", r"\d\q"),
            (r#"\'\"\\"#, r#"'"\"#),
            ("a\\\nb\\\r\nc", "abc"),
            (r"\777", "\u{1ff}"),
        ] {
            assert_eq!(decode(literal).unwrap(), expected, "{literal}");
        }
    }

    #[test]
    fn refuses_what_python_refuses_and_surrogates() {
        for (literal, at) in [
            ("ab\\", 2),
            ("a\nb", 1),
            ("\0", 0),
            (r"\x4", 0),
            (r"\u12é", 0),
            (r"\ud800", 0),
            (r"\U00110000", 0),
        ] {
            assert_eq!(decode(literal).unwrap_err().0, at, "{literal:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["", "a\"b", "a'b", "a'\"b", r"\d", r"\n", "\\", "a\nb\r\0", "\\\""] {
            let literal = encode(text);
            assert_eq!(decode(&literal[1..literal.len() - 1]).unwrap(), text, "{literal}");
            assert!(
                !literal[1..literal.len() - 1].contains(&literal[..1]),
                "{literal}"
            );
        }
        assert_eq!(encode(r"\d"), r#""\d""#);
    }
}
