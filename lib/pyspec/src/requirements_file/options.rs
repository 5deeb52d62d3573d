//! Options of a line, as Python's `shlex` and `optparse` take them apart.

use super::Setting;
use crate::hash::Hash;

/// Is one option, its value read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Setting(Setting),
    Requirements(String),
    Constraints(String),
    Editable(String),
    Hash(Hash),
    Config(String, String),
}

/// Makes an option of the value behind it.
type Make = fn(String) -> Result<Choice, String>;

/// The options: short name, long names, and what they make of their value; `Err` for those that take none.
struct Known {
    short: Option<char>,
    long: &'static [&'static str],
    make: Result<Make, Setting>,
}

const fn flag(long: &'static [&'static str], setting: Setting) -> Known {
    Known {
        short: None,
        long,
        make: Err(setting),
    }
}

const fn valued(short: Option<char>, long: &'static [&'static str], make: Make) -> Known {
    Known {
        short,
        long,
        make: Ok(make),
    }
}

static KNOWN: [Known; 19] = [
    valued(Some('i'), &["index-url", "pypi-url"], |value| {
        Ok(Choice::Setting(Setting::IndexUrl(value)))
    }),
    valued(None, &["extra-index-url"], |value| {
        Ok(Choice::Setting(Setting::ExtraIndexUrl(value)))
    }),
    flag(&["no-index"], Setting::NoIndex),
    valued(Some('c'), &["constraint"], |value| Ok(Choice::Constraints(value))),
    valued(Some('r'), &["requirement"], |value| {
        Ok(Choice::Requirements(value))
    }),
    valued(Some('e'), &["editable"], |value| Ok(Choice::Editable(value))),
    valued(Some('f'), &["find-links"], |value| {
        Ok(Choice::Setting(Setting::FindLinks(value)))
    }),
    valued(None, &["no-binary"], |value| {
        names(value).map(Setting::NoBinary).map(Choice::Setting)
    }),
    valued(None, &["only-binary"], |value| {
        names(value).map(Setting::OnlyBinary).map(Choice::Setting)
    }),
    flag(&["prefer-binary"], Setting::PreferBinary),
    flag(&["require-hashes"], Setting::RequireHashes),
    flag(&["no-require-hashes"], Setting::NoRequireHashes),
    flag(&["pre"], Setting::Pre),
    valued(None, &["all-releases"], |value| {
        names(value).map(Setting::AllReleases).map(Choice::Setting)
    }),
    valued(None, &["only-final"], |value| {
        names(value).map(Setting::OnlyFinal).map(Choice::Setting)
    }),
    valued(None, &["trusted-host"], |value| {
        Ok(Choice::Setting(Setting::TrustedHost(value)))
    }),
    valued(None, &["use-feature"], |value| {
        Ok(Choice::Setting(Setting::UseFeature(value)))
    }),
    valued(None, &["hash"], |value| value.parse().map(Choice::Hash)),
    valued(Some('C'), &["config-settings"], config),
];

/// Options that pip once read, and what became of them.
const REMOVED: [(&str, &str); 10] = [
    (
        "global-option",
        "was removed from pip in 25.3; use `--config-settings`",
    ),
    (
        "install-option",
        "was removed from pip in 23.1; use `--config-settings`",
    ),
    (
        "build-option",
        "was removed from pip in 25.3; use `--config-settings`",
    ),
    ("process-dependency-links", "was removed from pip"),
    ("allow-external", "was removed from pip"),
    ("allow-all-external", "was removed from pip"),
    ("allow-unverified", "was removed from pip"),
    ("always-unzip", "was removed from pip"),
    ("use-wheel", "was removed from pip; wheels are used"),
    ("no-use-wheel", "was removed from pip; use `--no-binary :all:`"),
];

/// Takes a list of projects; what looks like an option is none.
fn names(value: String) -> Result<String, String> {
    if value.starts_with('-') {
        Err(format!("names are expected, found the option {value:?}"))
    } else {
        Ok(value)
    }
}

fn config(value: String) -> Result<Choice, String> {
    match value.split_once('=') {
        Some((key, value)) => Ok(Choice::Config(key.to_owned(), value.to_owned())),
        None => Err(format!("`--config-settings` takes KEY=VALUE, found {value:?}")),
    }
}

/// Reads the options of a line.
pub(super) fn read(text: &str) -> Result<Vec<Choice>, String> {
    let mut words = split(text)?.into_iter();
    let mut choices = Vec::new();
    while let Some(word) = words.next() {
        let (option, attached) = find(&word)?;
        let choice = match (&option.make, attached) {
            (Ok(make), Some(value)) => make(value)?,
            (Ok(make), None) => make(words.next().ok_or_else(|| format!("`{word}` needs a value"))?)?,
            (Err(setting), None) => Choice::Setting(setting.clone()),
            (Err(_), Some(value)) => {
                return Err(format!("`--{}` takes no value, found {value:?}", option.long[0]));
            }
        };
        choices.push(choice);
    }
    Ok(choices)
}

/// Finds the option that a word names, and the value that is attached to it.
fn find(word: &str) -> Result<(&'static Known, Option<String>), String> {
    if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        return Ok((find_long(name)?, value));
    }
    let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
    let Some(letter) = letters.next() else {
        return Err(format!("{word:?} behind an option that takes no value"));
    };
    if letter == 'Z' {
        return Err("`-Z` was removed from pip".to_owned());
    }
    let option = KNOWN.iter().find(|known| known.short == Some(letter));
    let option = option.ok_or_else(|| format!("`-{letter}` is no option of requirements files"))?;
    let attached = letters.as_str();
    Ok((option, (!attached.is_empty()).then(|| attached.to_owned())))
}

/// Finds an option by its name, or by a beginning of it that no other one has.
fn find_long(name: &str) -> Result<&'static Known, String> {
    let removed = REMOVED.iter().find(|(removed, _)| *removed == name);
    if let Some((_, fate)) = removed {
        return Err(format!("`--{name}` {fate}"));
    }
    if let Some(exact) = KNOWN.iter().find(|known| known.long.contains(&name)) {
        return Ok(exact);
    }
    let begins = |known: &&Known| known.long.iter().any(|long| long.starts_with(name));
    match KNOWN.iter().filter(begins).collect::<Vec<_>>().as_slice() {
        [only] => Ok(only),
        [] => Err(format!("`--{name}` is no option of requirements files")),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|known| format!("`--{}`", known.long[0]))
                .collect();
            Err(format!("`--{name}` may be {}", names.join(" or ")))
        }
    }
}

/// Splits into words as a POSIX shell does, without comments.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    loop {
        let rest = characters.as_str();
        let plain = rest.bytes().position(is_special).unwrap_or(rest.len());
        if plain > 0 {
            word.get_or_insert_default().push_str(&rest[..plain]);
            characters = rest[plain..].chars();
        }
        match characters.next() {
            Some('\\') => {
                let next = characters
                    .next()
                    .ok_or("nothing stands behind the last backslash")?;
                word.get_or_insert_default().push(next);
            }
            Some(quote @ ('\'' | '"')) => quoted(quote, &mut characters, word.get_or_insert_default())?,
            Some(_) => words.extend(word.take()),
            None => break,
        }
    }
    words.extend(word);
    Ok(words)
}

/// Tells whether a byte ends a word or changes how it goes on.
fn is_special(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\\' | b'\'' | b'"')
}

/// Reads up to the closing quote; in double quotes a backslash guards a quote or a backslash.
fn quoted(quote: char, characters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    let open = || format!("the quote {quote} is opened and not closed");
    loop {
        match characters.next().ok_or_else(open)? {
            end if end == quote => return Ok(()),
            '\\' if quote == '"' => {
                let next = characters.next().ok_or_else(open)?;
                if next != '"' && next != '\\' {
                    word.push('\\');
                }
                word.push(next);
            }
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let words = split(r#"a 'b c' "d \" \\ \e" f\ g '' h"i"j"#).unwrap();
        assert_eq!(words, ["a", "b c", r#"d " \ \e"#, "f g", "", "hij"]);
        for wrong in ["'", "\"", "a\\", "\"\\"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn options_take_their_value_in_every_way() {
        let url = Choice::Setting(Setting::IndexUrl("u".to_owned()));
        for text in [
            "-i u",
            "-iu",
            "--index-url u",
            "--index-url=u",
            "--index u",
            "--index=u",
        ] {
            assert_eq!(read(text).unwrap(), std::slice::from_ref(&url), "{text}");
        }
        assert_eq!(read("--pre --no-index").unwrap().len(), 2);
        assert_eq!(
            read("-C a=b=c").unwrap(),
            [Choice::Config("a".to_owned(), "b=c".to_owned())]
        );
    }

    #[test]
    fn what_is_no_option_is_named() {
        for (text, part) in [
            ("--global-option=x", "removed"),
            ("--no", "may be"),
            ("--nonsense", "no option"),
            ("-x", "no option"),
            ("--pre=1", "takes no value"),
            ("--pre word", "behind an option"),
            ("-r", "needs a value"),
            ("-C a", "KEY=VALUE"),
            ("--hash=md5:00", "sha256"),
            ("--hash=sha256:00", "64"),
            ("- x", "behind an option"),
            ("--", "no option"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
