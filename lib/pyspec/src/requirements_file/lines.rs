//! From text to logical lines: continued ones joined, comments apart, every character's place known.

/// Is a logical line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The text without comment and blanks around; empty for a comment alone.
    pub(super) text: String,
    /// The comment, without `#` and blanks around.
    pub(super) comment: Option<String>,
    /// Whether the comment stands alone and blanks stand before it.
    pub(super) indented: bool,
    /// The line on which it begins, from 1; the text may begin later, behind a backslash alone.
    first: u32,
    /// Where the pieces of the text begin: in the text, and on which line and column, from 1.
    pieces: Vec<(usize, u32, u32)>,
}

impl Line {
    /// Returns the line on which it begins, and the column of the text if that begins there as well, from 1.
    pub(super) fn beginning(&self) -> (u32, u32) {
        let (line, column) = self.place(0);
        if line == self.first {
            (line, column)
        } else {
            (self.first, 1)
        }
    }

    /// Returns the line and column, from 1, of a byte of the text.
    pub(super) fn place(&self, at: usize) -> (u32, u32) {
        let piece = self
            .pieces
            .iter()
            .rev()
            .find(|piece| piece.0 <= at)
            .or(self.pieces.first());
        let Some((begin, line, column)) = piece.copied() else {
            return (1, 1);
        };
        let before = self.text.get(begin..at.max(begin)).unwrap_or_default();
        (line, column.saturating_add(count(before.chars().count())))
    }

    /// Tells whether nothing stands on the line.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty() && self.comment.is_none()
    }
}

/// Tells whether Python takes the character as a blank.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Splits a text into logical lines as pip does; blank ones are among them.
pub(super) fn logical(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut joined = Joined::default();
    for (number, physical) in (1..).zip(physical(text)) {
        let is_comment = physical.trim_start_matches(is_blank).starts_with('#');
        if physical.ends_with('\\') && !is_comment {
            // As pip does it, every backslash at either end goes, not the last one alone.
            let begin = physical.len() - physical.trim_start_matches('\\').len();
            joined.push(physical.trim_matches('\\'), number, 1 + count(begin));
            continue;
        }
        if is_comment && joined.is_open() {
            joined.text.push(' ');
        }
        joined.push(physical, number, 1);
        lines.push(std::mem::take(&mut joined).finish());
    }
    if joined.is_open() {
        lines.push(joined.finish());
    }
    lines
}

/// Splits at all the ends of lines that Python's `splitlines` knows.
pub(super) fn physical(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n');
        let line = line.map_or(whole, |line| line.strip_suffix('\r').unwrap_or(line));
        // Without a way out in the middle, so that it is done many bytes at a time.
        let is_plain = |byte: u8| (byte >= b' ' || byte == b'\t') && byte.is_ascii();
        if line.bytes().fold(true, |all, byte| all & is_plain(byte)) {
            lines.push(line);
        } else {
            split_rarely(line, whole.ends_with('\n'), &mut lines);
        }
    }
    lines
}

/// Splits a line at the ends that are no `\n`; `is_ended` says whether one stands behind it.
fn split_rarely<'text>(line: &'text str, is_ended: bool, lines: &mut Vec<&'text str>) {
    let mut rest = line;
    while let Some(at) = rest.find(is_line_end) {
        lines.push(&rest[..at]);
        rest = &rest[at + rest[at..].chars().next().map_or(0, char::len_utf8)..];
    }
    if is_ended || !rest.is_empty() {
        lines.push(rest);
    }
}

fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Is a logical line that is being put together.
#[derive(Default)]
struct Joined {
    text: String,
    pieces: Vec<(usize, u32, u32)>,
}

impl Joined {
    fn is_open(&self) -> bool {
        !self.pieces.is_empty()
    }

    fn push(&mut self, piece: &str, line: u32, column: u32) {
        self.pieces.push((self.text.len(), line, column));
        self.text.push_str(piece);
    }

    /// Takes the comment off, and the blanks around what is left.
    fn finish(self) -> Line {
        let comment_at = comment(&self.text);
        let content = &self.text[..comment_at.unwrap_or(self.text.len())];
        let begin = content.len() - content.trim_start_matches(is_blank).len();
        let text = content.trim_matches(is_blank).to_owned();
        let comment = comment_at.map(|at| {
            let behind = self.text[at..].trim_start_matches(is_blank);
            behind
                .strip_prefix('#')
                .unwrap_or(behind)
                .trim_matches(is_blank)
                .to_owned()
        });
        let indented = text.is_empty() && comment_at.is_some() && !self.text.starts_with('#');
        let begin = if text.is_empty() { 0 } else { begin };
        let first = self.pieces.first().map_or(1, |piece| piece.1);
        let pieces = shifted(&self.text, &self.pieces, begin);
        Line {
            text,
            comment,
            indented,
            first,
            pieces,
        }
    }
}

/// Counts pieces from a later beginning.
fn shifted(text: &str, pieces: &[(usize, u32, u32)], begin: usize) -> Vec<(usize, u32, u32)> {
    let first = pieces.iter().rposition(|piece| piece.0 <= begin).unwrap_or(0);
    let later = pieces[first..].iter().map(|(at, line, column)| {
        let skipped = text.get(*at..begin.max(*at)).unwrap_or_default();
        (
            at.saturating_sub(begin),
            *line,
            column.saturating_add(count(skipped.chars().count())),
        )
    });
    later.collect()
}

/// Finds the comment: a `#` at the beginning or behind blanks, which belong to it.
fn comment(text: &str) -> Option<usize> {
    text.match_indices('#').map(|(at, _)| at).find_map(|at| {
        let before = text[..at].trim_end_matches(is_blank);
        (at == 0 || before.len() < at).then_some(before.len())
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(String, Option<String>)> {
        logical(text)
            .into_iter()
            .map(|line| (line.text, line.comment))
            .collect()
    }

    #[test]
    fn continued_lines_are_joined() {
        assert_eq!(
            texts("a \\\n  b\nc"),
            [("a   b".into(), None), ("c".into(), None)]
        );
        assert_eq!(texts("a\\\n"), [("a".into(), None)]);
        assert_eq!(texts("\\\\a\\\\\nb"), [("ab".into(), None)]);
    }

    #[test]
    fn a_comment_ends_a_continuation() {
        let expected = [("a".into(), Some("x".to_owned())), ("b".into(), None)];
        assert_eq!(texts("a \\\n # x \nb"), expected);
        assert_eq!(
            texts("# x \\\nb"),
            [(String::new(), Some("x \\".to_owned())), ("b".into(), None)]
        );
    }

    #[test]
    fn a_hash_begins_a_comment_only_behind_a_blank() {
        assert_eq!(texts("a#b #c #d"), [("a#b".into(), Some("c #d".to_owned()))]);
        assert_eq!(texts("#"), [(String::new(), Some(String::new()))]);
    }

    #[test]
    fn every_end_of_a_line_counts() {
        assert_eq!(
            physical("a\r\nb\rc\u{b}d\u{2028}e\n\nf\n"),
            ["a", "b", "c", "d", "e", "", "f"]
        );
    }

    #[test]
    fn places_are_those_of_the_file() {
        let line = &logical("  ab \\\n\\ cé d")[0];
        assert_eq!(line.text, "ab \\ cé d");
        assert_eq!(line.place(0), (1, 3));
        assert_eq!(line.place(1), (1, 4));
        assert_eq!(line.place(3), (2, 1));
        let last = line.text.find('d').unwrap();
        assert_eq!(line.place(last), (2, 6));
    }
}
