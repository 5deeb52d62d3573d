//! `~/.netrc`, as far as Python's `netrc` and pip read it.

use std::path::PathBuf;

use crate::address::Credentials;
use crate::config::Environment;

/// The machines of a netrc file; the default entry has no name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Netrc {
    entries: Vec<(Option<String>, Credentials)>,
}

impl Netrc {
    /// Reads the file that `NETRC` names, or the home folder's. One that is missing or cannot be read is empty.
    pub(crate) fn load(environment: &Environment) -> Self {
        let text = places(environment)
            .iter()
            .find_map(|path| fs_err::read_to_string(path).ok());
        text.map(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut words = words(text).into_iter().peekable();
        let mut entries = Vec::new();
        while let Some(word) = words.next() {
            let host = match word.as_str() {
                "machine" => words.next(),
                "default" => None,
                _ => continue,
            };
            let mut found = Credentials {
                user: String::new(),
                password: String::new(),
            };
            while let Some(key) =
                words.next_if(|word| word != "machine" && word != "default" && word != "macdef")
            {
                match key.as_str() {
                    "login" => found.user = words.next().unwrap_or_default(),
                    "password" => found.password = words.next().unwrap_or_default(),
                    "account" => drop(words.next()),
                    _ => {}
                }
            }
            entries.push((host, found));
        }
        Self { entries }
    }

    /// The credentials for a host, else those of the default entry.
    pub(crate) fn find(&self, host: &str) -> Option<&Credentials> {
        let named = self.entries.iter().find(|(name, _)| {
            name.as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(host))
        });
        named
            .or_else(|| self.entries.iter().find(|(name, _)| name.is_none()))
            .map(|(_, found)| found)
    }
}

fn places(environment: &Environment) -> Vec<PathBuf> {
    if let Some(path) = environment.get("NETRC") {
        return vec![PathBuf::from(path)];
    }
    environment
        .home()
        .map(|home| vec![home.join(".netrc"), home.join("_netrc")])
        .unwrap_or_default()
}

/// Splits at blanks; quotes hold a word together; comment lines and macros are left out.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        if in_macro {
            in_macro = !line.trim().is_empty();
            continue;
        }
        let mut rest = line.trim_start();
        // A password may begin with `#`, so only whole lines are comments.
        while !rest.is_empty() && !line.trim_start().starts_with('#') {
            let (word, after) = next_word(rest);
            in_macro |= word == "macdef";
            found.push(word);
            rest = after.trim_start();
        }
    }
    found
}

fn next_word(text: &str) -> (String, &str) {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    if let Some((word, after)) = quoted {
        return (word.to_owned(), after);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_and_default_stands_in() {
        let text = "# mine\nmachine a.example.com login me password \"se cret\"\n\
                    macdef init\n machine x login no\n\nmachine b.example.com\n  account z login you\n  password #1\ndefault login any password p\n";
        let netrc = Netrc::parse(text);
        let found = |host: &str| {
            netrc
                .find(host)
                .map(|found| (found.user.as_str(), found.password.as_str()))
        };
        assert_eq!(found("A.example.com"), Some(("me", "se cret")));
        assert_eq!(found("x"), Some(("any", "p")));
        assert_eq!(found("b.example.com"), Some(("you", "#1")));
        assert_eq!(Netrc::default().find("a"), None);
    }
}
