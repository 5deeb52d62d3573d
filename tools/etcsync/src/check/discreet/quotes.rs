//! What may be a quote of a private file, then what is one.

use super::lines::{is_plain, keep_blanks, places, without, words};
use std::collections::{BTreeSet, HashMap};

/// Words are recognised from so many letters on, pieces of words from so many, of lines from so many.
const WORD: usize = 3;
pub(super) const PIECE: usize = 6;
const LONG_PIECE: usize = 12;

/// What may be a quote, then what is one. Compared in small letters.
#[derive(Default)]
pub(super) struct Quotes {
    words: HashMap<Vec<u8>, bool>,
    pieces: HashMap<[u8; PIECE], bool>,
    long_pieces: HashMap<[u8; LONG_PIECE], bool>,
}

impl Quotes {
    /// Takes everything that stands in the lines.
    pub(super) fn possible(lines: &[String]) -> Self {
        let mut quotes = Self::default();
        for line in lines {
            let line = line.to_ascii_lowercase().into_bytes();
            let long = words(&line).filter(|word| word.len() >= WORD);
            quotes.words.extend(long.map(|word| (line[word].to_vec(), false)));
            quotes
                .pieces
                .extend(line.array_windows().map(|piece| (*piece, false)));
            quotes
                .long_pieces
                .extend(line.array_windows().map(|piece| (*piece, false)));
        }
        quotes
    }

    pub(super) fn found_in_private(&mut self, content: &[u8]) {
        self.find(content, true);
    }

    /// Forgets what stands in no private file.
    pub(super) fn forget_others(&mut self) {
        self.words.retain(|_, found| *found);
        self.pieces.retain(|_, found| *found);
        self.long_pieces.retain(|_, found| *found);
    }

    pub(super) fn found_in_public(&mut self, content: &[u8]) {
        self.find(content, false);
    }

    fn find(&mut self, content: &[u8], private: bool) {
        for word in words(content) {
            if let Some(found) = self.words.get_mut(&content[word]) {
                *found = private;
            }
        }
        find_pieces(&mut self.pieces, content, private);
        find_pieces(&mut self.long_pieces, content, private);
    }

    /// Returns a line without what was found, but with the places that it speaks of.
    pub(super) fn blot(&self, line: &str, root: &str, paths: &BTreeSet<String>) -> String {
        let small = line.to_ascii_lowercase().into_bytes();
        let mut hidden = vec![false; small.len()];
        for word in words(&small).filter(|word| self.words.get(&small[word.clone()]) == Some(&true)) {
            hidden[word].fill(true);
        }
        mark_pieces(&self.pieces, &small, &mut hidden);
        mark_pieces(&self.long_pieces, &small, &mut hidden);
        for word in words(&small).filter(|word| is_plain(&small[word.clone()])) {
            hidden[word].fill(false);
        }
        for place in places(line, root, paths) {
            hidden[place].fill(false);
        }
        keep_blanks(&small, &mut hidden);
        without(line, &hidden)
    }
}

fn find_pieces<const N: usize>(pieces: &mut HashMap<[u8; N], bool>, content: &[u8], private: bool) {
    if pieces.is_empty() {
        return;
    }
    // Most of a file is passed over by a look at two bytes.
    let mut starts = vec![false; 1 << 16];
    let start = |piece: &[u8; N]| usize::from(piece[0]) << 8 | usize::from(piece[1]);
    for piece in pieces.keys() {
        starts[start(piece)] = true;
    }
    for piece in content.array_windows().filter(|piece| starts[start(piece)]) {
        if let Some(found) = pieces.get_mut(piece) {
            *found = private;
        }
    }
}

fn mark_pieces<const N: usize>(pieces: &HashMap<[u8; N], bool>, line: &[u8], hidden: &mut [bool]) {
    for (at, piece) in line.array_windows::<N>().enumerate() {
        if pieces.get(piece) == Some(&true) {
            hidden[at..at + N].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quotes;

    fn told(line: &str, private: &str, public: &str) -> String {
        let mut quotes = Quotes::possible(&[line.to_owned()]);
        quotes.found_in_private(&private.to_ascii_lowercase().into_bytes());
        quotes.forget_others();
        quotes.found_in_public(&public.to_ascii_lowercase().into_bytes());
        quotes.blot(line, "/etc/", &["sudoers.d/app".to_owned()].into())
    }

    #[test]
    fn a_line_that_is_quoted_is_blotted_out() {
        let private = "# more\nwww-data ALL=(ALL NOPASSWD\n";
        let told = |line| told(line, private, "");
        assert_eq!(told("www-data ALL=(ALL NOPASSWD"), "[…]");
        assert_eq!(
            told("unknown directive \"NoPassWd\" in line 3"),
            "unknown directive \"[…]\" in line 3"
        );
        assert_eq!(told("near ata all=(a"), "near […]");
    }

    #[test]
    fn a_line_of_words_that_are_all_public_is_blotted_out_too() {
        let (private, public) = (
            "app ALL=(root) NOPASSWD: /bin/true",
            "app\nALL=\n(root)\nNOPASSWD:\n/bin/true\n",
        );
        assert_eq!(
            told("near app ALL=(root) NOPASSWD: /bin/true", private, public),
            "near […]"
        );
    }

    #[test]
    fn what_is_said_of_it_stays() {
        let private = "#includedir /etc/sudoers.d\nsyntax error 1:25, some directories";
        let line = "/etc/sudoers.d/app:1:25: syntax error";
        assert_eq!(told(line, private, ""), line);
        assert_eq!(told("nothing of it", private, ""), "nothing of it");
        assert_eq!(told("ümläut x", "ümläut y", ""), "[…]x");
        assert_eq!(
            told("unknown: directori", private, "other directories"),
            "unknown: directori"
        );
    }
}
