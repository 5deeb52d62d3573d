//! Commands as people type them.

use std::ffi::OsStr;

/// Writes a command so that a shell takes it for just these words; nothing if it has a word that is not text.
pub fn quoted<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> Option<String> {
    let words = words
        .into_iter()
        .map(|word| word.as_ref().to_str().map(str::to_owned));
    let words: Vec<String> = words.collect::<Option<_>>()?;
    shlex::try_join(words.iter().map(String::as_str)).ok()
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    #[test]
    fn a_shell_would_read_the_same_words() {
        assert_eq!(quoted(["plan", "etc"]).as_deref(), Some("plan etc"));
        for odd in [
            "two words",
            "it's",
            "$HOME",
            "a;b",
            "*",
            "",
            "tab\there",
            "#x",
            "~",
        ] {
            let command = quoted(["plan", odd]).unwrap();
            assert_eq!(
                shlex::split(&command),
                Some(vec!["plan".to_owned(), odd.to_owned()])
            );
        }
        assert_eq!(quoted([OsStr::from_bytes(b"\xff")]), None);
    }
}
