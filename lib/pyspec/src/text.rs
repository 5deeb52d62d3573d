//! A place in a text, moved forward by what is read there.

/// Reads a text from its beginning, byte by byte or character by character.
///
/// Only whole characters are ever passed over, so the place is always a character boundary.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Gives the whole text.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// Tells the place in bytes from the beginning.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes back, or forward, to a place that was a place of this cursor.
    pub(crate) fn set(&mut self, at: usize) {
        self.at = at;
    }

    /// Gives what has not been read.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Gives the next byte without reading it.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Gives the text from a place to here.
    pub(crate) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Reads one ASCII character if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Reads a text if it is next.
    pub(crate) fn eat_text(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Reads an ASCII text in either case if it is next.
    pub(crate) fn eat_any_case(&mut self, text: &str) -> bool {
        let next = self.text.as_bytes().get(self.at..self.at + text.len());
        let found = next.is_some_and(|next| next.eq_ignore_ascii_case(text.as_bytes()));
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Reads ASCII characters as long as they are wanted.
    pub(crate) fn eat_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii() && wanted(byte)) {
            self.at += 1;
        }
        self.since(start)
    }

    /// Reads characters as long as they are wanted.
    pub(crate) fn eat_chars(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.since(start)
    }
}

/// Tells whether Python's `str.isspace` and its `\s` hold for a character.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// Removes white space at both ends as Python's `str.strip` does.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_characters_only() {
        let mut cursor = Cursor::new("aé b");
        assert_eq!(cursor.eat_while(|_| true), "a");
        assert!(!cursor.eat_any_case("xyzzyx"));
        assert_eq!(cursor.eat_chars(|character| character != ' '), "é");
        assert!(cursor.eat_text(" b") && cursor.is_at_end());
        assert_eq!(cursor.rest(), "");
    }

    #[test]
    fn space_is_what_python_says() {
        assert_eq!(strip("\x1f\u{a0}\u{3000} x\u{85}\t"), "x");
        assert_eq!(strip("\u{200b}x"), "\u{200b}x");
    }
}
