//! What commands say, without what they quote of files that are not for everybody.
//!
//! A validator that stumbles over a line likes to print it. Reports and logs are for more eyes than
//! a file of mode 0640, so whatever stands in such a file is blotted out of what a command wrote.

use crate::{change::Change, entry, place::Place, stage::Stage, state::State};
use cli::Failure;
use disk::{Dir, FileKind};
use etc::TreePath;
use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::Read,
    ops::Range,
    os::unix::ffi::OsStrExt,
};
use wire::{Kind, etc::Outcome};

/// What stands for a quote.
const HIDDEN: &str = "[…]";

/// Words are recognised from so many letters on, pieces of words from so many, of lines from so many.
const WORD: usize = 3;
const PIECE: usize = 6;
const LONG_PIECE: usize = 12;

/// A private file that is longer is taken to have been quoted everywhere, bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Words of validators, which say nothing of any file.
const PLAIN: &str = "an and argument arguments at bad cannot config configuration could directive duplicate error \
                     errors exit expected expecting failed fatal file files found for in invalid is it line missing \
                     near no not number of on open option or parameter parse read section status syntax such test \
                     the to undefined unexpected unknown unterminated unsupported value warning with";

/// Files that are being made ready, and the changes that they are for.
pub(crate) type Staged<'a> = (&'a Stage, &'a [Change]);

/// Blots out of what a command wrote all that stands in private files, those that not everybody
/// may read or that a rule calls secret, in the root or among what is staged, and in no other file
/// there.
pub(crate) fn hide(place: &Place, state: &State, staged: Option<Staged<'_>>, outcome: &mut Outcome) {
    if outcome.output.is_empty() {
        return;
    }
    let known = Known { place, state, staged };
    let mut quotes = Quotes::possible(&outcome.output);
    let read = known
        .each(Reader::Few, &mut |content| quotes.found_in_private(content))
        .and_then(|()| {
            quotes.forget_others();
            known.each(Reader::All, &mut |content| quotes.found_in_public(content))
        });
    if read.is_err() {
        outcome.output =
            vec!["what it wrote is kept back: a private file could not be read to compare".to_owned()];
        return;
    }
    let paths = known.paths();
    let root = format!("{}/", place.real.display());
    for line in &mut outcome.output {
        *line = quotes.blot(line, &root, &paths);
    }
}

/// Whom a file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Everybody.
    All,
    /// Not everybody.
    Few,
}

/// The files that a command may have quoted.
struct Known<'a> {
    place: &'a Place,
    state: &'a State,
    staged: Option<Staged<'a>>,
}

/// Takes the content of a file, in small letters.
type Take<'a> = dyn FnMut(&[u8]) + 'a;

impl Known<'_> {
    /// Hands over the files that are for these readers.
    fn each(&self, reader: Reader, take: &mut Take<'_>) -> Result<(), Failure> {
        if let Some((stage, changes)) = self.staged {
            for (number, change) in changes.iter().enumerate() {
                let wanted = change.op.secret == (reader == Reader::Few) && entry::is_file(&change.op.after);
                if wanted && let Ok(file) = stage.folder.open_file(number.to_string().as_ref()) {
                    read(file, reader, take)?;
                }
            }
        }
        let secrets = self
            .state
            .managed
            .iter()
            .filter(|(_, managed)| managed.concerns.secret);
        let secrets: BTreeSet<&TreePath> = secrets.map(|(path, _)| path).collect();
        let root = Folder {
            dir: &self.place.root,
            path: None,
            closed: false,
            secrets: &secrets,
        };
        root.each(reader, take)
    }

    /// Returns the paths that may be named: the plan names them too.
    fn paths(&self) -> BTreeSet<String> {
        let changes = self.staged.iter().flat_map(|(_, changes)| changes.iter());
        let paths = self
            .state
            .managed
            .keys()
            .chain(changes.map(|change| &change.path));
        paths.map(TreePath::text).collect()
    }
}

/// A folder of the root; in a closed one all files are private.
struct Folder<'a> {
    dir: &'a Dir,
    path: Option<&'a TreePath>,
    closed: bool,
    secrets: &'a BTreeSet<&'a TreePath>,
}

impl Folder<'_> {
    /// Hands over the files below that are for these readers. What we may not open, a command of
    /// ours may not either.
    fn each(&self, reader: Reader, take: &mut Take<'_>) -> Result<(), Failure> {
        for name in self.dir.names()? {
            let Some(found) = self.dir.stat(&name)? else {
                continue;
            };
            let bytes = name.as_bytes();
            let Ok(path) = self
                .path
                .map_or_else(|| TreePath::new(bytes), |path| path.join(bytes))
            else {
                continue;
            };
            match found.kind {
                FileKind::Folder => {
                    let closed = self.closed || found.mode & 0o001 == 0;
                    if let Ok(dir) = self.dir.folder(&name) {
                        Folder {
                            dir: &dir,
                            path: Some(&path),
                            closed,
                            ..*self
                        }
                        .each(reader, take)?;
                    }
                }
                FileKind::File => {
                    let is_private = self.closed || found.mode & 0o004 == 0 || self.secrets.contains(&path);
                    let wanted = is_private == (reader == Reader::Few);
                    if wanted && let Ok(file) = self.dir.open_file(&name) {
                        read(file, reader, take)?;
                    }
                }
                FileKind::Link | FileKind::Other => {}
            }
        }
        Ok(())
    }
}

fn read(file: File, reader: Reader, take: &mut Take<'_>) -> Result<(), Failure> {
    let mut content = Vec::new();
    file.take(LONGEST).read_to_end(&mut content)?;
    if content.len() as u64 == LONGEST && reader == Reader::Few {
        return Err(Failure::new(Kind::Unsupported, "too long to compare"));
    }
    content.make_ascii_lowercase();
    take(&content);
    Ok(())
}

/// What may be a quote, then what is one. Compared in small letters.
#[derive(Default)]
struct Quotes {
    words: HashMap<Vec<u8>, bool>,
    pieces: HashMap<[u8; PIECE], bool>,
    long_pieces: HashMap<[u8; LONG_PIECE], bool>,
}

impl Quotes {
    /// Takes everything that stands in the lines.
    fn possible(lines: &[String]) -> Self {
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

    fn found_in_private(&mut self, content: &[u8]) {
        self.find(content, true);
    }

    /// Forgets what stands in no private file.
    fn forget_others(&mut self) {
        self.words.retain(|_, found| *found);
        self.pieces.retain(|_, found| *found);
        self.long_pieces.retain(|_, found| *found);
    }

    fn found_in_public(&mut self, content: &[u8]) {
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
    fn blot(&self, line: &str, root: &str, paths: &BTreeSet<String>) -> String {
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

/// Keeps what is left of a quote between plain words, if it is a few blanks and signs.
fn keep_blanks(line: &[u8], hidden: &mut [bool]) {
    let mut at = 0;
    for stretch in hidden.chunk_by_mut(|one, other| one == other) {
        let text = &line[at..at + stretch.len()];
        at += stretch.len();
        if text.len() < PIECE && words(text).next().is_none() {
            stretch.fill(false);
        }
    }
}

/// Returns the words of a text: letters, digits and underscores.
fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].iter().position(in_word)?;
        let length = text[start..].iter().position(|byte| !in_word(byte));
        at = length.map_or(text.len(), |length| start + length);
        Some(start..at)
    })
}

fn is_plain(word: &[u8]) -> bool {
    PLAIN
        .split_ascii_whitespace()
        .any(|plain| plain.as_bytes() == word)
}

/// Returns where a line names paths that the plan names too, with the numbers of line and column after them.
fn places(line: &str, root: &str, paths: &BTreeSet<String>) -> Vec<Range<usize>> {
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

/// Returns a line in which each hidden stretch, and what is only punctuation between two, is blotted out.
fn without(line: &str, hidden: &[bool]) -> String {
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
