//! The pieces of a version's text, shared by versions and specifiers (PEP 440, appendix B).
//!
//! Each function reads one piece if it is next and otherwise leaves the cursor where it was.

use super::PreKind;
use crate::text::Cursor;

/// Reads `[0-9]+!` where a release follows; gives the digits.
pub(crate) fn epoch<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    let start = cursor.at();
    let digits = digits(cursor);
    if !digits.is_empty() && cursor.eat(b'!') && cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        return Some(digits);
    }
    cursor.set(start);
    None
}

/// Reads `[0-9]+(\.[0-9]+)*`; gives it, empty if there is none.
pub(crate) fn release<'t>(cursor: &mut Cursor<'t>) -> &'t str {
    let start = cursor.at();
    if digits(cursor).is_empty() {
        return "";
    }
    loop {
        let end = cursor.at();
        if !cursor.eat(b'.') || digits(cursor).is_empty() {
            cursor.set(end);
            return cursor.since(start);
        }
    }
}

/// Reads a pre-release such as `a1`, `.beta`, `-rc.2`; gives its kind and its digits, which may be none.
pub(crate) fn pre<'t>(cursor: &mut Cursor<'t>) -> Option<(PreKind, &'t str)> {
    const WORDS: [(&str, PreKind); 8] = [
        ("alpha", PreKind::Alpha),
        ("a", PreKind::Alpha),
        ("beta", PreKind::Beta),
        ("b", PreKind::Beta),
        ("preview", PreKind::Candidate),
        ("pre", PreKind::Candidate),
        ("c", PreKind::Candidate),
        ("rc", PreKind::Candidate),
    ];
    lettered(cursor, |cursor| {
        let (_, kind) = WORDS.iter().find(|(word, _)| cursor.eat_any_case(word))?;
        Some(*kind)
    })
}

/// Reads a post-release such as `-1`, `.post1`, `rev2`; gives its digits, which may be none.
pub(crate) fn post<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    let start = cursor.at();
    if cursor.eat(b'-') {
        let digits = digits(cursor);
        if !digits.is_empty() {
            return Some(digits);
        }
    }
    cursor.set(start);
    let word = |cursor: &mut Cursor<'t>| {
        ["post", "rev", "r"]
            .iter()
            .any(|word| cursor.eat_any_case(word))
            .then_some(())
    };
    lettered(cursor, word).map(|((), digits)| digits)
}

/// Reads a development release such as `.dev1`; gives its digits, which may be none.
pub(crate) fn dev<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    lettered(cursor, |cursor| cursor.eat_any_case("dev").then_some(())).map(|((), digits)| digits)
}

/// Reads a local segment such as `+ubuntu-1`; gives it without the `+`.
pub(crate) fn local<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    let plus = cursor.at();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric();
    if !cursor.eat(b'+') || cursor.eat_while(is_part).is_empty() {
        cursor.set(plus);
        return None;
    }
    loop {
        let end = cursor.at();
        if !separator(cursor) || cursor.eat_while(is_part).is_empty() {
            cursor.set(end);
            return Some(&cursor.since(plus)[1..]);
        }
    }
}

/// Reads what `word` reads, with a separator before and after it, and the digits that follow.
fn lettered<'t, T>(
    cursor: &mut Cursor<'t>,
    word: impl FnOnce(&mut Cursor<'t>) -> Option<T>,
) -> Option<(T, &'t str)> {
    let start = cursor.at();
    separator(cursor);
    let Some(found) = word(cursor) else {
        cursor.set(start);
        return None;
    };
    separator(cursor);
    Some((found, digits(cursor)))
}

fn separator(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat(b'.') || cursor.eat(b'-') || cursor.eat(b'_')
}

fn digits<'t>(cursor: &mut Cursor<'t>) -> &'t str {
    cursor.eat_while(|byte| byte.is_ascii_digit())
}
