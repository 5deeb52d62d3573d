//! Lines of what a command wrote: their words, the places that they name, and what is blotted out.

use super::quotes::PIECE;
use std::{collections::BTreeSet, ops::Range};

/// What stands for a quote.
const HIDDEN: &str = "[…]";

/// Words of validators, which say nothing of any file.
const PLAIN: &str = "an and argument arguments at bad cannot config configuration could directive duplicate error \
                     errors exit expected expecting failed fatal file files found for in invalid is it line missing \
                     near no not number of on open option or parameter parse read section status syntax such test \
                     the to undefined unexpected unknown unterminated unsupported value warning with";

/// Returns the words of a text: letters, digits and underscores.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].iter().position(in_word)?;
        let length = text[start..].iter().position(|byte| !in_word(byte));
        at = length.map_or(text.len(), |length| start + length);
        Some(start..at)
    })
}

pub(super) fn is_plain(word: &[u8]) -> bool {
    PLAIN
        .split_ascii_whitespace()
        .any(|plain| plain.as_bytes() == word)
}

/// Returns where a line names paths that the plan names too, with the numbers of line and column after them.
pub(super) fn places(line: &str, root: &str, paths: &BTreeSet<String>) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    for (start, path) in paths.iter().flat_map(|path| line.match_indices(path.as_str())) {
        let before = line[..start].strip_suffix(root);
        let from = before.map_or(start, str::len);
        let after = start + path.len();
        let numbers = line[after..]
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b':');
        places.push(from..after + numbers.count());
    }
    places
}

/// Keeps what is left of a quote between plain words, if it is a few blanks and signs.
pub(super) fn keep_blanks(line: &[u8], hidden: &mut [bool]) {
    let mut at = 0;
    for stretch in hidden.chunk_by_mut(|one, other| one == other) {
        let text = &line[at..at + stretch.len()];
        at += stretch.len();
        if text.len() < PIECE && words(text).next().is_none() {
            stretch.fill(false);
        }
    }
}

/// Returns a line in which each hidden stretch, and what is only punctuation between two, is blotted out.
pub(super) fn without(line: &str, hidden: &[bool]) -> String {
    let (mut text, mut between, mut after_hidden) = (String::new(), String::new(), false);
    for (at, character) in line.char_indices() {
        if hidden[at..at + character.len_utf8()].contains(&true) {
            if !after_hidden {
                text.push_str(&std::mem::take(&mut between));
                text.push_str(HIDDEN);
            }
            between.clear();
            after_hidden = true;
        } else {
            between.push(character);
            if character.is_alphanumeric() {
                text.push_str(&std::mem::take(&mut between));
                after_hidden = false;
            }
        }
    }
    text + &between
}
